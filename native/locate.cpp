// Which vertices of the permutohedral lattice points lie between, and with what weights. Built once
// for each instruction set, see lane_math.hpp.
#include "lane_math.hpp"
#include "row_kernels.hpp"
#include "tiling.hpp"

namespace figureground::FIGUREGROUND_SET {
namespace {

constexpr int kMost = 9;  // vertices of a simplex in the most dimensions

typedef std::uint64_t Keys
    __attribute__((vector_size(kLanes * 8), aligned(alignof(std::uint64_t)), may_alias));
typedef std::int64_t Wholes
    __attribute__((vector_size(kLanes * 8), aligned(alignof(std::int64_t)), may_alias));

// The point relative to the nearest lattice point of remainder 0, that point's coordinates in units
// of d + 1, and the ranks of the differences, largest first (Adams et al., section 3).
struct Simplex {
  Value offset[kMost];
  Bits base[kMost], rank[kMost];
};

// Coordinates in the hyperplane of the lattice.
void elevate(const LatticeFrame& frame, const float* features, Value* elevated) {
  const int d = frame.dimensions;
  Value sum{};
  for (int j = d; j > 0; --j) {
    const Value x = (read(features + (d - j) * kBatch) - frame.low[d - j]) * frame.gain[d - j];
    elevated[j] = sum - static_cast<float>(j) * x;
    sum += x;
  }
  elevated[0] = sum;
}

void find_simplex(int d, Simplex& s) {
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

// From a vertex of remainder c - 1 to that of c: a step along the axis of rank d + 1 - c. That
// coordinate also tells how much further off it is.
void walk(const LatticeFrame& frame, const Simplex& s, std::uint64_t* keys, Value* reach) {
  const int d = frame.dimensions, n = d + 1;
  Keys key = Keys{} + frame.origin;
  Value square{};
  for (int k = 0; k <= d; ++k) {
    key -= (Keys) __builtin_convertvector(s.base[k], Wholes) * frame.step[k];
    square += s.offset[k] * s.offset[k];
  }
  Value beyond{};
  for (int c = 0; c <= d; ++c) {
    *reinterpret_cast<Keys*>(keys + c * kBatch) = key;
    reach[c] = square + static_cast<float>(c * (n - c) * n) + static_cast<float>(2 * n) * beyond;
    for (int k = 0; k <= d; ++k) {
      const Bits here = s.rank[k] == d - c;
      beyond += (Value)((Bits)s.offset[k] & here);
      key += (Keys) __builtin_convertvector(here, Wholes) & frame.step[k];
    }
  }
}

void weigh(const LatticeFrame& frame, const Value* reach, float* weights) {
  const int n = frame.dimensions + 1;
  Value correlation[kMost];
  for (int c = 0; c < n; ++c) correlation[c] = exponential(reach[c] * -frame.falloff);
  for (int c = 0; c < n; ++c) {
    Value weight{};
    for (int k = 0; k < n; ++k) weight += frame.solve[c * n + k] * correlation[k];
    write(weights + c * kBatch, weight);
  }
}

}  // namespace

void locate(const LatticeFrame& frame, const float* features, std::uint64_t* keys, float* weights) {
  for (std::size_t lane = 0; lane < kBatch; lane += kLanes) {
    Simplex s;
    elevate(frame, features + lane, s.offset);
    find_simplex(frame.dimensions, s);
    Value reach[kMost];
    walk(frame, s, keys + lane, reach);
    weigh(frame, reach, weights + lane);
  }
}

}  // namespace figureground::FIGUREGROUND_SET
