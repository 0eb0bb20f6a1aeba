#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
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

/// A pixel pair between two superpixels.
struct Crossing {
  std::int32_t lower;
  std::int32_t higher;
  float first;
  float second;
};

inline std::vector<Crossing> crossings_of_rows(const Superpixels& s, const float* strength,
                                               int first, int last) {
  std::vector<Crossing> result;
  auto visit = [&](int p, int q) {
    if (s.labels[p] == s.labels[q]) return;
    const auto [low, high] = std::minmax(s.labels[p], s.labels[q]);
    result.push_back({low, high, strength[p], strength[q]});
  };
  for (int y = first; y < last; ++y) {
    const int row = s.size.at(y, 0), end = row + s.size.width;
    for (int p = row; p + 1 < end; ++p) visit(p, p + 1);
    if (y + 1 == s.size.height) continue;
    for (int p = row; p < end; ++p) visit(p, p + s.size.width);
  }
  return result;
}

/// All crossings, those of one lower label together; `offset` tells where each label's begin.
inline std::vector<Crossing> crossings(const Superpixels& s, const float* strength, Team& team,
                                       std::vector<int>& offset) {
  constexpr int kRows = 32;
  std::vector<std::vector<Crossing>> parts((s.size.height + kRows - 1) / kRows);
  run_blocks(team, s.size.height, kRows, [&](int first, int last) {
    parts[first / kRows] = crossings_of_rows(s, strength, first, last);
  });
  offset.assign(s.count + 1, 0);
  for (const auto& part : parts) {
    for (const Crossing& crossing : part) ++offset[crossing.lower + 1];
  }
  for (int label = 0; label < s.count; ++label) offset[label + 1] += offset[label];
  std::vector<int> next(offset.begin(), offset.end() - 1);
  std::vector<Crossing> result(offset.back());
  for (const auto& part : parts) {
    for (const Crossing& crossing : part) result[next[crossing.lower]++] = crossing;
  }
  return result;
}

inline float lower_quartile(std::vector<float>& values) {
  const auto quartile = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 4);
  std::nth_element(values.begin(), quartile, values.end());
  return *quartile;
}

/// Adds the edges from one label to higher ones; reorders its crossings.
inline void add_edges(std::span<Crossing> crossings, Graph& graph) {
  std::sort(crossings.begin(), crossings.end(),
            [](const auto& a, const auto& b) { return a.higher < b.higher; });
  std::vector<float> values;
  for (auto first = crossings.begin(); first != crossings.end();) {
    values.clear();
    auto last = first;
    for (; last != crossings.end() && last->higher == first->higher; ++last) {
      values.push_back(last->first);
      values.push_back(last->second);
    }
    graph.edges.push_back({first->lower, first->higher});
    graph.length.push_back(static_cast<std::int32_t>(last - first));
    graph.strength.push_back(lower_quartile(values));
    first = last;
  }
}

inline void append_edges(Graph& graph, const Graph& part) {
  graph.edges.insert(graph.edges.end(), part.edges.begin(), part.edges.end());
  graph.length.insert(graph.length.end(), part.length.begin(), part.length.end());
  graph.strength.insert(graph.strength.end(), part.strength.begin(), part.strength.end());
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
inline Graph superpixel_graph(const Superpixels& s, const float* strength, Team& team) {
  constexpr int kLabels = 64;
  std::vector<int> offset;
  std::vector<detail::Crossing> crossings = detail::crossings(s, strength, team, offset);
  std::vector<Graph> parts((s.count + kLabels - 1) / kLabels);
  run_blocks(team, s.count, kLabels, [&](int first, int last) {
    for (int label = first; label < last; ++label) {
      detail::add_edges(
          std::span(crossings).subspan(offset[label], offset[label + 1] - offset[label]),
          parts[first / kLabels]);
    }
  });
  Graph graph;
  graph.nodes = s.count;
  for (const Graph& part : parts) detail::append_edges(graph, part);
  detail::join_nodes(graph);
  return graph;
}

}  // namespace figureground
