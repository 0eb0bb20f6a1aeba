// Predicts a kernel's values at a point from those at the vertices of its simplex (kriging),
// knowing how the points lie.
//
// A vertex stands for a Gaussian of variance v around it: the blur's. With like points normally
// distributed around the one to predict for, of covariance S, the weights that have the least mean
// squared error solve C w = c, where C and c are the means of products of two vertices' values, and
// of a vertex's with the kernel's. All are Gaussian integrals. In the basis of S's eigenvectors,
// with lengths times the metric's, C is exp(-|a - b|² / 2) but for a factor of each vertex; S = 1
// gives exp(-|a - b|² / 4v). Where points lie in a plane, say, as colours do that differ in
// brightness only, the vertices beside it count as what they are there: nearly the same.
//
// At the end of an object, or of a colour, like points lie to one side: their mean is m from the
// point. That leaves C but for the factors of its vertices, which are then of places moved by t,
// the image of m: x + t in C and x + 2t in c, see weigh.cpp.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "eigen.hpp"

namespace figureground {

class Prediction {
 public:
  // The variance of the blur. Fitted, with the nugget, to the error of the whole filter on photos.
  static constexpr double kVariance = 0.90;
  // A vertex's values have a mean square that falls by exp(-2 (kFalloff r² - |x|²)), where r is its
  // distance in features and x in the metric.
  static constexpr double kFalloff = 0.5 / kVariance;
  // What a vertex's values differ from a Gaussian's, in the mean square.
  static constexpr float kNugget = 0.004f;
  // How much of the mean counts, since like points are not quite normally distributed.
  static constexpr double kTrust = 0.9;

  // covariance: S, (features, features), in squared standard deviations of the kernel.
  Prediction(const std::vector<double>& covariance, std::size_t features) {
    const Eigen eigen(covariance, features);
    metric_.reserve(features * features);
    for (std::size_t m = 0; m < features; ++m) {
      // Normally distributed points that are alike cannot lie wider than the kernel; others can.
      const double s = std::clamp(eigen.value(m), kLeastVariance, 1.0), v = kVariance;
      const double both = 1 / s - 1 + 2 / v, one = 1 / s + 1 / v;  // precisions of the integrands
      for (std::size_t k = 0; k < features; ++k) {
        metric_.push_back(eigen.vector(m, k) / (v * std::sqrt(both)));
        lean_.push_back(
            static_cast<float>(kTrust * eigen.vector(m, k) / (2 * s * std::sqrt(both))));
      }
      bend_.push_back(static_cast<float>(1 - 0.5 * both / one));
    }
  }

  // From differences in features to the metric: (features, features).
  double metric(std::size_t m, std::size_t k) const { return metric_[m * bend_.size() + k]; }
  // A point's correlation with a vertex is exp(-Σ bend_m x_m²) in the metric, where like points lie
  // evenly around it.
  const std::vector<float>& bend() const { return bend_; }
  // From the mean of like points to the metric: (features, features).
  const std::vector<float>& lean() const { return lean_; }

 private:
  static constexpr double kLeastVariance = 1e-3;

  std::vector<double> metric_;
  std::vector<float> bend_, lean_;
};

}  // namespace figureground
