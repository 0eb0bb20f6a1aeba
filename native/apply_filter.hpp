// A kernel matrix times values.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "node_rows.hpp"
#include "planes.hpp"
#include "simd.hpp"

namespace figureground {

// out = kernel times values, both (channels, points).
template <typename Real>
void apply_filter(Term& term, const Tiling& tiling, Team& team, const RowShape& shape,
                  const Real* values, Real* out, std::size_t channels) {
  Loan nothing;
  term.reserve(shape.row_bytes(), 1, nothing);
  const std::size_t stride = shape.stride;
  const auto gain = static_cast<Real>(term.filter->slice_gain(shape.transposed));
  const std::vector<Real> scale(stride, gain);
  const std::span<Term> terms(&term, 1);
  const Planes<const Real> from{values, channels, tiling};
  const Planes<Real> to{out, channels, tiling};
  team.run([&](int rank) {
    TileRows rows(terms, shape);
    std::vector<Real> block(kStrip * stride);
    Buffer points;
    points.reserve(kTilePoints * shape.row_bytes());
    const Range part = share(tiling.tiles(), rank, team.size());
    for (std::size_t t = part.begin; t < part.end; ++t) {
      std::fill(block.begin(), block.end(), Real{0});
      tiling.over_strips(t, [&](const Strip& strip) {
        pack_rows(from, strip, block.data(), stride);
        shape.kernels.store(block.data(), strip.first, strip.count, points.data(), stride);
      });
      rows.splat(t, points.data(), 0);
    }
    team.barrier();
    blur_nodes(terms, 0, shape, team, rank);
    for (std::size_t t = part.begin; t < part.end; ++t) {
      rows.read(t, 0);
      tiling.over_strips(t, [&](const Strip& strip) {
        std::fill(block.begin(), block.end(), Real{0});
        rows.slice(0, strip, scale.data(), block.data());
        unpack_rows(block.data(), stride, strip, to);
      });
    }
  });
}

// Folds a normalisation by the row sums into a kernel.
inline void normalize(Term& term, const Tiling& tiling, Team& team, Normalization normalization) {
  term.filter->normalize(normalization, team, [&] {
    // Masses have no bound that 16 bits would hold.
    const RowKernels& kernels = baseline::row_kernels();
    const std::vector<float> ones(tiling.points(), 1.0f);
    std::vector<float> mass(tiling.points()), by_position(tiling.positions());
    apply_filter(term, tiling, team, {kernels, kernels.stride(1)}, ones.data(), mass.data(), 1);
    for (std::size_t i = 0; i < by_position.size(); ++i) by_position[i] = mass[tiling.order()[i]];
    return by_position;
  });
}

}  // namespace figureground
