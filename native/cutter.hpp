#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "bitset.hpp"
#include "float_sort.hpp"
#include "level_sets.hpp"

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

/// Sets the bits of the members whose value is below the threshold.
inline void mark_below(const std::vector<float>& values, float threshold, std::uint64_t* row) {
  constexpr std::uint64_t kGather = 0x0102040810204080;  // moves eight bytes' low bits together
  const std::size_t whole = values.size() / 64 * 64;
  for (std::size_t i = 0; i < whole; i += 64) {
    std::array<std::uint8_t, 64> below;
    for (int k = 0; k < 64; ++k) below[k] = values[i + k] < threshold;
    std::uint64_t word = 0;
    for (int byte = 0; byte < 8; ++byte) {
      std::uint64_t eight = 0;
      for (int k = 0; k < 8; ++k) eight |= std::uint64_t{below[8 * byte + k]} << (8 * k);
      word |= (eight * kGather >> 56) << (8 * byte);
    }
    row[i / 64] = word;
  }
  for (std::size_t i = whole; i < values.size(); ++i) {
    row[i / 64] |= static_cast<std::uint64_t>(values[i] < threshold) << (i % 64);
  }
}

/// Cuts signed distances into level sets; keeps its buffers from one distance to the next.
class Cutter {
 public:
  explicit Cutter(const LevelRule& rule) : rule_(rule) {}

  void cut(const std::vector<float>& distance, Segments& segments) {
    ascending_ = distance;
    sorter_.sort(ascending_);
    for (const Level& level : level_sets(ascending_, rule_)) {
      mark_below(distance, level.threshold, segments.add(level.size, level.score));
    }
  }

 private:
  LevelRule rule_;
  FloatSorter sorter_;
  std::vector<float> ascending_;
};

}  // namespace figureground
