// The sparse matrix between points and nodes (lattice vertices, or nodes of a coarse grid): splat
// takes values from points to nodes, slice takes them back.
//
// It is kept by tiles of points. The nodes that a tile touches are numbered within the tile, so
// that they fit in 16 bits and their rows in the cache. A node that only one tile touches gets its
// sum at once; one that several touch is summed from their parts, always in the same order.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "parallel.hpp"
#include "row_kernels.hpp"
#include "tiling.hpp"

namespace figureground {

class Interpolation {
 public:
  Interpolation(const Tiling& tiling, std::size_t corners)
      : corners_(corners),
        corner_(tiling.positions() * corners),
        weight_(tiling.positions() * corners),
        before_(tiling.positions(), 1.0f),
        start_{0} {}

  // Calls fill(t, corners, weights, keys) for every tile t: which of the tile's nodes each point
  // touches and with what weight, both by batches of (corners, kBatch), and the nodes' keys.
  // Returns the keys of all tiles, one tile after the other.
  template <typename Fill>
  std::vector<std::uint64_t> fill_tiles(const Tiling& tiling, Team& team, Fill fill) {
    std::vector<std::vector<std::uint64_t>> found(tiling.tiles());
    team.for_ranges(tiling.tiles(), [&](Range part) {
      for (std::size_t t = part.begin; t < part.end; ++t) {
        const std::size_t at = tiling.tile(t).first * corners_;
        fill(t, &corner_[at], &weight_[at], found[t]);
      }
    });
    std::vector<std::uint64_t> all;
    for (const auto& keys : found) {
      all.insert(all.end(), keys.begin(), keys.end());
      start_.push_back(static_cast<std::uint32_t>(all.size()));
    }
    return all;
  }

  // Says which node each of those keys is.
  void connect(std::vector<std::uint32_t> node, std::size_t nodes) {
    node_ = std::move(node);
    nodes_ = nodes;
    std::vector<std::uint32_t> touches(nodes, 0);
    for (const std::uint32_t n : node_) ++touches[n];
    std::vector<std::uint32_t> next(nodes);
    shared_start_.push_back(0);
    for (std::uint32_t n = 0; n < nodes; ++n) {
      if (touches[n] == 1) continue;
      next[n] = shared_start_.back();
      shared_node_.push_back(n);
      shared_start_.push_back(shared_start_.back() + touches[n]);
    }
    slot_.resize(shared_start_.back());
    target_.resize(node_.size());
    slots_ = 0;
    for (std::size_t p = 0; p < node_.size(); ++p) {
      const std::uint32_t n = node_[p];
      target_[p] = touches[n] == 1 ? n : static_cast<std::uint32_t>(nodes_ + slots_);
      if (touches[n] > 1) slot_[next[n]++] = static_cast<std::uint32_t>(nodes_ + slots_++);
    }
  }

  void scale_weights(float by) {
    for (float& w : weight_) w *= by;
  }

  // Factors of the points before the splat and after the slice, by position; `after` empty where
  // they are the same. Their means become gains, so that what is stored stays near 1.
  void set_factors(std::vector<float> before, std::vector<float> after) {
    splat_gain_ = split_mean(before);
    slice_gain_ = after.empty() ? splat_gain_ : split_mean(after);
    before_ = std::move(before);
    after_ = std::move(after);
  }

  std::size_t corners() const { return corners_; }
  std::size_t nodes() const { return nodes_; }
  // Rows that splats go to: the nodes, then the parts of shared ones.
  std::size_t splat_rows() const { return nodes_ + slots_; }
  std::size_t most_local() const {
    std::size_t most = 0;
    for (std::size_t t = 0; t + 1 < start_.size(); ++t)
      most = std::max<std::size_t>(most, start_[t + 1] - start_[t]);
    return most;
  }

  float splat_gain(bool transposed) const { return transposed ? slice_gain_ : splat_gain_; }
  float slice_gain(bool transposed) const { return transposed ? splat_gain_ : slice_gain_; }
  float before(std::size_t position) const { return splat_gain_ * before_[position]; }
  float after(std::size_t position) const {
    return slice_gain_ * (after_.empty() ? before_ : after_)[position];
  }
  float weight(std::size_t position, std::size_t corner) const {
    return weight_[position / kBatch * kBatch * corners_ + corner * kBatch + position % kBatch];
  }

  const std::uint32_t* local_nodes(std::size_t tile) const { return &node_[start_[tile]]; }
  std::size_t local_count(std::size_t tile) const { return start_[tile + 1] - start_[tile]; }
  Targets targets(std::size_t tile, bool transposed) const {
    return {&target_[start_[tile]], local_count(tile), nodes_, splat_gain(transposed)};
  }
  SharedRows shared() const { return {shared_node_.data(), shared_start_.data(), slot_.data()}; }
  std::size_t shared_count() const { return shared_node_.size(); }

  // What a tile's loops need, with rows and scale left to the caller.
  TileTerm term(const Tile& tile, bool transposed) const {
    const float* before = &before_[tile.first];
    const float* after = after_.empty() ? before : &after_[tile.first];
    if (transposed) std::swap(before, after);
    return {&corner_[tile.first * corners_],
            &weight_[tile.first * corners_],
            before,
            after,
            corners_,
            nullptr,
            nullptr,
            nullptr};
  }

 private:
  static float split_mean(std::vector<float>& values) {
    const double sum = std::accumulate(values.begin(), values.end(), 0.0);
    const float mean = static_cast<float>(sum / static_cast<double>(values.size()));
    for (float& value : values) value /= mean;
    return mean;
  }

  std::size_t corners_, nodes_ = 0, slots_ = 0;
  std::vector<std::uint16_t> corner_;
  std::vector<float> weight_, before_, after_;
  std::vector<std::uint32_t> start_, node_, target_;
  std::vector<std::uint32_t> shared_node_, shared_start_, slot_;
  float splat_gain_ = 1.0f, slice_gain_ = 1.0f;
};

}  // namespace figureground
