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

/// A unit vector across the ridge of `smooth` at a pixel: the eigenvector of the smaller eigenvalue
/// of its second differences.
struct Direction {
  float x;
  float y;
};

inline Direction across_ridge(const float* above, const float* here, const float* below, int x,
                              int left, int right) {
  const float xx = here[right] - 2 * here[x] + here[left];
  const float yy = below[x] - 2 * here[x] + above[x];
  const float xy = 0.25f * (below[right] - below[left] - above[right] + above[left]);
  const float difference = xx - yy;
  const float length = std::sqrt(difference * difference + 4 * xy * xy);
  const float cosine = length > 0 ? difference / length : 1.0f;
  const float minor = std::sqrt(std::max(0.0f, 0.5f * (1 - cosine)));
  const float major = std::sqrt(0.5f * (1 + cosine));
  return {xy > 0 ? -minor : minor, major};
}

/// Non-maximum suppression: a pixel keeps its boundary strength where it is a ridge, else becomes
/// 0.
///
/// A pixel is no ridge where either bilinear neighbour, one pixel across the ridge, is stronger by
/// more than a hundredth. The direction comes from the second differences of the map after a tent
/// filter of radius 4. Source: structured edges (Dollár and Zitnick, ICCV 2013).
inline std::vector<float> thin(const float* strength, Size size, Team& team) {
  constexpr float kTolerance = 1.01f;
  const std::vector<float> smooth = tent_filter(strength, size, 4, team);
  std::vector<float> result(size.pixels());
  run_blocks(team, size.height, kRowsPerTask, [&](int first, int last) {
    for (int y = first; y < last; ++y) {
      const int up = size.at(std::max(y - 1, 0), 0), row = size.at(y, 0);
      const int down = size.at(std::min(y + 1, size.height - 1), 0);
      for (int x = 0; x < size.width; ++x) {
        const float value = strength[row + x];
        if (value <= 0) continue;
        const int left = std::max(x - 1, 0), right = std::min(x + 1, size.width - 1);
        const Direction d = across_ridge(&smooth[up], &smooth[row], &smooth[down], x, left, right);
        const float dx = std::abs(d.x);
        auto neighbour = [&](int line, int side) {
          const float near = (1 - dx) * strength[row + x] + dx * strength[row + side];
          const float far = (1 - dx) * strength[line + x] + dx * strength[line + side];
          return (1 - d.y) * near + d.y * far;
        };
        const float forward = neighbour(down, d.x > 0 ? right : left);
        const float backward = neighbour(up, d.x > 0 ? left : right);
        if (kTolerance * value >= std::max(forward, backward)) result[row + x] = value;
      }
    }
  });
  return result;
}

}  // namespace figureground
