#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "appearance.hpp"
#include "geodesic.hpp"

namespace figureground {

inline constexpr int kSeedFeatures = 23;
using SeedFeature = std::array<float, kSeedFeatures>;

/// What the rankers see of every superpixel, given the seeds placed so far.
///
/// In order: position (6); mean squared difference in red, green, blue, L*, a*, b* to the earlier
/// seeds (6); least distance to them in RGB, Lab, RGB + position, Lab + position, position (5);
/// geodesic distance to them with costs 1, w + 2e-3, w³ + 2e-3 (3), and to the image border (3).
/// Before the first seed the geodesic ones are 0, the least distances 10.
class SeedFeatures {
 public:
  SeedFeatures(const Graph& graph, const Appearance& appearance)
      : graph_(graph), looks_(appearance.looks), rows_(graph.nodes) {
    std::vector<int> border;
    for (int n = 0; n < graph.nodes; ++n) {
      if (looks_[n].on_border) border.push_back(n);
    }
    for (int k = 0; k < 3; ++k) {
      costs_[k] = k == 0 ? edge_costs(graph, 0, 0.0f) : edge_costs(graph, 2 * k - 1, 2e-3f);
      distance_[k].assign(graph.nodes, kFar);
      std::vector<float> to_border(graph.nodes, kFar);
      update_distance(graph, costs_[k], border, to_border);
      for (int n = 0; n < graph.nodes; ++n) rows_[n][kBorder + k] = to_border[n];
    }
    for (int n = 0; n < graph.nodes; ++n) {
      std::copy_n(looks_[n].position.begin(), 6, rows_[n].begin());
      std::fill_n(rows_[n].begin() + kSquared, 6, 0.0f);
      std::fill_n(rows_[n].begin() + kLeast, 5, 10.0f);
      std::fill_n(rows_[n].begin() + kGeodesic, 3, 0.0f);
    }
  }

  const std::vector<SeedFeature>& rows() const { return rows_; }

  /// Places a seed.
  void add(int seed) {
    ++seeds_;
    for (int k = 0; k < 3; ++k) {
      if (distance_[k][seed] > 0) update_distance(graph_, costs_[k], {seed}, distance_[k]);
    }
    for (int n = 0; n < graph_.nodes; ++n) {
      compare(rows_[n], looks_[n], looks_[seed]);
      for (int k = 0; k < 3; ++k) rows_[n][kGeodesic + k] = distance_[k][n];
    }
  }

 private:
  enum { kSquared = 6, kLeast = 12, kGeodesic = 17, kBorder = 20 };

  void compare(SeedFeature& row, const Look& look, const Look& seed) const {
    std::array<float, 2> colour{};  // squared distance in RGB, in Lab
    for (int k = 0; k < 6; ++k) {
      const float difference = look.colour[k] - seed.colour[k];
      const float squared = difference * difference;
      row[kSquared + k] += (squared - row[kSquared + k]) / seeds_;
      colour[k / 3] += squared;
    }
    const float rgb = std::sqrt(colour[0]), lab = std::sqrt(colour[1]);
    const float dx = look.position[0] - seed.position[0], dy = look.position[1] - seed.position[1];
    const float place = std::sqrt(dx * dx + dy * dy);
    const std::array<float, 5> now = {rgb, lab, rgb + place, lab + place, place};
    for (int k = 0; k < 5; ++k) row[kLeast + k] = std::min(row[kLeast + k], now[k]);
  }

  const Graph& graph_;
  const std::vector<Look>& looks_;
  std::array<std::vector<float>, 3> costs_, distance_;
  std::vector<SeedFeature> rows_;
  float seeds_ = 0;
};

/// Seed i is the superpixel that ranker i puts first, given those before it; none twice.
///
/// A ranker that chooses a superpixel again adds no seed but counts as one, as in training.
inline std::vector<int> learned_seeds(const Graph& graph, const Appearance& appearance,
                                      const std::vector<SeedFeature>& rankers, int count) {
  SeedFeatures features(graph, appearance);
  std::vector<int> seeds;
  for (int i = 0; i < std::min<int>(count, static_cast<int>(rankers.size())); ++i) {
    int best = 0;
    float highest = -kFar;
    for (int n = 0; n < graph.nodes; ++n) {
      float score = 0;
      for (int k = 0; k < kSeedFeatures; ++k) score += rankers[i][k] * features.rows()[n][k];
      if (score > highest) highest = score, best = n;
    }
    if (std::find(seeds.begin(), seeds.end(), best) == seeds.end()) seeds.push_back(best);
    features.add(best);
  }
  return seeds;
}

}  // namespace figureground
