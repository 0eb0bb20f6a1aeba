#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "bitset.hpp"
#include "deduplicate.hpp"
#include "geodesic.hpp"
#include "level_sets.hpp"
#include "tasks.hpp"

namespace figureground {

/// Candidate segments: sets of superpixels, the number in each, and scores.
struct Segments {
  BitMatrix sets;
  std::vector<int> sizes;
  std::vector<float> scores;

  explicit Segments(int superpixels) : sets(superpixels) {}

  std::uint64_t* add(int size, float score) {
    sizes.push_back(size);
    scores.push_back(score);
    return sets.add_row();
  }

  void append(const Segments& other) {
    for (int i = 0; i < other.sets.rows(); ++i) {
      std::copy_n(other.sets.row(i), sets.words(), add(other.sizes[i], other.scores[i]));
    }
  }

  /// Keeps only `rows`, in that order.
  Segments select(const std::vector<int>& rows) const {
    Segments chosen(sets.columns());
    for (const int i : rows)
      std::copy_n(sets.row(i), sets.words(), chosen.add(sizes[i], scores[i]));
    return chosen;
  }
};

/// Adds the level sets of one signed distance.
inline void add_level_sets(const std::vector<float>& distance, const LevelRule& rule,
                           Segments& segments) {
  std::vector<float> ascending = distance;
  std::sort(ascending.begin(), ascending.end());
  for (const Level& level : level_sets(ascending, rule)) {
    std::uint64_t* row = segments.add(level.size, level.score);
    for (std::size_t i = 0; i < distance.size(); ++i) {
      row[i / 64] |= static_cast<std::uint64_t>(distance[i] < level.threshold) << (i % 64);
    }
  }
}

/// Level sets of (distance to a seed - distance to a background), for each seed and background.
inline Segments seed_segments(const Graph& graph, const std::vector<float>& costs,
                              const std::vector<int>& seeds,
                              const std::vector<std::vector<float>>& backgrounds,
                              const LevelRule& rule, Team& team) {
  constexpr int kLanes = 16;
  const int count = static_cast<int>(seeds.size());
  std::vector<Segments> parts((count + kLanes - 1) / kLanes, Segments(graph.nodes));
  run_tasks(team, static_cast<int>(parts.size()), [&](int part) {
    DistanceRow<kLanes> far;
    far.fill(kFar);
    std::vector<DistanceRow<kLanes>> distance(graph.nodes, far);
    const int first = part * kLanes, lanes = std::min(kLanes, count - first);
    for (int lane = 0; lane < lanes; ++lane) distance[seeds[first + lane]][lane] = 0;
    sweep_distances<kLanes>(graph, costs, distance);
    std::vector<float> difference(graph.nodes);
    for (int lane = 0; lane < lanes; ++lane) {
      for (const std::vector<float>& background : backgrounds) {
        for (int n = 0; n < graph.nodes; ++n) difference[n] = distance[n][lane] - background[n];
        add_level_sets(difference, rule, parts[part]);
      }
    }
  });
  Segments all(graph.nodes);
  for (const Segments& part : parts) all.append(part);
  return all;
}

}  // namespace figureground
