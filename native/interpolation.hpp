// The nodes that each point lies between, with what weights, where every point has its own:
// numbered within the point's tile, in 16 bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "filter.hpp"
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
        before_(tiling.positions(), 1.0f) {}

  // Where a tile's corners and weights lie, by batches of (corners, kBatch).
  std::uint16_t* corner(const Tile& tile) { return &corner_[tile.first * corners_]; }
  float* weight(const Tile& tile) { return &weight_[tile.first * corners_]; }

  float weight(std::size_t position, std::size_t corner) const {
    return weight_[position / kBatch * kBatch * corners_ + corner * kBatch + position % kBatch];
  }
  void scale_weights(float by) {
    for (float& w : weight_) w *= by;
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
  }

  std::size_t corners() const { return corners_; }
  float splat_gain(bool transposed) const { return transposed ? slice_gain_ : splat_gain_; }
  float slice_gain(bool transposed) const { return transposed ? splat_gain_ : slice_gain_; }
  float self_weight(std::size_t position) const {
    const float after = (after_.empty() ? before_ : after_)[position];
    return splat_gain_ * before_[position] * slice_gain_ * after;
  }

  // What the loops over a strip need.
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

 private:
  static float split_mean(std::vector<float>& values) {
    const double sum = std::accumulate(values.begin(), values.end(), 0.0);
    const float mean = static_cast<float>(sum / static_cast<double>(values.size()));
    for (float& value : values) value /= mean;
    return mean;
  }

  std::size_t corners_;
  std::vector<std::uint16_t> corner_;
  std::vector<float> weight_, before_, after_;  // the factors by position, `after_` if it differs
  float splat_gain_ = 1.0f, slice_gain_ = 1.0f;
};

}  // namespace figureground
