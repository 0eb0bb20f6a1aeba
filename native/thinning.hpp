#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "grid.hpp"
#include "tasks.hpp"

namespace figureground {

inline constexpr int kRowsPerTask = 32;

/// Filters along x and y with a tent of the given radius; the image is continued by its border.
inline std::vector<float> tent_filter(const float* image, Size size, int radius, Team& team) {
  const int taps = 2 * radius + 1;
  std::vector<float> weight(taps);
  for (int i = 0; i < taps; ++i) {
    weight[i] =
        static_cast<float>(radius + 1 - std::abs(i - radius)) / ((radius + 1) * (radius + 1));
  }
  std::vector<float> result(size.pixels());
  run_blocks(team, size.height, kRowsPerTask, [&](int first, int last) {
    std::vector<float> padded(size.width + 2 * radius);
    for (int y = first; y < last; ++y) {
      float* column = padded.data() + radius;
      std::fill_n(column, size.width, 0.0f);
      for (int i = 0; i < taps; ++i) {
        const int row = std::clamp(y + i - radius, 0, size.height - 1);
        const float* source = image + size.at(row, 0);
        for (int x = 0; x < size.width; ++x) column[x] += weight[i] * source[x];
      }
      std::fill_n(padded.data(), radius, column[0]);
      std::fill_n(column + size.width, radius, column[size.width - 1]);
      float* out = result.data() + size.at(y, 0);
      for (int i = 0; i < taps; ++i) {
        for (int x = 0; x < size.width; ++x) out[x] += weight[i] * padded[x + i];
      }
    }
  });
  return result;
}

namespace detail {

/// A row of an image, continued by one pixel on either side.
inline void copy_padded(const float* row, int width, std::vector<float>& padded) {
  std::copy_n(row, width, padded.begin() + 1);
  padded[0] = row[0];
  padded[width + 1] = row[width - 1];
}

/// Rows y - 1, y, y + 1 of an image, each continued by one pixel on either side.
struct ThreeRows {
  std::vector<float> above, here, below;

  explicit ThreeRows(int width) : above(width + 2), here(width + 2), below(width + 2) {}

  void load(const float* image, Size size, int y) {
    copy_padded(image + size.at(std::max(y - 1, 0), 0), size.width, above);
    copy_padded(image + size.at(y, 0), size.width, here);
    copy_padded(image + size.at(std::min(y + 1, size.height - 1), 0), size.width, below);
  }
};

/// Unit vectors across the ridges of `smooth`, with y >= 0: the eigenvector of the smaller
/// eigenvalue of its second differences. Written without branches, so that compilers vectorise it.
inline void across_ridges(const ThreeRows& smooth, int width, float* out_x, float* out_y) {
  const float *a = smooth.above.data(), *h = smooth.here.data(), *b = smooth.below.data();
  for (int x = 0; x < width; ++x) {
    const float xx = h[x + 2] - 2 * h[x + 1] + h[x];
    const float yy = b[x + 1] - 2 * h[x + 1] + a[x + 1];
    const float twice_xy = 0.5f * (b[x + 2] - b[x] - a[x + 2] + a[x]);
    const float difference = xx - yy;
    const float length = std::sqrt(difference * difference + twice_xy * twice_xy) + 1e-20f;
    const float half_cosine = 0.5f * difference / length;
    const float sine = std::sqrt(std::max(0.0f, 0.5f - half_cosine));
    out_x[x] = twice_xy > 0 ? -sine : sine;
    out_y[x] = std::sqrt(std::max(0.0f, 0.5f + half_cosine));
  }
}

/// Keeps the pixels of a row that no bilinear neighbour along (dir_x, dir_y) surpasses.
inline void keep_ridges(const ThreeRows& strength, int width, const float* dir_x,
                        const float* dir_y, float* out) {
  constexpr float kTolerance = 1.01f;
  const float *a = strength.above.data(), *h = strength.here.data(), *b = strength.below.data();
  for (int x = 0; x < width; ++x) {
    const bool right = dir_x[x] > 0;
    const float dx = right ? dir_x[x] : -dir_x[x], dy = dir_y[x];
    const float ahead_here = right ? h[x + 2] : h[x], back_here = right ? h[x] : h[x + 2];
    const float ahead_below = right ? b[x + 2] : b[x], back_above = right ? a[x] : a[x + 2];
    const float ahead = (1 - dy) * (h[x + 1] + dx * (ahead_here - h[x + 1])) +
                        dy * (b[x + 1] + dx * (ahead_below - b[x + 1]));
    const float back = (1 - dy) * (h[x + 1] + dx * (back_here - h[x + 1])) +
                       dy * (a[x + 1] + dx * (back_above - a[x + 1]));
    const float value = h[x + 1];
    out[x] = kTolerance * value < ahead || kTolerance * value < back ? 0.0f : value;
  }
}

}  // namespace detail

/// Non-maximum suppression: a pixel keeps its boundary strength where it is a ridge, else becomes
/// 0.
///
/// A pixel is no ridge where either bilinear neighbour, one pixel across the ridge, is stronger by
/// more than a hundredth. The direction comes from the second differences of the map after a tent
/// filter of radius 4. Source: structured edges (Dollár and Zitnick, ICCV 2013).
inline std::vector<float> thin(const float* strength, Size size, Team& team) {
  const std::vector<float> smooth = tent_filter(strength, size, 4, team);
  std::vector<float> result(size.pixels());
  run_blocks(team, size.height, kRowsPerTask, [&](int first, int last) {
    detail::ThreeRows rows(size.width);
    std::vector<float> dir_x(size.width), dir_y(size.width);
    for (int y = first; y < last; ++y) {
      rows.load(smooth.data(), size, y);
      detail::across_ridges(rows, size.width, dir_x.data(), dir_y.data());
      rows.load(strength, size, y);
      detail::keep_ridges(rows, size.width, dir_x.data(), dir_y.data(), &result[size.at(y, 0)]);
    }
  });
  return result;
}

}  // namespace figureground
