// With what weights the vertices of a point's simplex predict the kernel there, see prediction.hpp.
// Built once for each instruction set, see lane_math.hpp.
#include "lane_simplex.hpp"

namespace figureground::FIGUREGROUND_SET {
namespace {

// The vertices of a point's simplex, relative to it: squared distances in lattice units, and places
// in the frame's metric.
struct Corners {
  Value reach[kMost], place[kMost][kMost - 1];
};

template <int d>
void find_corners(const LatticeFrame& frame, const Simplex& s, Corners& corners) {
  constexpr int n = d + 1;
  Value square{}, place[kMost - 1] = {};
  for (int k = 0; k <= d; ++k) {
    square += s.offset[k] * s.offset[k];
    for (int m = 0; m < d; ++m) place[m] -= frame.metric[m * n + k] * s.offset[k];
  }
  Value beyond{};
  walk<d>(s, [&](int c, auto here) {
    corners.reach[c] =
        square + static_cast<float>(c * (n - c) * n) + static_cast<float>(2 * n) * beyond;
    for (int m = 0; m < d; ++m) corners.place[c][m] = place[m];
    for (int k = 0; k <= d; ++k) {
      add_where(here(k), beyond, s.offset[k]);
      for (int m = 0; m < d; ++m)
        add_where(here(k), place[m], Value{} - static_cast<float>(n) * frame.metric[m * n + k]);
    }
  });
}

// Where like points lie in the mean, in the metric: half as many standard deviations away. Beyond
// two of those points are not as the prediction thinks.
template <int d>
void find_lean(const LatticeFrame& frame, const float* features, const float* moments,
               Value* lean) {
  const Value per_mass = 1 / larger(read(moments), Value{} + 1e-20f);
  for (int m = 0; m < d; ++m) lean[m] = Value{};
  for (int k = 0; k < d; ++k) {
    const Value point = read(features + k * kBatch) - frame.low[k];
    const Value mean = read(moments + (k + 1) * kBatch) * per_mass - point;
    for (int m = 0; m < d; ++m) lean[m] += frame.lean[m * d + k] * mean;
  }
  for (int m = 0; m < d; ++m) lean[m] = larger(smaller(lean[m], Value{} + 1), Value{} - 1);
}

// Kriging: solves for the weights with which the values at the vertices predict that at the point.
template <int d>
void predict(const LatticeFrame& frame, const Corners& corners, const Value* lean, float* weights) {
  constexpr int n = d + 1;
  Value matrix[kMost][kMost], weight[kMost], scale[kMost], leaning{};
  for (int m = 0; m < d; ++m) leaning += lean[m] * lean[m];
  for (int a = 0; a < n; ++a) {
    Value square{}, bent{};
    for (int m = 0; m < d; ++m) {
      const Value once = corners.place[a][m] + lean[m], twice = once + lean[m];
      square += once * once;
      bent += (1 - frame.bend[m]) * twice * twice;
    }
    scale[a] = exponential(corners.reach[a] * frame.falloff - square + leaning);
    weight[a] = exponential(bent - square - leaning);
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
void weigh_batch(const LatticeFrame& frame, const float* features, const float* moments,
                 float* weights) {
  for (std::size_t lane = 0; lane < kBatch; lane += kLanes) {
    Corners corners;
    find_corners<d>(frame, simplex<d>(frame, features + lane), corners);
    Value lean[kMost - 1];
    find_lean<d>(frame, features + lane, moments + lane, lean);
    predict<d>(frame, corners, lean, weights + lane);
  }
}

constexpr Weigh kByDimensions[] = {weigh_batch<1>, weigh_batch<2>, weigh_batch<3>, weigh_batch<4>,
                                   weigh_batch<5>, weigh_batch<6>, weigh_batch<7>, weigh_batch<8>};

}  // namespace

void weigh(const LatticeFrame& frame, const float* features, const float* moments, float* weights) {
  kByDimensions[frame.dimensions - 1](frame, features, moments, weights);
}

}  // namespace figureground::FIGUREGROUND_SET
