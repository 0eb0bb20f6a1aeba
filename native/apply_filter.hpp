// A kernel matrix times values.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "node_rows.hpp"
#include "simd.hpp"

namespace figureground {

inline constexpr std::size_t kBlock = 32;  // rows of points that fit the first cache, whole batches

// Calls visit(first, count) for the blocks of a tile, `first` counted within it.
template <typename Visit>
void over_blocks(const Tile& tile, Visit visit) {
  for (std::size_t first = 0; first < tile.count; first += kBlock)
    visit(first, std::min(kBlock, tile.count - first));
}

// out = kernel times values, both (channels, points).
template <typename Real>
void apply_filter(Term& term, const Tiling& tiling, Team& team, const RowShape& shape,
                  const Real* values, Real* out, std::size_t channels) {
  term.reserve(shape.row_bytes());
  const std::size_t stride = shape.stride;
  const auto gain = static_cast<Real>(term.points().slice_gain(shape.transposed));
  const std::vector<Real> scale(stride, gain);
  const std::span<Term> terms(&term, 1);
  team.run([&](int rank) {
    TileRows rows(terms, shape);
    std::vector<Real> block(kBlock * stride);
    const Range part = share(tiling.tiles(), rank, team.size());
    const auto over_tile = [&](std::size_t t, auto visit) {
      const Tile tile = tiling.tile(t);
      const TileTerm part_of_tile = rows.term(0, tile, scale.data());
      over_blocks(tile, [&](std::size_t first, std::size_t count) {
        std::fill(block.begin(), block.end(), Real{0});
        visit(part_of_tile, tiling.order() + tile.first + first, first, count);
      });
    };
    const auto splat = [&](const TileTerm& own, const std::uint32_t* order, std::size_t first,
                           std::size_t count) {
      pack_rows(values, tiling.points(), channels, order, count, block.data(), stride);
      shape.kernels.splat(own, first, count, block.data(), stride);
    };
    const auto slice = [&](const TileTerm& own, const std::uint32_t* order, std::size_t first,
                           std::size_t count) {
      shape.kernels.slice(own, first, count, block.data(), stride);
      unpack_rows(block.data(), stride, order, count, out, tiling.points(), channels);
    };
    for (std::size_t t = part.begin; t < part.end; ++t) {
      over_tile(t, splat);
      rows.write_sums(t, 0);
    }
    team.barrier();
    blur_nodes(terms, 0, shape, team, rank);
    for (std::size_t t = part.begin; t < part.end; ++t) {
      rows.read(t, 0);
      over_tile(t, slice);
    }
  });
}

// Folds a normalisation by the row sums into the splat and the slice.
inline void normalize(Term& term, const Tiling& tiling, Team& team, Normalization normalization) {
  if (normalization == Normalization::none) return;
  // Masses have no bound that 16 bits would hold.
  const RowKernels& kernels = baseline::row_kernels();
  const std::vector<float> ones(tiling.points(), 1.0f);
  std::vector<float> mass(tiling.points());
  apply_filter(term, tiling, team, {kernels, kernels.stride(1)}, ones.data(), mass.data(), 1);
  std::vector<float> before(tiling.positions()), after;
  const bool symmetric = normalization == Normalization::symmetric;
  if (!symmetric) after.resize(tiling.positions());
  for (std::size_t i = 0; i < tiling.positions(); ++i) {
    const Factors f = factors(normalization, mass[tiling.order()[i]]);
    before[i] = f.before;
    if (!symmetric) after[i] = f.after;
  }
  term.filter->interpolation().set_factors(std::move(before), std::move(after));
}

}  // namespace figureground
