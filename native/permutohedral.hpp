// The permutohedral lattice: high-dimensional Gaussian filtering in time linear in the points.
//
// Source: Adams, Baek and Davis, "Fast High-Dimensional Filtering Using the Permutohedral
// Lattice", Eurographics 2010. A point of d features lies in a simplex of the lattice A*_d; values
// are splatted to its d + 1 vertices, blurred along the d + 1 axes and sliced back. Three things
// differ here, all for accuracy:
//  - the weights of the vertices are not barycentric but those of the best linear prediction of
//    the kernel from its values at the vertices (kriging), given how the points lie, in the whole
//    image and around each: the same cost when used;
//  - the blur is not one pass an axis, each of which loses what would go through a vertex that no
//    point touches, but one pass for every three axes with all their combinations of steps;
//  - the lattice is the finer the more alike the points are.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "apply_filter.hpp"
#include "filter.hpp"
#include "interpolation.hpp"
#include "lattice_blur.hpp"
#include "lattice_frame.hpp"
#include "lattice_index.hpp"
#include "planes.hpp"
#include "simd.hpp"

namespace figureground {

class Permutohedral : public Filter {
 public:
  // features: (dimensions, points) in units of the kernel's standard deviation.
  Permutohedral(const float* features, int dimensions, const Tiling& tiling, Team& team)
      : points_(tiling, static_cast<std::size_t>(dimensions) + 1) {
    const Frame frame(features, dimensions, tiling.points(), team);
    std::vector<std::vector<std::uint64_t>> found(tiling.tiles());
    team.for_each(tiling.tiles(),
                  [&](std::size_t t) { locate_tile(frame, features, tiling, t, found[t]); });
    std::vector<std::uint32_t> start{0};
    for (const auto& keys : found)
      start.push_back(start.back() + static_cast<std::uint32_t>(keys.size()));
    Vertices vertices(found, start, team);
    nodes_ = TileNodes(std::move(start), std::move(vertices.number), vertices.keys.size());
    blur_ = LatticeBlur(frame, vertices.keys, team);
    weigh(frame, features, tiling, team);
    points_.set_gain(unit_gain(tiling));
  }

  void normalize(Normalization normalization, Team& team) override {
    const Tiling& tiling = points_.tiling();
    points_.complete(normalization,
                     normalization == Normalization::none
                         ? std::vector<float>(tiling.positions(), 1.0f)
                         : row_sums(*this, tiling, team),
                     nodes_, team);
    complete_ = true;
  }
  float self_weight(const Strip& strip, std::size_t i) const override {
    return points_.self_weight(strip.position + i);
  }
  float splat_gain(bool transposed) const override { return points_.splat_gain(transposed); }
  float slice_gain(bool transposed) const override { return points_.slice_gain(transposed); }

  std::size_t passes() const override { return blur_.passes(); }
  std::size_t blocks() const override { return blur_.blocks(); }
  void pass(std::size_t index, std::size_t block, const RowShape& shape, const void* from,
            void* to) const override {
    const std::size_t group = shape.transposed ? blur_.passes() - 1 - index : index;
    blur_.over_parts(group, block, [&](const StepRows& rows) {
      shape.kernels.blur(rows, from, to, shape.stride);
    });
  }

  void read_nodes(std::size_t tile, const RowShape& shape, const void* rows,
                  Room& room) const override {
    const std::size_t count = nodes_.count(tile);
    room.nodes.reserve(count * shape.full_bytes());
    shape.kernels.expand(rows, nodes_.of(tile), count, room.nodes.data(), shape.stride);
  }
  void slice(const Strip& strip, const RowShape& shape, Room& room, const void* scale,
             void* block) const override {
    shape.kernels.slice(points_.places(strip, shape.transposed), room.nodes.data(), scale, block,
                        shape.stride);
  }
  void prepare(Room& room, const RowShape& shape) const override {
    if (!complete_) room.sums.zero(nodes_.most() * shape.full_bytes());
  }
  void splat(std::size_t tile, const RowShape& shape, const void* points, Room& room,
             void* rows) const override {
    if (!complete_) return scatter(tile, shape, points, room, rows);
    shape.kernels.gather(points_.sources(tile, shape.transposed), points,
                         nodes_.targets(tile, splat_gain(shape.transposed)), rows, shape.stride);
  }

