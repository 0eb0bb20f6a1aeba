#pragma once

#include <algorithm>
#include <array>
#include <limits>
#include <queue>
#include <utility>
#include <vector>

#include "graph.hpp"

namespace figureground {

inline constexpr float kFar = std::numeric_limits<float>::infinity();

/// Costs of the graph's directed edges, beside `neighbour`.
inline std::vector<float> edge_costs(const Graph& graph, int power, float constant) {
  std::vector<float> costs(graph.neighbour.size());
  for (std::size_t i = 0; i < costs.size(); ++i) {
    float cost = 1;
    for (int k = 0; k < power; ++k) cost *= graph.strength[graph.edge_to[i]];
    costs[i] = cost + constant;
  }
  return costs;
}

/// Lowers `distance` to the geodesic distance from `sources` where that is nearer.
inline void update_distance(const Graph& graph, const std::vector<float>& costs,
                            const std::vector<int>& sources, std::vector<float>& distance) {
  using Entry = std::pair<float, int>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
  for (const int source : sources) {
    distance[source] = 0;
    queue.emplace(0.0f, source);
  }
  while (!queue.empty()) {
    const auto [reached, node] = queue.top();
    queue.pop();
    if (reached > distance[node]) continue;
    for (int i = graph.offset[node]; i < graph.offset[node + 1]; ++i) {
      const float candidate = reached + costs[i];
      const int to = graph.neighbour[i];
      if (candidate < distance[to]) {
        distance[to] = candidate;
        queue.emplace(candidate, to);
      }
    }
  }
}

/// Distances from many source sets at once, one set a lane.
///
/// Sweeps over the nodes, in and against their order, until nothing changes. Superpixels stand in
/// raster order, so a handful of sweeps is enough, each a stream of additions and minima that the
/// lanes share; the fixed point is that of Dijkstra's algorithm.
template <int Lanes>
using DistanceRow = std::array<float, Lanes>;

template <int Lanes>
bool relax_node(const Graph& graph, const std::vector<float>& costs,
                std::vector<DistanceRow<Lanes>>& distance, int node) {
  DistanceRow<Lanes> least = distance[node];
  for (int i = graph.offset[node]; i < graph.offset[node + 1]; ++i) {
    const DistanceRow<Lanes>& other = distance[graph.neighbour[i]];
    for (int lane = 0; lane < Lanes; ++lane) {
      const float candidate = other[lane] + costs[i];
      least[lane] = candidate < least[lane] ? candidate : least[lane];
    }
  }
  int changed = 0;
  for (int lane = 0; lane < Lanes; ++lane) changed |= least[lane] < distance[node][lane];
  distance[node] = least;
  return changed != 0;
}

template <int Lanes>
void sweep_distances(const Graph& graph, const std::vector<float>& costs,
                     std::vector<DistanceRow<Lanes>>& distance) {
  for (bool changed = true; changed;) {
    changed = false;
    for (int n = 0; n < graph.nodes; ++n) changed |= relax_node<Lanes>(graph, costs, distance, n);
    for (int n = graph.nodes; n-- > 0;) changed |= relax_node<Lanes>(graph, costs, distance, n);
  }
}

}  // namespace figureground
