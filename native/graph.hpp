#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "superpixels.hpp"

namespace figureground {

/// The superpixels and what lies between them.
///
/// An edge joins two superpixels that touch. Its length is the number of 4-neighbour pixel pairs
/// between them, its strength the lower quartile of the boundary map over the pixels of those
/// pairs. The neighbours of a node stand together: `neighbour` and `edge_to` from offset[node] to
/// offset[node + 1].
struct Graph {
  int nodes = 0;
  std::vector<std::array<std::int32_t, 2>> edges;  // lower label first, in ascending order
  std::vector<float> strength;
  std::vector<std::int32_t> length;
  std::vector<int> offset;
  std::vector<int> neighbour;
  std::vector<int> edge_to;
};

namespace detail {

struct Crossing {
  std::uint64_t pair;  // lower label, then higher
  float first;
  float second;
};

inline std::vector<Crossing> crossings(const Superpixels& s, const float* strength) {
  std::vector<Crossing> result;
  auto visit = [&](int p, int q) {
    const std::uint64_t a = s.labels[p], b = s.labels[q];
    if (a == b) return;
    result.push_back({a < b ? a << 32 | b : b << 32 | a, strength[p], strength[q]});
  };
  for (int y = 0; y < s.size.height; ++y) {
    for (int x = 0; x < s.size.width; ++x) {
      const int p = s.size.at(y, x);
      if (x + 1 < s.size.width) visit(p, p + 1);
      if (y + 1 < s.size.height) visit(p, p + s.size.width);
    }
  }
  return result;
}

inline float lower_quartile(std::vector<float>& values) {
  const auto quartile = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 4);
  std::nth_element(values.begin(), quartile, values.end());
  return *quartile;
}

inline void join_nodes(Graph& graph) {
  graph.offset.assign(graph.nodes + 1, 0);
  for (const auto& [a, b] : graph.edges) ++graph.offset[a + 1], ++graph.offset[b + 1];
  for (int node = 0; node < graph.nodes; ++node) graph.offset[node + 1] += graph.offset[node];
  graph.neighbour.resize(2 * graph.edges.size());
  graph.edge_to.resize(2 * graph.edges.size());
  std::vector<int> next(graph.offset.begin(), graph.offset.end() - 1);
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    const auto [a, b] = graph.edges[e];
    for (const auto& [from, to] : {std::pair{a, b}, std::pair{b, a}}) {
      graph.neighbour[next[from]] = to;
      graph.edge_to[next[from]++] = static_cast<int>(e);
    }
  }
}

}  // namespace detail

/// Builds the graph of the superpixels from the (thick) boundary map.
inline Graph superpixel_graph(const Superpixels& s, const float* strength) {
  std::vector<detail::Crossing> crossings = detail::crossings(s, strength);
  std::stable_sort(crossings.begin(), crossings.end(),
                   [](const auto& a, const auto& b) { return a.pair < b.pair; });
  Graph graph;
  graph.nodes = s.count;
  std::vector<float> values;
  for (auto first = crossings.begin(); first != crossings.end();) {
    values.clear();
    auto last = first;
    for (; last != crossings.end() && last->pair == first->pair; ++last) {
      values.push_back(last->first);
      values.push_back(last->second);
    }
    graph.edges.push_back({static_cast<std::int32_t>(first->pair >> 32),
                           static_cast<std::int32_t>(first->pair & 0xffffffff)});
    graph.length.push_back(static_cast<std::int32_t>(last - first));
    graph.strength.push_back(detail::lower_quartile(values));
    first = last;
  }
  detail::join_nodes(graph);
  return graph;
}

}  // namespace figureground
