// How features become coordinates of the permutohedral lattice, and vertices 64-bit keys.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <vector>

#include "pair_moments.hpp"
#include "parallel.hpp"
#include "prediction.hpp"
#include "row_kernels.hpp"

namespace figureground {

inline constexpr int kMaxDimensions = 8;

// A key packs how many steps along the axes 1 to d lead to a vertex (one along axis 0 is one back
// along all of them), the last in the highest bits, with room for the steps of the blur: adding a
// step is adding two keys. Sorting the keys sorts the vertices by the widest feature, so that the
// blur's neighbours lie near.
//
// The widest features come first because the blur's groups of axes then split them from the others
// (colour from position): on photos the filter's error is a fifth less than with any other order or
// grouping.
class Frame {
 public:
  // features: (dimensions, points); throws std::invalid_argument if some are not finite.
  Frame(const float* features, int dimensions, std::size_t points, Team& team)
      : dimensions_(dimensions), low_(dimensions), gain_(dimensions), step_(dimensions + 1, 0) {
    std::vector<Bounds> ranges(dimensions);
    team.for_each(ranges.size(),
                  [&](std::size_t k) { ranges[k] = bounds(features + k * points, points); });
    std::vector<std::pair<double, int>> extents;
    for (int k = 0; k < dimensions; ++k) {
      if (!ranges[k].finite) throw std::invalid_argument("features: some are not finite");
      extents.emplace_back(ranges[k].low - static_cast<double>(ranges[k].high), k);
    }
    std::sort(extents.begin(), extents.end());
    std::vector<double> extent(dimensions);
    for (int k = 0; k < dimensions; ++k) {
      plane_.push_back(static_cast<std::size_t>(extents[k].second));
      low_[k] = ranges[plane_[k]].low;
      extent[k] = -extents[k].first;
    }
    std::vector<const float*> planes;
    for (const std::size_t k : plane_) planes.push_back(features + k * points);
    const PairMoments pairs(planes, points, team);
    fineness_ = fineness(pairs.likeness());
    scale(extent);
    if (!pack(extent)) scatter();
    set_metric(Prediction(pairs.second(), plane_.size()));
  }

  int dimensions() const { return dimensions_; }
  // Which of the features is the frame's k-th: they are taken by extent, the widest first.
  std::size_t plane(std::size_t k) const { return plane_[k]; }

  LatticeFrame view() const {
    return {dimensions_,
            low_.data(),
            gain_.data(),
            step_.data(),
            origin_,
            metric_.data(),
            bend_.data(),
            lean_.data(),
            static_cast<float>(Prediction::kFalloff / (spread() * spread())),
            Prediction::kNugget};
  }

  // Of the lattice against that of Adams et al.
  double fineness() const { return fineness_; }

  // What the step along an axis adds to a key.
  std::uint64_t step(int axis) const { return step_[axis]; }

 private:
  // Lattice units in a standard deviation: `fineness` times those of Adams et al.
  double spread() const { return fineness_ * std::sqrt(2.0 / 3.0) * (dimensions_ + 1); }

  // The more alike points are, the fewer vertices they touch, and the finer the lattice may be;
  // where they are not, a coarser one leaves fewer gaps between vertices that the blur would need.
  // Fitted like the constants of the prediction.
  static double fineness(double likeness) {
    const double fitted = 0.945 + 0.042 * std::log(likeness / 0.01);
    return std::clamp(fitted, 0.8, 1.1);  // not far beyond what the photos of the fit had
  }

  // Features further apart than this have a kernel of zero; float32 would not tell them apart.
  static constexpr double kMostRange = 1 << 20;

  // The least and the largest of some values, and whether all are finite.
  struct Bounds {
    float low, high;
    bool finite;
  };

  // Side by side for speed.
  static Bounds bounds(const float* values, std::size_t count) {
    constexpr std::size_t lanes = 16;
    std::array<float, lanes> low, high, zero{};  // or NaN, once something was not finite
    low.fill(values[0]);
    high.fill(values[0]);
    for (std::size_t i = 0; i < count; i += lanes) {
      // The last ones may come twice.
      const float* from = values + (count < lanes ? 0 : std::min(i, count - lanes));
      for (std::size_t k = 0; k < std::min(lanes, count); ++k) {
        low[k] = from[k] < low[k] ? from[k] : low[k];
        high[k] = from[k] > high[k] ? from[k] : high[k];
        zero[k] += from[k] * 0;
      }
    }
    return {*std::min_element(low.begin(), low.end()), *std::max_element(high.begin(), high.end()),
            std::accumulate(zero.begin(), zero.end(), 0.0f) == 0};
  }

  void scale(std::vector<double>& extent) {
    for (int k = 0; k < dimensions_; ++k) {
      const double j = dimensions_ - k;
      const double shrink = extent[k] > kMostRange ? kMostRange / extent[k] : 1.0;
      gain_[k] = static_cast<float>(shrink * spread() / std::sqrt(j * (j + 1)));
      extent[k] *= gain_[k];
    }
  }

  // Gives every digit the bits that its range needs; false if they are more than 64.
  bool pack(const std::vector<double>& extent) {
    constexpr double margin = 4;  // of a vertex from its point, and of its neighbours from it
    const int d = dimensions_;
    std::uint64_t origin = 0;
    double below = 0;  // the extents of the features that coordinate 0 has and coordinate j has not
    int shift = 0;
    step_[0] = 0;
    for (int j = 1; j <= d; ++j) {
      const double range = (below + (j + 1) * extent[d - j]) / (d + 1);
      const int width = std::bit_width(static_cast<std::uint64_t>(std::ceil(range + 2 * margin)));
      if (shift + width > 64) return false;
      step_[j] = std::uint64_t{1} << shift;
      step_[0] -= step_[j];
      origin += step_[j] * static_cast<std::uint64_t>(margin);
      below += extent[d - j];
      shift += width;
    }
    origin_ = origin;
    return true;
  }

  // Where the bits do not suffice: steps are large odd numbers, modulo 2^64. That two of a million
  // vertices share a key has odds of one to ten million.
  void scatter() {
    std::uint64_t factor = 0x9E3779B97F4A7C15u;
    step_[0] = 0;
    for (int j = 1; j <= dimensions_; ++j, factor *= 0xD1342543DE82EF95u) {
      step_[j] = factor;
      step_[0] -= factor;
    }
  }

  // The metric of the prediction, from lattice units: the features are sums over those, see
  // scale().
  void set_metric(const Prediction& prediction) {
    const auto d = static_cast<std::size_t>(dimensions_);
    for (std::size_t m = 0; m < d; ++m)
      for (std::size_t axis = 0; axis <= d; ++axis) {
        double sum = 0;
        for (std::size_t k = 0; k < std::min(d, d + 1 - axis); ++k) {
          const auto j = static_cast<double>(d - k);
          sum += prediction.metric(m, k) / std::sqrt(j * (j + 1)) * (axis + k == d ? -j : 1.0);
        }
        metric_.push_back(static_cast<float>(sum / spread()));
      }
    bend_ = prediction.bend();
    lean_ = prediction.lean();
  }

  int dimensions_;
  std::vector<std::size_t> plane_;
  std::vector<float> low_, gain_;
  std::vector<std::uint64_t> step_;
  std::uint64_t origin_ = 0;
  double fineness_ = 1;
  std::vector<float> metric_, bend_, lean_;
};

}  // namespace figureground
