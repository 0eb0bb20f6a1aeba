// The permutohedral lattice: high-dimensional Gaussian filtering in time linear in the points.
//
// Source: Adams, Baek and Davis, "Fast High-Dimensional Filtering Using the Permutohedral
// Lattice", Eurographics 2010. A point of d features lies in a simplex of the lattice A*_d; values
// are splatted to its d + 1 vertices, blurred along the d + 1 axes and sliced back. Two things
// differ here, both for accuracy:
//  - the weights of the vertices are not barycentric but those of the best linear prediction of
//    the kernel from its values at the vertices (kriging), the same cost when used;
//  - the blur is not one pass an axis, each of which loses what would go through a vertex that no
//    point touches, but one pass for every three axes with all their combinations of steps.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include "filter.hpp"
#include "lattice_blur.hpp"
#include "lattice_frame.hpp"
#include "lattice_index.hpp"
#include "simd.hpp"

namespace figureground {

class Permutohedral : public Filter {
 public:
  // features: (dimensions, points) in units of the kernel's standard deviation.
  Permutohedral(const float* features, int dimensions, const Tiling& tiling, Team& team)
      : Permutohedral(Frame(features, dimensions, tiling.points()), features, tiling, team) {}

  std::size_t passes() const override { return blur_.passes(); }

  void pass(std::size_t index, bool transposed, const RowKernels& kernels, const void* from,
            void* to, std::size_t stride, int rank, int team) const override {
    const TapRows taps = blur_.taps(transposed ? blur_.passes() - 1 - index : index);
    kernels.blur(taps, from, to, stride, share(interpolation_.nodes(), rank, team));
  }

  void read_nodes(std::size_t tile, const RowKernels& kernels, const void* rows, std::size_t stride,
                  Buffer& nodes, Buffer&) const override {
    const std::size_t count = interpolation_.local_count(tile);
    nodes.reserve(count * stride * kernels.real_bytes);
    kernels.expand(rows, interpolation_.local_nodes(tile), count, nodes.data(), stride);
  }

 private:
  struct Lattice {
    Interpolation interpolation;
    LatticeBlur blur;
  };

  Permutohedral(const Frame& frame, const float* features, const Tiling& tiling, Team& team)
      : Permutohedral(build(frame, features, tiling, team)) {}
  explicit Permutohedral(Lattice lattice)
      : Filter(std::move(lattice.interpolation)), blur_(std::move(lattice.blur)) {}

  static Lattice build(const Frame& frame, const float* features, const Tiling& tiling,
                       Team& team) {
    const auto dimensions = static_cast<std::size_t>(frame.dimensions());
    const LatticeFrame view = frame.view();
    const Locate locate = simd().locate;
    Interpolation interpolation(tiling, dimensions + 1);
    const auto fill = [&](std::size_t t, std::uint16_t* corner, float* weight,
                          std::vector<std::uint64_t>& found) {
      const Tile tile = tiling.tile(t);
      TileKeys numbers(found);
      std::array<float, kMaxDimensions * kBatch> batch;
      std::array<std::uint64_t, (kMaxDimensions + 1) * kBatch> key;
      for (std::size_t first = 0; first < tile.count; first += kBatch) {
        const std::uint32_t* order = tiling.order() + tile.first + first;
        for (std::size_t k = 0; k < dimensions; ++k)
          for (std::size_t i = 0; i < kBatch; ++i)
            batch[k * kBatch + i] = features[frame.plane(k) * tiling.points() + order[i]];
        const std::size_t at = first * (dimensions + 1);
        locate(view, batch.data(), key.data(), weight + at);
        for (std::size_t k = 0; k < (dimensions + 1) * kBatch; ++k)
          corner[at + k] = numbers.number(key[k]);
      }
    };
    Vertices vertices(interpolation.fill_tiles(tiling, team, fill));
    interpolation.connect(std::move(vertices.number), vertices.keys.size());
    interpolation.scale_weights(unit_gain(interpolation, tiling, frame.dimensions()));
    return {std::move(interpolation), LatticeBlur(frame, vertices.keys, team)};
  }

  // What makes the kernel between a point and itself 1 on average.
  static float unit_gain(const Interpolation& interpolation, const Tiling& tiling, int dimensions) {
    const std::vector<double> near = LatticeBlur::simplex_weights(dimensions);
    const std::size_t corners = interpolation.corners();
    const std::size_t step = tiling.positions() / 1024 + 1;
    double self = 0, sampled = 0;
    for (std::size_t i = 0; i < tiling.positions(); i += step, ++sampled)
      for (std::size_t a = 0; a < corners; ++a)
        for (std::size_t b = 0; b < corners; ++b)
          self += static_cast<double>(interpolation.weight(i, a)) * interpolation.weight(i, b) *
                  near[a > b ? a - b : b - a];
    return static_cast<float>(1 / std::sqrt(self / sampled));
  }

  LatticeBlur blur_;
};

}  // namespace figureground
