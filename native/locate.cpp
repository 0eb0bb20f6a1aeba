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

// The vertices of a point's simplex, relative to it: squared distances in lattice units, and places
// in the frame's metric.
struct Corners {
  Value reach[kMost], place[kMost][kMost - 1];
};

// From a vertex of remainder c - 1 to that of c: a step along the axis of rank d + 1 - c. That
// coordinate also tells how much further off it is.
template <int d>
void walk(const LatticeFrame& frame, const Simplex& s, std::uint64_t* keys, Corners& corners) {
  constexpr int n = d + 1;
  Keys key = Keys{} + frame.origin;
  Value square{}, place[kMost - 1] = {};
  for (int k = 0; k <= d; ++k) {
    key -= (Keys) __builtin_convertvector(s.base[k], Wholes) * frame.step[k];
    square += s.offset[k] * s.offset[k];
    for (int m = 0; m < d; ++m) place[m] -= frame.metric[m * n + k] * s.offset[k];
  }
  Value beyond{};
  for (int c = 0; c <= d; ++c) {
    *reinterpret_cast<Keys*>(keys + c * kBatch) = key;
    corners.reach[c] =
        square + static_cast<float>(c * (n - c) * n) + static_cast<float>(2 * n) * beyond;
    for (int m = 0; m < d; ++m) corners.place[c][m] = place[m];
    for (int k = 0; k <= d; ++k) {
      const Bits here = s.rank[k] == d - c;
      beyond += (Value)((Bits)s.offset[k] & here);
      key += (Keys) __builtin_convertvector(here, Wholes) & frame.step[k];
      for (int m = 0; m < d; ++m)
        place[m] -=
            (Value)((Bits)(Value{} + static_cast<float>(n) * frame.metric[m * n + k]) & here);
    }
  }
}

// Kriging: solves for the weights with which the values at the vertices predict that at the point.
template <int d>
void weigh(const LatticeFrame& frame, const Corners& corners, float* weights) {
  constexpr int n = d + 1;
  Value matrix[kMost][kMost], weight[kMost], scale[kMost];
  for (int a = 0; a < n; ++a) {
    Value square{}, bent{};
    for (int m = 0; m < d; ++m) {
      const Value p = corners.place[a][m] * corners.place[a][m];
      square += p;
      bent += frame.bend[m] * p;
    }
    scale[a] = exponential(corners.reach[a] * frame.falloff - square);
    weight[a] = exponential(-bent);
    matrix[a][a] = 1 + frame.nugget * scale[a] * scale[a];
    for (int b = 0; b < a; ++b) {
      Value apart{};
      for (int m = 0; m < d; ++m) {
        const Value p = corners.place[a][m] - corners.place[b][m];
        apart += p * p;
      }
      matrix[a][b] = exponential(-0.5f * apart);
    }
  }
  // Cholesky's L D Lᵀ: L below the diagonal, L D above, 1 / D on it.
  for (int a = 0; a < n; ++a) {
    for (int b = 0; b < a; ++b) {
      Value rest = matrix[a][b];
      for (int k = 0; k < b; ++k) rest -= matrix[a][k] * matrix[k][b];
      matrix[b][a] = rest;
      matrix[a][b] = rest * matrix[b][b];
      matrix[a][a] -= rest * matrix[a][b];
      weight[a] -= matrix[a][b] * weight[b];
    }
    matrix[a][a] = 1 / matrix[a][a];
  }
  for (int a = d; a >= 0; --a) {
    weight[a] *= matrix[a][a];
    for (int b = a + 1; b < n; ++b) weight[a] -= matrix[b][a] * weight[b];
    write(weights + a * kBatch, weight[a] * scale[a]);
  }
}

template <int d>
void locate_batch(const LatticeFrame& frame, const float* features, std::uint64_t* keys,
                  float* weights) {
  for (std::size_t lane = 0; lane < kBatch; lane += kLanes) {
    Simplex s;
    elevate<d>(frame, features + lane, s.offset);
    find_simplex<d>(s);
    Corners corners;
    walk<d>(frame, s, keys + lane, corners);
    weigh<d>(frame, corners, weights + lane);
  }
}

// Loops of a length known beforehand take half the time.
constexpr Locate kByDimensions[] = {locate_batch<1>, locate_batch<2>, locate_batch<3>,
                                    locate_batch<4>, locate_batch<5>, locate_batch<6>,
                                    locate_batch<7>, locate_batch<8>};

}  // namespace

void locate(const LatticeFrame& frame, const float* features, std::uint64_t* keys, float* weights) {
  kByDimensions[frame.dimensions - 1](frame, features, keys, weights);
}

}  // namespace figureground::FIGUREGROUND_SET
