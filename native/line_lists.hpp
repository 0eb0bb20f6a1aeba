// Which lines of points, in a tile of a grid, lie between which lines of nodes, with what weights.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "filter.hpp"
#include "row_kernels.hpp"

namespace figureground {

// Weights before the kernel and after it.
struct Weights {
  std::vector<float> before, after;

  const float* of(bool is_after) const { return (is_after ? after : before).data(); }
};

// A line of points, a line of nodes, by number, and what they count for each other before the
// kernel and after it.
struct LinePair {
  std::uint32_t points, nodes;
  Factors weight;
};

// For each line of one side, those of the other.
class LineLists {
 public:
  LineLists() = default;
  // Lists what `from` tells of pairs for what `to` does.
  LineLists(std::vector<LinePair> pairs, std::uint32_t LinePair::* to,
            std::uint32_t LinePair::* from) {
    std::stable_sort(pairs.begin(), pairs.end(),
                     [&](const LinePair& a, const LinePair& b) { return a.*to < b.*to; });
    for (const LinePair& pair : pairs) {
      start_.resize(pair.*to + 1, line_.size());  // once a line
      line_.push_back(pair.*from);
      weight_.before.push_back(pair.weight.before);
      weight_.after.push_back(pair.weight.after);
    }
    start_.push_back(line_.size());
  }

  std::size_t size() const { return start_.size() - 1; }
  // What makes the rows [first, first + count) of the k-th line, all lines being of so many.
  Lines of(std::size_t k, bool after, std::size_t length, std::size_t first,
           std::size_t count) const {
    const std::size_t at = start_[k];
    return {length, first, count, start_[k + 1] - at, &line_[at], weight_.of(after) + at};
  }

 private:
  std::vector<std::size_t> start_;
  std::vector<std::uint32_t> line_;
  Weights weight_;
};

}  // namespace figureground
