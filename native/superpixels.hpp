#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "grid.hpp"
#include "tasks.hpp"

namespace figureground {

/// A partition of the image: `labels` holds 0..count-1 for every pixel, and each label is one
/// 4-connected region.
struct Superpixels {
  Size size;
  int count;
  std::vector<std::int32_t> labels;
};

/// What it costs to enter or leave a pixel, in steps of 1/4096, so that distances add up exactly.
inline std::vector<std::int32_t> pixel_costs(const float* thin, const float* thick, Size size,
                                             Team& team) {
  constexpr float kSteps = 4096, kThick = 0.01f, kConstant = 0.01f;
  std::vector<std::int32_t> costs(size.pixels());
  run_blocks(team, size.height, 64, [&](int first, int last) {
    for (int i = size.at(first, 0); i < size.at(last, 0); ++i) {
      const float cost = thin[i] + kThick * thick[i] + kConstant;
      costs[i] = static_cast<std::int32_t>(kSteps * cost + 0.5f);
    }
  });
  return costs;
}

/// Moves a centre by up to two pixels to where its surroundings cost least.
inline int settle(const std::vector<std::int32_t>& costs, Size size, int y, int x) {
  constexpr int kReach = 2;
  constexpr float kPerPixel = 0.01f * 4096;
  float least = std::numeric_limits<float>::max();
  int best = size.at(y, x);
  for (int v = std::max(0, y - kReach); v <= std::min(size.height - 1, y + kReach); ++v) {
    for (int u = std::max(0, x - kReach); u <= std::min(size.width - 1, x + kReach); ++u) {
      const int here = costs[size.at(v, u)];
      int total = 0;
      for (int w : {std::max(u - 1, 0), std::min(u + 1, size.width - 1)}) {
        total += std::max(here, costs[size.at(v, w)]);
      }
      for (int w : {std::max(v - 1, 0), std::min(v + 1, size.height - 1)}) {
        total += std::max(here, costs[size.at(w, u)]);
      }
      const float moved = std::hypot(static_cast<float>(v - y), static_cast<float>(u - x));
      const float cost = total + kPerPixel * moved;
      if (cost < least) least = cost, best = size.at(v, u);
    }
  }
  return best;
}

/// About `wanted` centres on a hexagonal grid, each settled; different pixels, in raster order.
inline std::vector<int> superpixel_centres(const std::vector<std::int32_t>& costs, Size size,
                                           int wanted) {
  const double w = size.width, h = size.height;
  wanted = std::clamp(wanted, 1, size.pixels());
  const double ideal = std::ceil(std::sqrt(wanted * w * std::sqrt(3.0) / (2 * h)));
  const int nx = static_cast<int>(std::clamp(ideal, 1.0, std::min<double>(wanted, w)));
  const int ny = std::min((wanted + nx - 1) / nx, size.height);
  std::vector<char> taken(size.pixels(), 0);
  std::vector<int> centres;
  for (int j = 0; j < ny; ++j) {
    const int y = std::min(static_cast<int>((2 * j + 1) * h / (2 * ny)), size.height - 1);
    for (int i = 0; i < nx; ++i) {
      const double x = (4.0 * i + 1 + 2 * (j & 1)) * w / (4.0 * nx);
      const int centre = settle(costs, size, y, std::min(static_cast<int>(x), size.width - 1));
      if (!taken[centre]) centres.push_back(centre);
      taken[centre] = 1;
    }
  }
  return centres;
}

/// Gives every pixel to the centre that is nearest by geodesic distance, exactly.
///
/// A step between 4-neighbours costs the larger of its two pixels' costs. A pixel's key is its
/// distance (upper half) and label (lower half), so that ties have one answer; each pixel has its
/// label from a neighbour on its shortest path, so that regions are connected by construction.
/// Buckets by distance in a ring take the place of a heap: the cost is linear in the pixels.
inline std::vector<std::int32_t> nearest_centres(const std::vector<std::int32_t>& costs, Size size,
                                                 const std::vector<int>& centres) {
  constexpr std::uint32_t kRing = 8192;  // more than the largest step, (1 + .01 + .01) * 4096
  using Key = std::uint64_t;
  std::vector<Key> keys(size.pixels(), std::numeric_limits<Key>::max());
  std::vector<std::vector<int>> ring(kRing);
  for (std::size_t label = 0; label < centres.size(); ++label) {
    keys[centres[label]] = label;
    ring[0].push_back(centres[label]);
  }
  std::size_t waiting = centres.size();
  auto relax = [&](Key key, int from, int to) {
    const Key reached = key + (static_cast<Key>(std::max(costs[from], costs[to])) << 32);
    if (reached >= keys[to]) return;
    keys[to] = reached;
    ring[(reached >> 32) % kRing].push_back(to);
    ++waiting;
  };
  for (std::uint32_t distance = 0; waiting > 0; ++distance) {
    std::vector<int>& bucket = ring[distance % kRing];
    for (const int pixel : bucket) {
      const Key key = keys[pixel];
      if (key >> 32 != distance) continue;
      const int x = pixel % size.width;
      if (x > 0) relax(key, pixel, pixel - 1);
      if (x + 1 < size.width) relax(key, pixel, pixel + 1);
      if (pixel >= size.width) relax(key, pixel, pixel - size.width);
      if (pixel + size.width < size.pixels()) relax(key, pixel, pixel + size.width);
    }
    waiting -= bucket.size();
    bucket.clear();
  }
  return {keys.begin(), keys.end()};
}

/// Geodesic k-means with one assignment: superpixels that follow the boundaries.
inline Superpixels superpixels(const float* thin, const float* thick, Size size, int wanted,
                               Team& team) {
  const std::vector<std::int32_t> costs = pixel_costs(thin, thick, size, team);
  const std::vector<int> centres = superpixel_centres(costs, size, wanted);
  return {size, static_cast<int>(centres.size()), nearest_centres(costs, size, centres)};
}

}  // namespace figureground
