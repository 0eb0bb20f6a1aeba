#pragma once

#include <algorithm>
#include <vector>

#include "geodesic.hpp"

namespace figureground {

inline int farthest(const std::vector<float>& distance) {
  return static_cast<int>(std::max_element(distance.begin(), distance.end()) - distance.begin());
}

/// A node near the middle of the graph: the least running maximum of the distances from nodes that
/// are far apart (three jumps to the farthest, starting at node 0).
inline int geodesic_centre(const Graph& graph, const std::vector<float>& costs) {
  std::vector<float> largest(graph.nodes, 0.0f);
  int from = 0;
  for (int jump = 0; jump < 3; ++jump) {
    std::vector<float> distance(graph.nodes, kFar);
    update_distance(graph, costs, {from}, distance);
    for (int n = 0; n < graph.nodes; ++n) largest[n] = std::max(largest[n], distance[n]);
    from = farthest(distance);
  }
  return static_cast<int>(std::min_element(largest.begin(), largest.end()) - largest.begin());
}

/// Up to `count` seeds: the geodesic centre, then always the node farthest from all before.
inline std::vector<int> geodesic_seeds(const Graph& graph, const std::vector<float>& costs,
                                       int count) {
  std::vector<int> seeds;
  std::vector<float> distance(graph.nodes, kFar);
  int next = geodesic_centre(graph, costs);
  while (static_cast<int>(seeds.size()) < std::min(count, graph.nodes)) {
    seeds.push_back(next);
    update_distance(graph, costs, {next}, distance);
    next = farthest(distance);
  }
  return seeds;
}

}  // namespace figureground
