#pragma once

#include <algorithm>
#include <vector>

#include "cutter.hpp"
#include "learned_masks.hpp"
#include "tasks.hpp"

namespace figureground {

using NodeSets = std::vector<std::vector<int>>;

inline std::vector<float> lane_of(const std::vector<Lanes>& distance, int lane) {
  std::vector<float> values(distance.size());
  for (std::size_t n = 0; n < values.size(); ++n) values[n] = distance[n][lane];
  return values;
}

/// Calls body(first, last, segments) for batches of kLanes of the seeds; joins the segments.
template <class Body>
Segments segments_of_batches(int seeds, int nodes, Team& team, Body&& body) {
  std::vector<Segments> parts((seeds + kLanes - 1) / kLanes, Segments(nodes));
  run_blocks(team, seeds, kLanes,
             [&](int first, int last) { body(first, last, parts[first / kLanes]); });
  Segments all(nodes);
  for (const Segments& part : parts) all.append(part);
  return all;
}

/// Level sets of (distance to a seed - distance to a background), for each seed and background.
inline Segments seed_segments(const Graph& graph, const std::vector<float>& costs,
                              const std::vector<int>& seeds,
                              const std::vector<std::vector<float>>& backgrounds,
                              const LevelRule& rule, Team& team) {
  const auto batch = [&](int first, int last, Segments& segments) {
    NodeSets sources;
    for (int i = first; i < last; ++i) sources.push_back({seeds[i]});
    const std::vector<Lanes> distance = distances_from(graph, costs, sources);
    std::vector<float> difference(graph.nodes);
    Cutter cutter(rule);
    for (int lane = 0; lane < last - first; ++lane) {
      for (const std::vector<float>& background : backgrounds) {
        for (int n = 0; n < graph.nodes; ++n) difference[n] = distance[n][lane] - background[n];
        cutter.cut(difference, segments);
      }
    }
  };
  return segments_of_batches(static_cast<int>(seeds.size()), graph.nodes, team, batch);
}

/// The same with the sets of learned masks. A foreground set that is empty is the seed alone; a
/// background set that is empty is left out.
inline Segments masked_segments(const Graph& graph, const std::vector<float>& costs,
                                const std::vector<int>& seeds, const std::vector<MaskPair>& masks,
                                const Appearance& looks, const std::vector<char>& near_border,
                                const LevelRule& rule, Team& team) {
  const auto batch = [&](int first, int last, Segments& segments) {
    Cutter cutter(rule);
    NodeSets inside_before;
    std::vector<Lanes> to;
    for (const MaskPair& pair : masks) {
      NodeSets inside, outside;
      for (int i = first; i < last; ++i) {
        inside.push_back(mask_members(pair.foreground, looks, near_border, seeds[i]));
        outside.push_back(mask_members(pair.background, looks, near_border, seeds[i]));
        if (inside.back().empty()) inside.back().push_back(seeds[i]);
      }
      if (inside != inside_before) to = distances_from(graph, costs, inside);
      inside_before = std::move(inside);
      const std::vector<Lanes> from = distances_from(graph, costs, outside);
      std::vector<float> difference(graph.nodes);
      for (int lane = 0; lane < last - first; ++lane) {
        const bool empty = outside[lane].empty();
        for (int n = 0; n < graph.nodes; ++n) {
          difference[n] = to[n][lane] - (empty ? 0.0f : from[n][lane]);
        }
        cutter.cut(difference, segments);
      }
    }
  };
  return segments_of_batches(static_cast<int>(seeds.size()), graph.nodes, team, batch);
}

}  // namespace figureground
