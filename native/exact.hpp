// The Gaussian kernel matrix itself, all pairs, in float64: the oracle of the fast filters.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "parallel.hpp"

namespace figureground {

// out[:, i] = Σ_j exp(-|f_{rows[i]} - f_j|² / 2) values[:, j], over tiles of j that stay in cache.
// features: (dimensions, points); values: (channels, points); out: (channels, rows).
inline void exact_filter(const double* features, std::size_t dimensions, std::size_t points,
                         const double* values, std::size_t channels, const std::int64_t* rows,
                         std::size_t count, double* out, Team& team) {
  constexpr std::size_t tile = 512;
  team.for_each(count, [&](std::size_t r) {
    std::vector<double> kernel(tile), sum(channels, 0.0);
    for (std::size_t first = 0; first < points; first += tile) {
      const std::size_t size = std::min(tile, points - first);
      std::fill(kernel.begin(), kernel.end(), 0.0);
      for (std::size_t k = 0; k < dimensions; ++k) {
        const double* plane = features + k * points;
        const double centre = plane[rows[r]];
        for (std::size_t j = 0; j < size; ++j) {
          const double difference = plane[first + j] - centre;
          kernel[j] += difference * difference;
        }
      }
      for (std::size_t j = 0; j < size; ++j) kernel[j] = std::exp(-0.5 * kernel[j]);
      for (std::size_t c = 0; c < channels; ++c) {
        const double* plane = values + c * points + first;
        double dot = 0;
        for (std::size_t j = 0; j < size; ++j) dot += kernel[j] * plane[j];
        sum[c] += dot;
      }
    }
    for (std::size_t c = 0; c < channels; ++c) out[c * count + r] = sum[c];
  });
}

}  // namespace figureground
