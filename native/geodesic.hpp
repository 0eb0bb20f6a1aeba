#pragma once

#include <algorithm>
#include <limits>
#include <queue>
#include <span>
#include <utility>
#include <vector>

#include "graph.hpp"
#include "lanes.hpp"

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

/// Lowers the distances of a node to what its neighbours allow; returns whether any fell.
inline bool relax_node(const Graph& graph, const std::vector<float>& costs,
                       std::vector<Lanes>& distance, int node) {
  Lanes least = distance[node];
  for (int i = graph.offset[node]; i < graph.offset[node + 1]; ++i) {
    lower(least, distance[graph.neighbour[i]], costs[i]);
  }
  const bool fell = any_below(least, distance[node]);
  distance[node] = least;
  return fell;
}

/// Lowers `distance` to the geodesic distance for many source sets at once, one set a lane.
///
/// Sources hold 0 (or any other start), all other nodes infinity. Sweeps over the nodes, in and
/// against their order, until nothing changes; a node waits until a neighbour has changed.
/// Superpixels stand in raster order, so that few sweeps are needed, and the lanes share each as a
/// stream of additions and minima. The fixed point is that of Dijkstra's algorithm.
inline void sweep_distances(const Graph& graph, const std::vector<float>& costs,
                            std::vector<Lanes>& distance) {
  std::vector<char> waiting(graph.nodes, 1);
  bool changed = true;
  auto visit = [&](int node) {
    if (!waiting[node]) return;
    waiting[node] = 0;
    if (!relax_node(graph, costs, distance, node)) return;
    changed = true;
    for (int i = graph.offset[node]; i < graph.offset[node + 1]; ++i) {
      waiting[graph.neighbour[i]] = 1;
    }
  };
  while (changed) {
    changed = false;
    for (int node = 0; node < graph.nodes; ++node) visit(node);
    for (int node = graph.nodes; node-- > 0;) visit(node);
  }
}

/// Distances from up to kLanes source sets, node by node.
inline std::vector<Lanes> distances_from(const Graph& graph, const std::vector<float>& costs,
                                         std::span<const std::vector<int>> sources) {
  Lanes far;
  far.fill(kFar);
  std::vector<Lanes> distance(graph.nodes, far);
  for (std::size_t lane = 0; lane < sources.size(); ++lane) {
    for (const int source : sources[lane]) distance[source][lane] = 0;
  }
  sweep_distances(graph, costs, distance);
  return distance;
}

}  // namespace figureground
