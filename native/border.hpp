#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "geodesic.hpp"

namespace figureground {

/// The superpixels near each side of the image: left, top, right, bottom; ascending.
using BorderSides = std::array<std::vector<int>, 4>;

inline BorderSides border_sides(const Superpixels& s) {
  constexpr int kWithin = 4;
  std::array<std::vector<char>, 4> near;
  near.fill(std::vector<char>(s.count, 0));
  for (int y = 0; y < s.size.height; ++y) {
    const bool top = y < kWithin, bottom = y >= s.size.height - kWithin;
    for (int x = 0; x < s.size.width; ++x) {
      if (!top && !bottom && x == kWithin) x = std::max(x, s.size.width - kWithin);
      const int label = s.labels[s.size.at(y, x)];
      near[0][label] |= x < kWithin;
      near[1][label] |= top;
      near[2][label] |= x >= s.size.width - kWithin;
      near[3][label] |= bottom;
    }
  }
  BorderSides sides;
  for (int side = 0; side < 4; ++side) {
    for (int n = 0; n < s.count; ++n) {
      if (near[side][n]) sides[side].push_back(n);
    }
  }
  return sides;
}

inline constexpr int kAllSides = 15;

/// The superpixels near the sides whose bits are set in `sides` (bit 0 = left); some may repeat.
inline std::vector<int> near_sides(const BorderSides& near, int sides) {
  std::vector<int> all;
  for (int side = 0; side < 4; ++side) {
    if (sides >> side & 1) all.insert(all.end(), near[side].begin(), near[side].end());
  }
  return all;
}

/// Which superpixels are near any side.
inline std::vector<char> near_border(const BorderSides& near, int superpixels) {
  std::vector<char> any(superpixels, 0);
  for (const int n : near_sides(near, kAllSides)) any[n] = 1;
  return any;
}

/// Distances from every combination of sides; lane k holds that of the sides whose bits k has.
inline std::vector<Lanes> border_distances(const Graph& graph, const std::vector<float>& costs,
                                           const BorderSides& near) {
  std::vector<std::vector<int>> sources;
  for (int sides = 0; sides <= kAllSides; ++sides) sources.push_back(near_sides(near, sides));
  return distances_from(graph, costs, sources);
}

}  // namespace figureground
