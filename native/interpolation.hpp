// The nodes that each point lies between, with what weights, where every point has its own:
// numbered within the point's tile, in 16 bits. And the other way: the points that each node of a
// tile gets values from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "buffer.hpp"
#include "filter.hpp"
#include "parallel.hpp"
#include "row_kernels.hpp"
#include "tiling.hpp"

namespace figureground {

class Interpolation {
 public:
  Interpolation(const Tiling& tiling, std::size_t corners)
      : tiling_(tiling),
        corners_(corners),
        corner_(tiling.positions() * corners),
        weight_(tiling.positions() * corners),
        before_(tiling.positions(), 1.0f),
        start_(tiling.tiles()),
        source_(tiling.positions() * corners),
        source_weight_(tiling.positions() * corners) {}

  // Where a tile's corners and weights lie, by batches of (corners, kBatch).
  std::uint16_t* corner(std::size_t t) { return &corner_[first_entry(t)]; }
  float* weight(std::size_t t) { return &weight_[first_entry(t)]; }

  float weight(std::size_t position, std::size_t corner) const {
    return weight_[entry(position, corner)];
  }

  // Lists tile t's points by its nodes, so many, once their corners and weights are known.
  void sort(std::size_t t, std::size_t nodes) {
    start_[t].assign(nodes + 1, 0);
    std::uint16_t* start = start_[t].data();
    const std::size_t count = tiling_.tile(t).count, corners = corners_;
    const std::uint16_t* corner = this->corner(t);
    const float* weight = this->weight(t);
    std::uint16_t* source = &source_[first_entry(t)];
    float* source_weight = &source_weight_[first_entry(t)];
    // Point by point: those that follow each other often share a node, whose count would be read
    // just after it was written.
    const auto over_entries = [&](auto visit) {
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t e = i / kBatch * kBatch * corners + i % kBatch;
        for (std::size_t k = 0; k < corners; ++k) visit(i, e + k * kBatch);
      }
    };
    over_entries([&](std::size_t, std::size_t e) { ++start[corner[e]]; });
    std::partial_sum(start, start + nodes + 1, start);
    // From the ends down, so that the starts remain.
    over_entries([&](std::size_t i, std::size_t e) {
      const std::size_t at = --start[corner[e]];
      source[at] = static_cast<std::uint16_t>(i);
      source_weight[at] = weight[e];
    });
  }

  // What all weights are to be multiplied by.
  void set_gain(float gain) { gain_ = gain; }

  // By the row sums, by position. The means of the factors become gains, so that what is stored
  // stays near 1.
  void normalize(Normalization normalization, Team& team, const std::vector<float>& mass) {
    const bool symmetric = normalization == Normalization::symmetric;
    if (!symmetric) {
      after_.resize(mass.size());
      transposed_weight_.assign(source_weight_.begin(), source_weight_.end());
    }
    std::vector<double> before(tiling_.tiles(), 0.0), after(tiling_.tiles(), 0.0);
    over_tiles(team, [&](std::size_t t, Range at) {
      for (std::size_t i = at.begin; i < at.end; ++i) {
        const Factors f = factors(normalization, mass[i]);
        before[t] += before_[i] = f.before;
        if (!symmetric) after[t] += after_[i] = f.after;
      }
    });
    splat_mean_ = mean(before);
    slice_mean_ = symmetric ? splat_mean_ : mean(after);
    over_tiles(team, [&](std::size_t t, Range at) {
      for (std::size_t i = at.begin; i < at.end; ++i) before_[i] /= splat_mean_;
      scale_sources(t, before_, source_weight_.begin());
      if (symmetric) return;
      for (std::size_t i = at.begin; i < at.end; ++i) after_[i] /= slice_mean_;
      scale_sources(t, after_, transposed_weight_.data());
    });
  }

  const Tiling& tiling() const { return tiling_; }
  std::size_t corners() const { return corners_; }
  float splat_gain(bool transposed) const {
    return gain_ * (transposed ? slice_mean_ : splat_mean_);
  }
  float slice_gain(bool transposed) const { return splat_gain(!transposed); }
  float self_weight(std::size_t position) const {
    const float after = (after_.empty() ? before_ : after_)[position];
    return splat_mean_ * before_[position] * slice_mean_ * after;
  }

  // What the slice of a strip needs.
  Places places(const Strip& strip, bool transposed) const {
    const std::size_t tile = strip.position - strip.first;
    const float* before = &before_[strip.position];
    const float* after = after_.empty() ? before : &after_[strip.position];
    if (transposed) std::swap(before, after);
    return {&corner_[tile * corners_],
            &weight_[tile * corners_],
            before,
            after,
            corners_,
            strip.first,
            strip.count};
  }
  // What the splat of a tile needs.
  Sources sources(std::size_t t, bool transposed) const {
    const std::size_t base = first_entry(t);
    const bool other = transposed && !transposed_weight_.empty();
    return {start_[t].data(), &source_[base],
            (other ? transposed_weight_.data() : source_weight_.begin()) + base};
  }

 private:
  std::size_t first_entry(std::size_t t) const { return tiling_.tile(t).first * corners_; }
  std::size_t entry(std::size_t position, std::size_t corner) const {
    return position / kBatch * kBatch * corners_ + corner * kBatch + position % kBatch;
  }

  // Calls visit(t, positions) for every tile.
  template <typename Visit>
  void over_tiles(Team& team, Visit visit) const {
    team.for_ranges(tiling_.tiles(), [&](Range part) {
      for (std::size_t t = part.begin; t < part.end; ++t) visit(t, tiling_.filled(t));
    });
  }

  // Times a factor of the points.
  void scale_sources(std::size_t t, const std::vector<float>& factor, float* weights) const {
    const Tile tile = tiling_.tile(t);
    const std::size_t base = first_entry(t);
    for (std::size_t e = base; e < base + tile.count * corners_; ++e)
      weights[e] *= factor[tile.first + source_[e]];
  }

  // Over all positions, from the sums of the tiles.
  float mean(const std::vector<double>& sums) const {
    const double sum = std::accumulate(sums.begin(), sums.end(), 0.0);
    return static_cast<float>(sum / static_cast<double>(tiling_.positions()));
  }

  const Tiling& tiling_;
  std::size_t corners_;
  Array<std::uint16_t> corner_;
  Array<float> weight_;
  std::vector<float> before_, after_;  // the factors by position, `after_` if it differs
  float gain_ = 1.0f, splat_mean_ = 1.0f, slice_mean_ = 1.0f;
  std::vector<std::vector<std::uint16_t>> start_;  // of a node's sources, by tile
  Array<std::uint16_t> source_;                    // points of the tile, by its nodes
  Array<float> source_weight_;                     // normalised
  std::vector<float> transposed_weight_;           // the same of the transposed, if they differ
};

}  // namespace figureground