 private:
  // Where a tile's points lie, and the keys of the vertices that it touches.
  void locate_tile(const Frame& frame, const float* features, const Tiling& tiling, std::size_t t,
                   std::vector<std::uint64_t>& found) {
    const Tile tile = tiling.tile(t);
    const auto dimensions = static_cast<std::size_t>(frame.dimensions());
    const LatticeFrame view = frame.view();
    const Locate locate = simd().locate;
    std::uint16_t* corner = points_.corner(t);
    float* weight = points_.weight(t);
    TileKeys numbers(found, tile.count * (dimensions + 1));
    Batch batch;
    std::array<std::uint64_t, (kMaxDimensions + 1) * kBatch> key;
    for (std::size_t first = 0; first < tile.count; first += kBatch) {
      read_batch(frame, features, tiling, tile.first + first, batch);
      const std::size_t at = first * (dimensions + 1);
      locate(view, batch.data(), key.data(), weight + at);
      for (std::size_t k = 0; k < (dimensions + 1) * kBatch; ++k)
        corner[at + k] = numbers.number(key[k]);
    }
  }

  // From barycentric weights, with which the lattice tells where the points around each lie in the
  // mean, to the final ones.
  void weigh(const Frame& frame, const float* features, const Tiling& tiling, Team& team) {
    const LatticeFrame view = frame.view();
    const auto dimensions = static_cast<std::size_t>(frame.dimensions());
    const RowKernels& kernels = simd().single;
    const std::size_t stride = kernels.stride(dimensions + 1);
    NodeRows nodes(*this);
    apply_filter<float>(
        nodes, tiling, team, {kernels, stride},
        [&](const Strip& strip, float* rows) {
          std::array<float, kMaxDimensions * kStrip> pieces;
          for (std::size_t k = 0; k < dimensions; ++k) {
            const float* plane = features + frame.plane(k) * tiling.points() + strip.point;
            for (std::size_t i = 0; i < strip.count; ++i)
              pieces[k * kStrip + i] = plane[i] - view.low[k];
          }
          transpose<float>(lines(pieces.data(), kStrip), dimensions, strip.count,
                           lines(rows + 1, stride));
          for (std::size_t i = 0; i < strip.count; ++i) rows[i * stride] = 1;
        },
        [&](std::size_t t, const float* rows) {
          Batch batch;
          std::array<float, (kMaxDimensions + 1) * kBatch> moments;
          const Tile tile = tiling.tile(t);
          for (std::size_t i = 0; i < tile.count; i += kBatch) {
            read_batch(frame, features, tiling, tile.first + i, batch);
            transpose<float>(lines(rows + i * stride, stride), kBatch, dimensions + 1,
                             lines(moments.data(), kBatch));
            simd().weigh(view, batch.data(), moments.data(),
                         points_.weight(t) + i * (dimensions + 1));
          }
        });
  }

  // As long as points are not listed by their nodes.
  void scatter(std::size_t tile, const RowShape& shape, const void* points, Room& room,
               void* rows) const {
    points_.tiling().over_strips(tile, [&](const Strip& strip) {
      const void* from = static_cast<const char*>(points) + strip.first * shape.row_bytes();
      shape.kernels.splat(points_.places(strip, shape.transposed), from, room.sums.data(),
                          shape.stride);
    });
    shape.kernels.collect(room.sums.data(), nodes_.targets(tile, splat_gain(shape.transposed)),
                          rows, shape.stride);
  }

  using Batch = std::array<float, kMaxDimensions * kBatch>;

  // The features of kBatch points, in the order of the frame.
  static void read_batch(const Frame& frame, const float* features, const Tiling& tiling,
                         std::size_t position, Batch& batch) {
    const std::uint32_t* order = tiling.order() + position;
    const bool in_line = order[kBatch - 1] - order[0] == kBatch - 1;  // which is faster
    for (int k = 0; k < frame.dimensions(); ++k) {
      const float* plane = features + frame.plane(k) * tiling.points();
      for (std::size_t i = 0; i < kBatch; ++i)
        batch[k * kBatch + i] = in_line ? plane[order[0] + i] : plane[order[i]];
    }
  }

  // What makes the kernel between a point and itself 1 on average.
  float unit_gain(const Tiling& tiling) const {
    const std::vector<double> near = blur_.simplex_weights();
    const std::size_t corners = points_.corners();
    const std::size_t step = tiling.positions() / 1024 + 1;
    double self = 0, sampled = 0;
    for (std::size_t i = 0; i < tiling.positions(); i += step, ++sampled)
      for (std::size_t a = 0; a < corners; ++a)
        for (std::size_t b = 0; b < corners; ++b)
          self += static_cast<double>(points_.weight(i, a)) * points_.weight(i, b) *
                  near[a > b ? a - b : b - a];
    return static_cast<float>(1 / std::sqrt(self / sampled));
  }

  Interpolation points_;
  LatticeBlur blur_;
  bool complete_ = false;  // whether points are listed by their nodes, with their final weights
};

}  // namespace figureground
