#pragma once

#include <algorithm>
#include <vector>

namespace figureground {

/// What makes a level set of a distance a segment.
struct LevelRule {
  int count;      // segments wanted at most
  float max_iou;  // two of one distance may not overlap more
  int least;      // superpixels that a segment covers
  int most;
};

/// A segment holds the superpixels whose distance is below the threshold.
struct Level {
  float threshold;
  float score;  // the gap between the distances on its two sides
  int size;     // superpixels
};

/// The cuts into as many superpixels as the rule allows whose gap is larger than the gaps on either
/// side.
inline std::vector<Level> steepest(const std::vector<float>& ascending, const LevelRule& rule) {
  const int n = static_cast<int>(ascending.size());
  const int least = std::max(1, rule.least), most = std::min(n - 1, rule.most);
  std::vector<Level> found(std::max(0, most - least + 2));
  std::size_t count = 0;
  float before = least > 1 && least < n ? ascending[least - 1] - ascending[least - 2] : 0;
  float gap = least < n ? ascending[least] - ascending[least - 1] : 0;
  for (int size = least; size <= most; ++size) {
    const float after = size + 1 < n ? ascending[size + 1] - ascending[size] : 0;
    // Written always, counted where it is steepest: a branch here would be a coin toss.
    found[count] = {ascending[size], gap, size};
    count += static_cast<int>(gap > before) & static_cast<int>(gap > after);
    before = gap;
    gap = after;
  }
  found.resize(count);
  return found;
}

/// Cuts a distance where it rises most: between neighbours in order whose gap is larger than the
/// gaps on either side, the largest first. Takes the distances in ascending order.
inline std::vector<Level> level_sets(const std::vector<float>& ascending, const LevelRule& rule) {
  std::vector<Level> candidates = steepest(ascending, rule);
  // A heap, since mostly only the first few are asked for.
  const auto worse = [](const Level& a, const Level& b) {
    return a.score != b.score ? a.score < b.score : a.size > b.size;
  };
  std::make_heap(candidates.begin(), candidates.end(), worse);
  std::vector<Level> kept;
  for (auto end = candidates.end(); end != candidates.begin(); --end) {
    if (static_cast<int>(kept.size()) == rule.count) break;
    std::pop_heap(candidates.begin(), end, worse);
    const Level& level = *(end - 1);
    const bool repeats = std::any_of(kept.begin(), kept.end(), [&](const Level& other) {
      return std::min(level.size, other.size) > rule.max_iou * std::max(level.size, other.size);
    });
    if (!repeats) kept.push_back(level);
  }
  return kept;
}

}  // namespace figureground
