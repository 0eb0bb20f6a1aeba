// A Gaussian along one axis of samples.
//
// Where the standard deviation is several samples, values are splatted linearly to nodes a power of
// two of samples apart, filtered there, and sliced linearly; the filter's variance is what the two
// interpolations leave.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "filter.hpp"
#include "row_kernels.hpp"

namespace figureground {

class GridAxis {
 public:
  GridAxis(std::size_t samples, double sigma)
      : spacing_(spacing(samples, sigma)), factors_(samples, {1.0f, 1.0f}) {
    const double step = static_cast<double>(spacing_);
    double interpolated = 0;
    for (std::size_t p = 0; spacing_ > 1 && p < spacing_; ++p) {
      const double f = (static_cast<double>(p) + 0.5) / step;
      interpolated += step * f * (1 - f);
    }
    const double variance = (sigma * sigma - 2 * interpolated) / (step * step);
    nodes_ = spacing_ == 1 ? samples : samples / spacing_ + 3;
    fill(variance, spacing_ == 1 ? 1.0 : sigma / (step * step * std::sqrt(variance)));
  }

  std::size_t nodes() const { return nodes_; }
  // The nodes that reach any of a window, itself included.
  Window reaching(Window window) const {
    return {window.begin - std::min(window.begin, reach()), std::min(nodes_, window.end + reach())};
  }
  // What each node gets from those within its reach, see AxisPass.
  const float* weights(bool transposed) const { return (transposed ? after_ : before_).data(); }
  std::size_t reach() const { return weight_.size() - 1; }

  // A sample lies between `node` and the next, with weights 1 - `share` and `share`.
  struct Place {
    std::size_t node;
    float share;

    float weight(std::size_t corner) const { return corner == 0 ? 1 - share : share; }
  };
  // How many nodes a sample lies on.
  std::size_t corners() const { return spacing_ == 1 ? 1 : 2; }
  Place place(std::size_t sample) const {
    if (spacing_ == 1) return {sample, 0.0f};
    const double at = (static_cast<double>(sample) + 0.5) / static_cast<double>(spacing_) + 0.5;
    const auto node = static_cast<std::size_t>(at);
    return {node, static_cast<float>(at - static_cast<double>(node))};
  }

  // The factors of a sample by which the axis is normalised, and what of them the weights leave to
  // samples: all, or nothing where each has its node.
  Factors factors(std::size_t sample) const { return factors_[sample]; }
  Factors factors_left(std::size_t sample) const {
    return spacing_ == 1 ? Factors{1, 1} : factors_[sample];
  }
  void normalize(Normalization normalization) {
    const std::vector<double> splat = splat_of_ones();
    for (std::size_t s = 0; s < factors_.size(); ++s) {
      const Place at = place(s);
      double mass = 0;
      for (std::size_t c = 0; c < corners(); ++c)
        mass += at.weight(c) * filtered(splat, at.node + c);
      factors_[s] = figureground::factors(normalization, static_cast<float>(mass));
    }
    before_ = band(&Factors::before, &Factors::after);
    after_ = band(&Factors::after, &Factors::before);
  }

 private:
  // Samples between nodes: at most two thirds of the standard deviation.
  static std::size_t spacing(std::size_t samples, double sigma) {
    std::size_t r = 1;
    while (2.0 * static_cast<double>(r) * 1.5 <= sigma && r < samples) r *= 2;
    return r;
  }

  void fill(double variance, double gain) {
    // The spacing leaves a standard deviation of less than three nodes, or few nodes.
    const double reach = std::min(nodes_ - 1.0, std::ceil(3.3 * std::sqrt(variance)));
    for (int i = 0; i <= reach; ++i)
      weight_.push_back(static_cast<float>(gain * std::exp(-0.5 * i * i / variance)));
  }

  // The weights of all nodes, with the factors of the samples that they get from and of their own,
  // where each sample has its node. A line of zeros follows, since passes take nodes two by two.
  std::vector<float> band(float Factors::* from, float Factors::* to) const {
    const std::size_t width = 2 * reach() + 3;
    std::vector<float> weights((nodes_ + 1) * width, 0.0f);
    for (std::size_t k = 0; k < nodes_; ++k) {
      const Window window = reaching({k, k + 1});
      for (std::size_t n = window.begin; n < window.end; ++n) {
        const float factors = spacing_ == 1 ? factors_[n].*from * factors_[k].*to : 1.0f;
        weights[k * width + reach() + 1 + n - k] = weight_[n > k ? n - k : k - n] * factors;
      }
    }
    return weights;
  }

  std::vector<double> splat_of_ones() const {
    std::vector<double> sums(nodes_, 0.0);
    for (std::size_t s = 0; s < factors_.size(); ++s)
      for (std::size_t c = 0; c < corners(); ++c) sums[place(s).node + c] += place(s).weight(c);
    return sums;
  }

  double filtered(const std::vector<double>& values, std::size_t node) const {
    const Window window = reaching({node, node + 1});
    double sum = 0;
    for (std::size_t n = window.begin; n < window.end; ++n)
      sum += weight_[n > node ? n - node : node - n] * values[n];
    return sum;
  }

  std::size_t spacing_, nodes_ = 0;
  std::vector<float> weight_;          // by distance
  std::vector<float> before_, after_;  // bands, as they are and transposed, once normalised
  std::vector<Factors> factors_;       // by sample
};

}  // namespace figureground
