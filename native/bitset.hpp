#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace figureground {

/// Sets of superpixels, one a row, 64 members a word.
class BitMatrix {
 public:
  explicit BitMatrix(int columns) : columns_(columns), words_((columns + 63) / 64) {}

  int rows() const { return rows_; }
  int columns() const { return columns_; }
  int words() const { return words_; }

  std::uint64_t* add_row() {
    data_.resize(data_.size() + words_, 0);
    return row(rows_++);
  }
  std::uint64_t* row(int i) { return data_.data() + static_cast<std::size_t>(i) * words_; }
  const std::uint64_t* row(int i) const {
    return data_.data() + static_cast<std::size_t>(i) * words_;
  }
  bool has(int i, int column) const { return row(i)[column / 64] >> (column % 64) & 1; }

  /// Calls visit(column) for the members of a row in ascending order.
  template <class Visit>
  void for_each(int i, Visit&& visit) const {
    for (int w = 0; w < words_; ++w) {
      for (std::uint64_t word = row(i)[w]; word != 0; word &= word - 1) {
        visit(64 * w + std::countr_zero(word));
      }
    }
  }

 private:
  int columns_;
  int words_;
  int rows_ = 0;
  std::vector<std::uint64_t> data_;
};

using CountCommon = int (*)(const std::uint64_t*, const std::uint64_t*, int);

inline int count_common(const std::uint64_t* a, const std::uint64_t* b, int words) {
  int common = 0;
  for (int w = 0; w < words; ++w) common += std::popcount(a[w] & b[w]);
  return common;
}

#if defined(__x86_64__) && defined(__GNUC__)
__attribute__((target("popcnt"))) inline int count_common_popcnt(const std::uint64_t* a,
                                                                 const std::uint64_t* b,
                                                                 int words) {
  int common = 0;
  for (int w = 0; w < words; ++w) common += __builtin_popcountll(a[w] & b[w]);
  return common;
}

/// The fastest way to count the members that two rows share on this processor.
inline CountCommon common_counter() {
  return __builtin_cpu_supports("popcnt") ? count_common_popcnt : count_common;
}
#else
inline CountCommon common_counter() { return count_common; }
#endif

}  // namespace figureground
