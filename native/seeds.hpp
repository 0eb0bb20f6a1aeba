#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <queue>
#include <span>
#include <utility>
#include <vector>

#include "geodesic.hpp"
#include "superpixels.hpp"

namespace figureground {

/// A node near the middle of `members`: the least running maximum of the distances from nodes that
/// are far apart (three jumps to the farthest, starting at the first). Costs of infinity part the
/// members from the others.
inline int geodesic_centre(const Graph& graph, const std::vector<float>& costs,
                           std::span<const int> members) {
  std::vector<float> largest(graph.nodes, 0.0f);
  int from = members.front();
  for (int jump = 0; jump < 3; ++jump) {
    std::vector<float> distance(graph.nodes, kFar);
    update_distance(graph, costs, {from}, distance);
    for (const int n : members) largest[n] = std::max(largest[n], distance[n]);
    from = *std::max_element(members.begin(), members.end(),
                             [&](int a, int b) { return distance[a] < distance[b]; });
  }
  return *std::min_element(members.begin(), members.end(),
                           [&](int a, int b) { return largest[a] < largest[b]; });
}

/// Up to `count` seeds: the geodesic centre, then always the node farthest from all before.
inline std::vector<int> geodesic_seeds(const Graph& graph, const std::vector<float>& costs,
                                       int count) {
  std::vector<int> all(graph.nodes);
  std::iota(all.begin(), all.end(), 0);
  std::vector<int> seeds;
  std::vector<float> distance(graph.nodes, kFar);
  int next = geodesic_centre(graph, costs, all);
  while (static_cast<int>(seeds.size()) < std::min(count, graph.nodes)) {
    seeds.push_back(next);
    update_distance(graph, costs, {next}, distance);
    const auto far = std::max_element(distance.begin(), distance.end());
    next = static_cast<int>(far - distance.begin());
  }
  return seeds;
}

/// The superpixels under a regular grid of `count` points; none twice.
inline std::vector<int> regular_seeds(const Superpixels& s, int count) {
  count = std::min(count, s.count);
  const double shape = static_cast<double>(s.size.height) / s.size.width;
  const int rows = std::clamp(static_cast<int>(std::sqrt(count * shape) + 0.5), 1, count);
  std::vector<int> seeds;
  for (std::int64_t j = 0; j < rows; ++j) {
    const auto first = j * count / rows, last = (j + 1) * count / rows;
    for (auto i = first; i < last; ++i) {
      const int y = static_cast<int>((j + 0.5) / rows * s.size.height);
      const int x = static_cast<int>((i - first + 0.5) / (last - first) * s.size.width);
      const int label = s.labels[s.size.at(y, x)];
      if (std::find(seeds.begin(), seeds.end(), label) == seeds.end()) seeds.push_back(label);
    }
  }
  return seeds;
}

/// `count` different superpixels in random order; the same for the same `seed` on every platform.
inline std::vector<int> random_seeds(const Graph& graph, int count, std::uint64_t seed) {
  std::vector<int> nodes(graph.nodes);
  std::iota(nodes.begin(), nodes.end(), 0);
  for (int i = 0; i < std::min(count, graph.nodes); ++i) {
    // SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
    std::uint64_t z = seed += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    z ^= z >> 31;
    std::swap(nodes[i], nodes[i + static_cast<int>(z % (graph.nodes - i))]);
  }
  nodes.resize(std::min(count, graph.nodes));
  return nodes;
}

namespace detail {

/// Merges superpixels over the cheapest edges into `count` regions; gives each node its region.
/// An edge costs its strength and .2 for every level of merging that lies below it.
inline std::vector<int> merged_regions(const Graph& graph, int count) {
  constexpr float kPerLevel = 0.2f;
  std::vector<int> parent(graph.nodes), height(graph.nodes, 0);
  std::iota(parent.begin(), parent.end(), 0);
  const auto root = [&](int n) {
    while (parent[n] != n) n = parent[n] = parent[parent[n]];
    return n;
  };
  using Entry = std::pair<float, int>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
  for (int e = 0; e < static_cast<int>(graph.edges.size()); ++e) {
    queue.emplace(graph.strength[e], e);
  }
  for (int regions = graph.nodes; regions > count && !queue.empty();) {
    const auto [cost, e] = queue.top();
    queue.pop();
    const int a = root(graph.edges[e][0]), b = root(graph.edges[e][1]);
    if (a == b) continue;
    const float now = graph.strength[e] + kPerLevel * std::max(height[a], height[b]);
    if (cost < now) {
      queue.emplace(now, e);
      continue;
    }
    parent[b] = a;
    height[a] = std::max(height[a], height[b]) + 1;
    --regions;
  }
  std::vector<int> region(graph.nodes);
  for (int n = 0; n < graph.nodes; ++n) region[n] = root(n);
  return region;
}

}  // namespace detail

/// The geodesic centre of each of about `count` regions that cheap edges merge.
inline std::vector<int> segmentation_seeds(const Graph& graph, int count) {
  const std::vector<int> region = detail::merged_regions(graph, count);
  std::vector<std::vector<int>> members(graph.nodes);
  std::vector<float> costs = edge_costs(graph, 1, 0.0f);
  for (int n = 0; n < graph.nodes; ++n) {
    members[region[n]].push_back(n);
    for (int i = graph.offset[n]; i < graph.offset[n + 1]; ++i) {
      if (region[graph.neighbour[i]] != region[n]) costs[i] = kFar;
    }
  }
  std::vector<int> seeds;
  for (const std::vector<int>& nodes : members) {
    if (!nodes.empty()) seeds.push_back(geodesic_centre(graph, costs, nodes));
  }
  return seeds;
}

}  // namespace figureground
