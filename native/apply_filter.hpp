// A kernel matrix times rows of the points.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "node_rows.hpp"
#include "simd.hpp"

namespace figureground {

// fill(strip, rows) writes the rows of a strip's points, take(t, rows) gets those of a tile's,
// after all were written. Both are called by several members at once.
template <typename Real, typename Fill, typename Take>
void apply_filter(NodeRows& nodes, const Tiling& tiling, Team& team, const RowShape& shape,
                  Fill fill, Take take) {
  Loan nothing;
  nodes.reserve(shape.row_bytes(), 1, nothing, team);
  const std::size_t stride = shape.stride;
  const auto gain = static_cast<Real>(nodes.filter().slice_gain(shape.transposed));
  const std::vector<Real> scale(stride, gain);
  const std::span<NodeRows> all(&nodes, 1);
  Shares shares(tiling.tiles(), team);
  team.run([&](int rank) {
    TileRows rows(all, shape);
    std::vector<Real> block(kTilePoints * stride);
    Buffer points;
    points.reserve(kTilePoints * shape.row_bytes());
    shares.over(0, rank, [&](std::size_t t) {
      tiling.over_strips(t, [&](const Strip& strip) {
        fill(strip, block.data());
        shape.kernels.store(block.data(), strip.first, strip.count, points.data(), stride);
      });
      rows.splat(t, points.data(), 0);
    });
    team.barrier();
    blur_nodes(all, 0, 0, shape, team, rank);
    shares.over(1, rank, [&](std::size_t t) {
      rows.read(t, 0);
      std::fill(block.begin(), block.end(), Real{0});
      tiling.over_strips(t, [&](const Strip& strip) {
        rows.slice(0, strip, scale.data(), &block[strip.first * stride]);
      });
      take(t, block.data());
    });
  });
}

// The row sums of a kernel matrix, by position; with the shortest rows, since they hold one value.
inline std::vector<float> row_sums(const Filter& filter, const Tiling& tiling, Team& team) {
  const RowKernels& kernels = baseline::row_kernels();
  const std::size_t stride = kernels.stride(1);
  std::vector<float> sums(tiling.positions());
  NodeRows nodes(filter);
  apply_filter<float>(
      nodes, tiling, team, {kernels, stride},
      [&](const Strip& strip, float* rows) {
        for (std::size_t i = 0; i < strip.count; ++i) rows[i * stride] = 1;
      },
      [&](std::size_t t, const float* rows) {
        const Range at = tiling.filled(t);
        for (std::size_t i = at.begin; i < at.end; ++i)
          sums[i] = rows[std::min(i - at.begin, tiling.tile(t).count - 1) * stride];
      });
  return sums;
}

}  // namespace figureground
