#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "bitset.hpp"

namespace figureground {

/// Which segments to keep, the best score first: none whose overlap with a better one, in
/// superpixels, is above `max_iou`.
///
/// Two sets can only overlap so much if their sizes are alike; the kept segments are therefore
/// looked up by size.
inline std::vector<int> distinct_segments(const BitMatrix& segments, const std::vector<int>& sizes,
                                          const std::vector<float>& scores, float max_iou) {
  std::vector<int> order(segments.rows());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return scores[a] > scores[b]; });
  std::vector<std::vector<int>> of_size(segments.columns() + 1);
  std::vector<int> kept;
  const CountCommon shared = common_counter();
  for (const int candidate : order) {
    const int size = sizes[candidate];
    const int least = static_cast<int>(max_iou * size);
    const int most = std::min<int>(segments.columns(), static_cast<int>(size / max_iou) + 1);
    bool repeats = false;
    for (int other = least; other <= most && !repeats; ++other) {
      for (const int k : of_size[other]) {
        const int common = shared(segments.row(candidate), segments.row(k), segments.words());
        repeats = common > max_iou * static_cast<float>(size + other - common);
        if (repeats) break;
      }
    }
    if (repeats) continue;
    kept.push_back(candidate);
    of_size[size].push_back(candidate);
  }
  return kept;
}

}  // namespace figureground
