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

/// Distance from the superpixels near the sides whose bits are set in `sides` (bit 0 = left).
inline std::vector<float> border_distance(const Graph& graph, const std::vector<float>& costs,
                                          const BorderSides& near, int sides) {
  std::vector<int> sources;
  for (int side = 0; side < 4; ++side) {
    if (sides >> side & 1) sources.insert(sources.end(), near[side].begin(), near[side].end());
  }
  std::vector<float> distance(graph.nodes, kFar);
  update_distance(graph, costs, sources, distance);
  return distance;
}

}  // namespace figureground
