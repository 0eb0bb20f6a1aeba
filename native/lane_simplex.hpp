// The simplex of the permutohedral lattice that a point lies in, for the files that are built once
// for each instruction set.
#pragma once

#include "lane_math.hpp"
#include "row_kernels.hpp"
#include "tiling.hpp"

namespace figureground::FIGUREGROUND_SET {
namespace {

constexpr int kMost = 9;  // vertices of a simplex in the most dimensions

// The point relative to the nearest lattice point of remainder 0, that point's coordinates in units
// of d + 1, and the ranks of the differences, largest first (Adams et al., section 3).
struct Simplex {
  Value offset[kMost];
  Bits base[kMost], rank[kMost];
};

// Coordinates in the hyperplane of the lattice.
template <int d>
void elevate(const LatticeFrame& frame, const float* features, Value* elevated) {
  Value sum{};
  for (int j = d; j > 0; --j) {
    const Value x = (read(features + (d - j) * kBatch) - frame.low[d - j]) * frame.gain[d - j];
    elevated[j] = sum - static_cast<float>(j) * x;
    sum += x;
  }
  elevated[0] = sum;
}

template <int d>
void find_simplex(Simplex& s) {
  constexpr float round = 12582912.0f;  // 1.5 * 2^23: adding it rounds to whole numbers
  const float unit = static_cast<float>(d + 1);
  Bits excess{};
  for (int k = 0; k <= d; ++k) {
    const Value shifted = s.offset[k] * (1 / unit) + round;
    s.base[k] = (Bits)shifted - (Bits)(Value{} + round);
    s.offset[k] -= (shifted - round) * unit;
    excess += s.base[k];
    s.rank[k] = Bits{};
  }
  // Comparisons give -1 where they hold.
  for (int a = 0; a < d; ++a)
    for (int b = a + 1; b <= d; ++b) {
      const Bits less = s.offset[a] < s.offset[b];
      s.rank[a] -= less;
      s.rank[b] += less + 1;
    }
  for (int k = 0; k <= d; ++k) {
    const Bits r = s.rank[k] + excess;
    const Bits turn = (r > d) - (r < 0);
    s.rank[k] = r + turn * (d + 1);
    s.base[k] += turn;
    s.offset[k] -= __builtin_convertvector(turn, Value) * unit;
  }
}

// Calls visit(c, here) for c = 0 … d, the step from the vertex of remainder c to that of c + 1:
// along the axis k where here(k), of rank d - c.
template <int d, typename Visit>
void walk(const Simplex& s, Visit visit) {
  for (int c = 0; c <= d; ++c) visit(c, [&](int k) { return s.rank[k] == d - c; });
}

template <int d>
Simplex simplex(const LatticeFrame& frame, const float* features) {
  Simplex s;
  elevate<d>(frame, features, s.offset);
  find_simplex<d>(s);
  return s;
}

}  // namespace
}  // namespace figureground::FIGUREGROUND_SET
