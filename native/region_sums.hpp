// Sums over the pixels of every superpixel: its size, place and colours, and a network's opinion.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace figureground {

/// Columns of `sum_regions`' sums, then kColours counts of coarse colours (two bits a channel).
inline constexpr int kRegionSums = 7;  // pixels, border sides, x, y, red, green, blue
inline constexpr int kColours = 64;

/// Columns of `sum_foreground`: probability, log odds, pixels above one half, squared log odds.
inline constexpr int kForegroundSums = 4;

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

/// Calls `add(label, y, x0, x1)` for every run of pixels x0 <= x < x1 of a row with one label.
template <class Add>
void for_each_run(const LabelImage& regions, Add add) {
  for (int y = 0; y < regions.height; ++y) {
    const std::int32_t* row = regions.labels + static_cast<std::ptrdiff_t>(y) * regions.width;
    for (int x0 = 0, x1 = 0; x0 < regions.width; x0 = x1) {
      while (x1 < regions.width && row[x1] == row[x0]) ++x1;
      add(static_cast<std::ptrdiff_t>(row[x0]), y, x0, x1);
    }
  }
}

/// Adds up `image`, RGB; both outputs have a row a superpixel and start at 0. Places are pixel
/// centres.
inline void sum_regions(const LabelImage& regions, const std::uint8_t* image, double* sums,
                        std::int32_t* colours) {
  for_each_run(regions, [&](std::ptrdiff_t label, int y, int x0, int x1) {
    const std::ptrdiff_t start = static_cast<std::ptrdiff_t>(y) * regions.width;
    std::int32_t* histogram = colours + label * kColours;
    std::array<int, 3> rgb{};
    int sides = 0;
    for (int x = x0; x < x1; ++x) {
      const std::uint8_t* pixel = image + 3 * (start + x);
      for (int c = 0; c < 3; ++c) rgb[c] += pixel[c];
      sides += border_sides(y, x, regions.height, regions.width);
      ++histogram[coarse_colour(pixel)];
    }
    double* row = sums + label * kRegionSums;
    const double length = x1 - x0;
    row[0] += length;
    row[1] += sides;
    row[2] += length * (x0 + x1) / 2;
    row[3] += length * (y + 0.5);
    for (int c = 0; c < 3; ++c) row[4 + c] += rgb[c];
  });
}

/// Adds up a map of foreground probabilities and its log odds; the sums have a row a superpixel and
/// start at 0.
inline void sum_foreground(const LabelImage& regions, const float* foreground, const float* odds,
                           double* sums) {
  for_each_run(regions, [&](std::ptrdiff_t label, int y, int x0, int x1) {
    const std::ptrdiff_t start = static_cast<std::ptrdiff_t>(y) * regions.width;
    std::array<double, kForegroundSums> run{};
    for (std::ptrdiff_t i = start + x0; i < start + x1; ++i) {
      run[0] += foreground[i];
      run[1] += odds[i];
      run[2] += foreground[i] > 0.5F;
      run[3] += static_cast<double>(odds[i]) * odds[i];
    }
    for (int k = 0; k < kForegroundSums; ++k) sums[label * kForegroundSums + k] += run[k];
  });
}

}  // namespace figureground
