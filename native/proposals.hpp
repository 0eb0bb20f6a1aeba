#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "border.hpp"
#include "seeds.hpp"
#include "segments.hpp"
#include "thinning.hpp"

namespace figureground {

/// What a preset sets.
struct ProposalOptions {
  int superpixels;
  int seeds;
  int levels;  // level sets of each distance
  float max_iou;
  int smallest;  // superpixels of a segment, at least
  bool singles;  // whether each seed by itself is a segment too
};

/// A box in pixels: x0 <= x < x1 and y0 <= y < y1.
using Box = std::array<std::int32_t, 4>;

/// Everything that the method makes of one image.
struct Proposals {
  Superpixels superpixels;
  Graph graph;
  std::vector<int> seeds;
  Segments segments;
  std::vector<Box> boxes;
};

inline std::vector<Box> superpixel_boxes(const Superpixels& s) {
  std::vector<Box> boxes(s.count, {s.size.width, s.size.height, 0, 0});
  for (int y = 0; y < s.size.height; ++y) {
    for (int x = 0; x < s.size.width; ++x) {
      auto& [x0, y0, x1, y1] = boxes[s.labels[s.size.at(y, x)]];
      x0 = std::min(x0, x), y0 = std::min(y0, y);
      x1 = std::max(x1, x + 1), y1 = std::max(y1, y + 1);
    }
  }
  return boxes;
}

inline std::vector<Box> segment_boxes(const Superpixels& s, const BitMatrix& sets) {
  const std::vector<Box> parts = superpixel_boxes(s);
  std::vector<Box> boxes(sets.rows(), {s.size.width, s.size.height, 0, 0});
  for (int i = 0; i < sets.rows(); ++i) {
    Box& box = boxes[i];
    sets.for_each(i, [&](int n) {
      for (int k = 0; k < 2; ++k) box[k] = std::min(box[k], parts[n][k]);
      for (int k = 2; k < 4; ++k) box[k] = std::max(box[k], parts[n][k]);
    });
  }
  return boxes;
}

inline std::vector<float> lane_of(const std::vector<Lanes>& distance, int lane) {
  std::vector<float> values(distance.size());
  for (std::size_t n = 0; n < values.size(); ++n) values[n] = distance[n][lane];
  return values;
}

/// Level sets of the distance from the border alone, for each combination of sides.
inline Segments border_segments(const std::vector<Lanes>& border, const LevelRule& rule) {
  Segments segments(static_cast<int>(border.size()));
  Cutter cutter(rule);
  for (int sides = 1; sides <= kAllSides; ++sides) {
    std::vector<float> distance = lane_of(border, sides);
    for (float& d : distance) d = -d;
    cutter.cut(distance, segments);
  }
  return segments;
}

/// Each seed by itself, scored below all level sets: small objects are no larger.
inline Segments single_segments(const Graph& graph, const std::vector<int>& seeds) {
  Segments segments(graph.nodes);
  for (const int seed : seeds) segments.add(1, 0.0f)[seed / 64] |= std::uint64_t{1} << (seed % 64);
  return segments;
}

/// Geodesic object proposals (Krähenbühl and Koltun, ECCV 2014), the untrained variant.
///
/// Takes boundary strengths in [0, 1]. The result is the same for any number of threads.
inline Proposals propose(const float* strength, Size size, const ProposalOptions& options,
                         Team& team) {
  const std::vector<float> thinned = thin(strength, size, team);
  Superpixels pixels = superpixels(thinned.data(), strength, size, options.superpixels, team);
  Graph graph = superpixel_graph(pixels, strength, team);
  const std::vector<float> costs = edge_costs(graph, 3, 2e-3f);
  std::vector<int> seeds = geodesic_seeds(graph, costs, options.seeds);
  const std::vector<Lanes> border = border_distances(graph, costs, border_sides(pixels));
  const std::vector<std::vector<float>> backgrounds = {std::vector<float>(graph.nodes, 0.0f),
                                                       lane_of(border, kAllSides)};
  const LevelRule rule{options.levels, options.max_iou, options.smallest, graph.nodes * 3 / 4};
  Segments all = seed_segments(graph, costs, seeds, backgrounds, rule, team);
  all.append(border_segments(
      border, {options.levels, options.max_iou, (graph.nodes + 9) / 10, graph.nodes}));
  if (options.singles) all.append(single_segments(graph, seeds));
  Segments kept = all.select(distinct_segments(all.sets, all.sizes, all.scores, options.max_iou));
  std::vector<Box> boxes = segment_boxes(pixels, kept.sets);
  return {std::move(pixels), std::move(graph), std::move(seeds), std::move(kept), std::move(boxes)};
}

}  // namespace figureground
