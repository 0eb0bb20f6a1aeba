#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "border.hpp"
#include "deduplicate.hpp"
#include "learned_seeds.hpp"
#include "seeds.hpp"
#include "segments.hpp"
#include "thinning.hpp"

namespace figureground {

enum class SeedKind { geodesic, regular, random, segmentation, learned };

/// What a preset sets.
struct ProposalOptions {
  int superpixels;
  int seeds;
  int levels;  // level sets of each distance
  float max_iou;
  int smallest;  // superpixels of a segment, at least
  bool singles;  // whether each seed by itself is a segment too
  SeedKind seed_kind = SeedKind::geodesic;
  std::uint64_t random_seed = 0;
};

/// Trained seeds and masks. Without rankers the seeds are not learned, without masks the
/// backgrounds are those of the baseline.
struct Model {
  std::vector<SeedFeature> rankers;
  std::vector<MaskPair> masks;
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

inline std::vector<int> place_seeds(const Superpixels& pixels, const Graph& graph,
                                    const std::vector<float>& costs, const Appearance& looks,
                                    const ProposalOptions& options, const Model& model) {
  switch (options.seed_kind) {
    case SeedKind::regular:
      return regular_seeds(pixels, options.seeds);
    case SeedKind::random:
      return random_seeds(graph, options.seeds, options.random_seed);
    case SeedKind::segmentation:
      return segmentation_seeds(graph, options.seeds);
    case SeedKind::learned:
      return learned_seeds(graph, looks, model.rankers, options.seeds);
    case SeedKind::geodesic:
      break;
  }
  return geodesic_seeds(graph, costs, options.seeds);
}

/// All level sets that the options ask for, before any is dropped.
inline Segments candidate_segments(const Graph& graph, const std::vector<float>& costs,
                                   const std::vector<int>& seeds, const BorderSides& sides,
                                   const Appearance& looks, const ProposalOptions& options,
                                   const Model& model, Team& team) {
  const std::vector<Lanes> border = border_distances(graph, costs, sides);
  const LevelRule rule{options.levels, options.max_iou, options.smallest, graph.nodes * 3 / 4};
  const auto baseline = [&] {
    const std::vector<float> none(graph.nodes, 0.0f);
    return seed_segments(graph, costs, seeds, {none, lane_of(border, kAllSides)}, rule, team);
  };
  const auto learned = [&] {
    return masked_segments(graph, costs, seeds, model.masks, looks, near_border(sides, graph.nodes),
                           rule, team);
  };
  Segments all = model.masks.empty() ? baseline() : learned();
  const LevelRule of_border{options.levels, options.max_iou, (graph.nodes + 9) / 10, graph.nodes};
  all.append(border_segments(border, of_border));
  if (options.singles) all.append(single_segments(graph, seeds));
  return all;
}

/// Geodesic object proposals (Krähenbühl and Koltun, ECCV 2014).
///
/// Takes boundary strengths in [0, 1] and, for a model, the (H, W, 3) image. The result is the same
/// for any number of threads.
inline Proposals propose(const float* strength, const std::uint8_t* rgb, Size size,
                         const ProposalOptions& options, const Model& model, Team& team) {
  const std::vector<float> thinned = thin(strength, size, team);
  Superpixels pixels = superpixels(thinned.data(), strength, size, options.superpixels, team);
  Graph graph = superpixel_graph(pixels, strength, team);
  const bool looks_count = !model.rankers.empty() || !model.masks.empty();
  const Appearance looks = looks_count ? appearance(pixels, rgb, team) : Appearance{};
  const std::vector<float> costs = edge_costs(graph, 3, 2e-3f);
  std::vector<int> seeds = place_seeds(pixels, graph, costs, looks, options, model);
  const Segments all =
      candidate_segments(graph, costs, seeds, border_sides(pixels), looks, options, model, team);
  Segments kept = all.select(distinct_segments(all.sets, all.sizes, all.scores, options.max_iou));
  std::vector<Box> boxes = segment_boxes(pixels, kept.sets);
  return {std::move(pixels), std::move(graph), std::move(seeds), std::move(kept), std::move(boxes)};
}

}  // namespace figureground
