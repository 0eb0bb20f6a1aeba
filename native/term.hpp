// A kernel of the CRF with what its messages cost.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "filter.hpp"

namespace figureground {

// The message of a kernel to label a, subtracted from its energy: gain[a] (K Q)_a, or, where there
// is a matrix, -Σ_b matrix[a, b] (K Q)_b.
struct Compatibility {
  std::vector<float> gain, matrix;
};

struct Term {
  std::unique_ptr<Filter> filter;
  Compatibility compatibility;
  bool exclude_self, normalized;

  // How much its message can change as marginals change by 1.
  double weight() const {
    if (!normalized) return std::numeric_limits<double>::infinity();
    double most = 0;
    for (const auto* values : {&compatibility.gain, &compatibility.matrix})
      for (const float value : *values) most = std::max(most, std::abs(double{value}));
    return most;
  }
};

}  // namespace figureground
