#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <vector>

#include "grid.hpp"

namespace figureground {

namespace detail {

/// The eight neighbours in a circle, from the right one on.
inline constexpr std::array<std::array<int, 2>, 8> kCircle = {
    {{0, 1}, {1, 1}, {1, 0}, {1, -1}, {0, -1}, {-1, -1}, {-1, 0}, {-1, 1}}};

/// Whether a pixel whose set neighbours are the bits of `around`, in the order of kCircle, can be
/// cleared: its neighbours stay connected, no hole opens, and it ends no line.
constexpr bool removable(unsigned around) {
  const auto set = [around](int i) { return (around >> (i & 7) & 1u) != 0; };
  int neighbours = 0, pieces = 0, open_sides = 0;
  for (int i = 0; i < 8; ++i) {
    neighbours += set(i);
    if (i % 2 != 0) continue;
    open_sides += !set(i);
    // Hilditch's crossing number: a side that is clear, followed by a set pixel.
    pieces += !set(i) && (set(i + 1) || set(i + 2));
  }
  return neighbours >= 2 && pieces == 1 && open_sides > 0;
}

inline const std::array<bool, 256> kRemovable = [] {
  std::array<bool, 256> table{};
  for (unsigned around = 0; around < 256; ++around) table[around] = removable(around);
  return table;
}();

inline unsigned neighbours_of(const std::vector<float>& strength, Size size, int pixel) {
  const int y = pixel / size.width, x = pixel % size.width;
  unsigned around = 0;
  for (int i = 0; i < 8; ++i) {
    const int row = y + kCircle[i][0], column = x + kCircle[i][1];
    const bool inside = row >= 0 && row < size.height && column >= 0 && column < size.width;
    if (inside && strength[size.at(row, column)] > 0) around |= 1u << i;
  }
  return around;
}

}  // namespace detail

/// Thins the pixels above 0 to lines one pixel wide, the weakest pixels first: what remains is
/// connected as before and runs along the strongest pixels.
inline void thin_lines(std::vector<float>& strength, Size size) {
  std::vector<int> order;
  for (int pixel = 0; pixel < size.pixels(); ++pixel) {
    if (strength[pixel] > 0) order.push_back(pixel);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return strength[a] < strength[b]; });
  for (std::size_t before = order.size() + 1; order.size() < before;) {
    before = order.size();
    std::erase_if(order, [&](int pixel) {
      const bool gone = detail::kRemovable[detail::neighbours_of(strength, size, pixel)];
      if (gone) strength[pixel] = 0;
      return gone;
    });
  }
}

}  // namespace figureground
