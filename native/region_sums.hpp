// Sums over the pixels of every superpixel: its size, place and colours, and a network's opinion.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace figureground {

/// Columns of `sum_regions`' sums, then kColours counts of coarse colours (two bits a channel).
inline constexpr int kRegionSums = 7;  // pixels, border sides, x, y, red, green, blue
inline constexpr int kColours = 64;

/// Columns of `sum_foreground`: probability, log odds, pixels above one half, squared log odds.
inline constexpr int kForegroundSums = 4;

/// Probabilities nearer to 0 or 1 count as this far from them in log odds.
inline constexpr float kLeastProbability = 1e-4F;

/// An image of superpixels, labelled from 0.
struct LabelImage {
  const std::int32_t* labels;
  int height;
  int width;
};

inline int coarse_colour(const std::uint8_t* rgb) {
  return ((rgb[0] >> 6) << 4) | ((rgb[1] >> 6) << 2) | (rgb[2] >> 6);
}

/// How many sides of a pixel lie on the image's border.
inline int border_sides(int y, int x, int height, int width) {
  return (y == 0) + (y == height - 1) + (x == 0) + (x == width - 1);
}

/// Adds up `image`, RGB; both outputs have a row a superpixel and start at 0. Places are pixel
/// centres.
inline void sum_regions(const LabelImage& regions, const std::uint8_t* image, double* sums,
                        std::int32_t* colours) {
  for (int y = 0; y < regions.height; ++y) {
    for (int x = 0; x < regions.width; ++x) {
      const std::ptrdiff_t i = static_cast<std::ptrdiff_t>(y) * regions.width + x;
      const std::uint8_t* rgb = image + 3 * i;
      const std::ptrdiff_t label = regions.labels[i];
      double* row = sums + label * kRegionSums;
      row[0] += 1;
      row[1] += border_sides(y, x, regions.height, regions.width);
      row[2] += x + 0.5;
      row[3] += y + 0.5;
      for (int c = 0; c < 3; ++c) row[4 + c] += rgb[c];
      ++colours[label * kColours + coarse_colour(rgb)];
    }
  }
}

/// Log p / (1 - p), bounded.
inline float log_odds(float p) {
  p = std::clamp(p, kLeastProbability, 1 - kLeastProbability);
  return std::log(p / (1 - p));
}

/// Adds up a map of foreground probabilities; the sums have a row a superpixel and start at 0.
inline void sum_foreground(const LabelImage& regions, const float* foreground, double* sums) {
  const std::ptrdiff_t pixels = static_cast<std::ptrdiff_t>(regions.height) * regions.width;
  for (std::ptrdiff_t i = 0; i < pixels; ++i) {
    const float p = foreground[i], odds = log_odds(p);
    double* row = sums + static_cast<std::ptrdiff_t>(regions.labels[i]) * kForegroundSums;
    row[0] += p;
    row[1] += odds;
    row[2] += p > 0.5F;
    row[3] += static_cast<double>(odds) * odds;
  }
}

}  // namespace figureground
