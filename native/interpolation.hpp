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

  // Lists tile t's points by its nodes, so many, once their corners are known.
  void sort(std::size_t t, std::size_t nodes) {
    std::vector<std::uint16_t>& start = start_[t];
    start.assign(nodes + 1, 0);
    const std::size_t base = first_entry(t), count = tiling_.tile(t).count;
    const auto over_entries = [&](auto visit) {
      std::size_t e = base;
      for (std::size_t batch = 0; batch < count; batch += kBatch)
        for (std::size_t k = 0; k < corners_; ++k)
          for (std::size_t i = batch; i < batch + kBatch; ++i, ++e)
            if (i < count) visit(i, e);
    };
    over_entries([&](std::size_t, std::size_t e) { ++start[corner_[e]]; });
    std::partial_sum(start.begin(), start.end(), start.begin());
    // From the ends down, so that the starts remain.
    over_entries([&](std::size_t i, std::size_t e) {
      const std::size_t at = base + --start[corner_[e]];
      source_[at] = static_cast<std::uint16_t>(i);
      source_weight_[at] = weight_[e];
    });
  }

  void scale_weights(float by) {
    for (float& w : weight_) w *= by;
    for (float& w : source_weight_) w *= by;
  }

  // Their means become gains, so that what is stored stays near 1.
  void normalize(Normalization normalization, const std::vector<float>& mass) {
    const bool symmetric = normalization == Normalization::symmetric;
    if (!symmetric) after_.resize(mass.size());
    for (std::size_t i = 0; i < mass.size(); ++i) {
      const Factors f = factors(normalization, mass[i]);
      before_[i] = f.before;
      if (!symmetric) after_[i] = f.after;
    }
    splat_gain_ = split_mean(before_);
    slice_gain_ = symmetric ? splat_gain_ : split_mean(after_);
    if (!symmetric) {
      transposed_weight_.assign(source_weight_.begin(), source_weight_.end());
      scale_sources(after_, transposed_weight_.data());
    }
    scale_sources(before_, source_weight_.begin());
  }

  std::size_t corners() const { return corners_; }
  float splat_gain(bool transposed) const { return transposed ? slice_gain_ : splat_gain_; }
  float slice_gain(bool transposed) const { return transposed ? splat_gain_ : slice_gain_; }
  float self_weight(std::size_t position) const {
    const float after = (after_.empty() ? before_ : after_)[position];
    return splat_gain_ * before_[position] * slice_gain_ * after;
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

  // Times a factor of the points.
  void scale_sources(const std::vector<float>& factor, float* weights) const {
    for (std::size_t t = 0; t < tiling_.tiles(); ++t) {
      const Tile tile = tiling_.tile(t);
      const std::size_t base = first_entry(t);
      for (std::size_t e = base; e < base + tile.count * corners_; ++e)
        weights[e] *= factor[tile.first + source_[e]];
    }
  }

  static float split_mean(std::vector<float>& values) {
    const double sum = std::accumulate(values.begin(), values.end(), 0.0);
    const float mean = static_cast<float>(sum / static_cast<double>(values.size()));
    for (float& value : values) value /= mean;
    return mean;
  }

  const Tiling& tiling_;
  std::size_t corners_;
  Array<std::uint16_t> corner_;
  Array<float> weight_;
  std::vector<float> before_, after_;  // the factors by position, `after_` if it differs
  float splat_gain_ = 1.0f, slice_gain_ = 1.0f;
  std::vector<std::vector<std::uint16_t>> start_;  // of a node's sources, by tile
  Array<std::uint16_t> source_;                    // points of the tile, by its nodes
  Array<float> source_weight_;                     // normalised
  std::vector<float> transposed_weight_;           // the same of the transposed, if they differ
};

}  // namespace figureground
