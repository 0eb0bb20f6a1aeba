#pragma once

#include <algorithm>
#include <vector>

namespace figureground {

/// What makes a level set of a distance a segment.
struct LevelRule {
  int count;        // segments wanted at most
  float max_iou;    // two of one distance may not overlap more
  float min_share;  // of the superpixels that a segment covers
  float max_share;
};

/// A segment holds the superpixels whose distance is below the threshold.
struct Level {
  float threshold;
  float score;  // the gap between the distances on its two sides
  int size;     // superpixels
};

/// Cuts a distance where it rises most: between neighbours in order whose gap is larger than the
/// gaps on either side, the largest first. Takes the distances in ascending order.
inline std::vector<Level> level_sets(const std::vector<float>& ascending, const LevelRule& rule) {
  const int n = static_cast<int>(ascending.size());
  auto gap = [&](int size) {
    return size > 0 && size < n ? ascending[size] - ascending[size - 1] : 0.0f;
  };
  std::vector<Level> candidates;
  for (int size = 1; size < n; ++size) {
    const float g = gap(size);
    if (size < rule.min_share * n || size > rule.max_share * n) continue;
    if (!(g > 0 && g > gap(size - 1) && g > gap(size + 1))) continue;
    candidates.push_back({ascending[size], g, size});
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Level& a, const Level& b) { return a.score > b.score; });
  std::vector<Level> kept;
  for (const Level& level : candidates) {
    if (static_cast<int>(kept.size()) == rule.count) break;
    const bool repeats = std::any_of(kept.begin(), kept.end(), [&](const Level& other) {
      return std::min(level.size, other.size) > rule.max_iou * std::max(level.size, other.size);
    });
    if (!repeats) kept.push_back(level);
  }
  return kept;
}

}  // namespace figureground
