// How the points lie around one that is like them: moments of the differences of pairs of points,
// weighted by the kernel, from a sample of pairs.
#pragma once

#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <vector>

#include "parallel.hpp"

namespace figureground {

class PairMoments {
 public:
  // planes: the features, each of so many points, in units of the kernel's standard deviation.
  PairMoments(std::span<const float* const> planes, std::size_t points, Team& team)
      : size_(planes.size()), mass_(kPrior), second_(size_ * size_, 0.0) {
    for (std::size_t k = 0; k < size_; ++k) second_[k * size_ + k] = kPrior;
    std::vector<float> others(size_ * kOthers);
    for (std::size_t k = 0; k < size_; ++k)
      for (std::size_t i = 0; i < kOthers; ++i)
        others[k * kOthers + i] = planes[k][spaced(i, std::numbers::sqrt2, points)];
    std::vector<Sums> sums(kCentres, Sums{0, std::vector<double>(second_.size(), 0.0)});
    team.for_each(kCentres, [&](std::size_t j) {
      add_pairs(planes, spaced(j, std::numbers::phi, points), others, sums[j]);
    });
    for (const auto& [mass, second] : sums) {
      mass_ += mass;
      for (std::size_t k = 0; k < second.size(); ++k) second_[k] += second[k];
    }
    for (double& moment : second_) moment /= mass_;
  }

  // The kernel's mean over all pairs.
  double likeness() const { return mass_ / (kCentres * kOthers); }
  // Second moments of the differences of like points, (features, features); those of uniformly
  // spread points are the identity.
  const std::vector<double>& second() const { return second_; }

 private:
  static constexpr std::size_t kCentres = 256, kOthers = 256;
  static constexpr float kFar = 25;  // squared, where the kernel no longer counts
  // So many pairs as of uniformly spread points come first, lest few pairs decide.
  static constexpr double kPrior = 4;

  // The i-th of a sequence that fills the points evenly: multiples of an irrational number.
  static std::size_t spaced(std::size_t i, double step, std::size_t points) {
    const double at = static_cast<double>(i + 1) * step;
    return static_cast<std::size_t>((at - std::floor(at)) * static_cast<double>(points));
  }

  // Of the pairs of one centre.
  struct Sums {
    double mass;
    std::vector<double> second;
  };

  void add_pairs(std::span<const float* const> planes, std::size_t centre,
                 const std::vector<float>& others, Sums& sums) const {
    std::vector<float> apart(others.size()), square(kOthers, 0.0f);
    for (std::size_t k = 0; k < size_; ++k)
      for (std::size_t i = 0; i < kOthers; ++i) {
        const float difference = others[k * kOthers + i] - planes[k][centre];
        apart[k * kOthers + i] = difference;
        square[i] += difference * difference;
      }
    for (std::size_t i = 0; i < kOthers; ++i) {
      if (square[i] >= kFar) continue;
      const double weight = std::exp(-0.5 * square[i]);
      sums.mass += weight;
      for (std::size_t a = 0; a < size_; ++a)
        for (std::size_t b = 0; b < size_; ++b)
          sums.second[a * size_ + b] += weight * apart[a * kOthers + i] * apart[b * kOthers + i];
    }
  }

  std::size_t size_;
  double mass_;
  std::vector<double> second_;
};

}  // namespace figureground
