// A Gaussian over the positions of a regular grid of one to three axes, as separable passes.
//
// A strip of points lies between 2^(axes - 1) lines of nodes. They are merged into one, which the
// points then interpolate along the last axis; the splat does the same backwards. The passes over
// the nodes go tile by tile, from all nodes that reach the tile. Where each point has its node,
// there is nothing to splat: tiles read the points.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "filter.hpp"
#include "grid_axis.hpp"

namespace figureground {

class GridGaussian : public Filter {
 public:
  // Sizes and standard deviations in samples, the slowest axis first.
  GridGaussian(const std::vector<std::size_t>& sizes, const std::vector<double>& sigmas,
               const Tiling& tiling)
      : tiling_(tiling), sizes_(sizes) {
    std::size_t nodes = 1;
    for (std::size_t a = 0; a < sizes.size(); ++a) {
      axes_.emplace_back(sizes[a], sigmas[a]);
      nodes *= axes_[a].nodes();
    }
    for (std::size_t t = 0; t < tiling.tiles(); ++t) boxes_.push_back(box(tiling.tile(t)));
    if (keeps_points()) {
      nodes_ = TileNodes(tiling.positions());
      find_points();
      return;
    }
    std::vector<std::uint32_t> start{0}, own;
    for (Box& box : boxes_) {
      const std::vector<std::uint32_t> list = numbers(box.own, axes_.size());
      own.insert(own.end(), list.begin(), list.end());
      start.push_back(static_cast<std::uint32_t>(own.size()));
      for (const std::uint32_t line : lines(box.reaching))
        box.runs.push_back({line, box.reaching.back().size()});
    }
    nodes_ = TileNodes(std::move(start), std::move(own), nodes);
  }

  bool keeps_points() const override {
    return std::all_of(axes_.begin(), axes_.end(),
                       [](const GridAxis& axis) { return axis.corners() == 1; });
  }

  // The row sums are products of the axes' own.
  void normalize(Normalization normalization, Team&) override {
    for (GridAxis& axis : axes_) axis.normalize(normalization);
    for (std::size_t t = 0; t < boxes_.size(); ++t) weigh(tiling_.tile(t), boxes_[t]);
  }

  float self_weight(const Strip& strip, std::size_t i) const override {
    const Coordinates at = coordinates(strip.point + i);
    float weight = 1;
    for (std::size_t a = 0; a < axes_.size(); ++a)
      weight *= axes_[a].factors(at[a]).before * axes_[a].factors(at[a]).after;
    return weight;
  }

  void prepare(Room& room, const RowShape& shape) const override {
    if (keeps_points()) return;
    room.sums.zero(nodes_.most() * shape.full_bytes());
    std::size_t most = 0;
    for (const Box& box : boxes_) most = std::max(most, box.own.back().size());
    room.line.zero(most * shape.full_bytes());
  }

  void read_nodes(std::size_t tile, const RowShape& shape, const void* rows,
                  Room& room) const override {
    const Box& box = boxes_[tile];
    std::size_t bytes = shape.full_bytes();
    for (const Window& window : box.reaching) bytes *= window.size();
    room.nodes.reserve(bytes);
    room.spare.reserve(bytes);
    char* to = static_cast<char*>(room.nodes.data());
    for (const auto& [first, count] : box.runs) {
      shape.kernels.load(rows, first, count, to, shape.stride);
      to += count * shape.full_bytes();
    }
    for (std::size_t a = axes_.size(); a-- > 0;) {
      AxisPass pass{
          axes_[a].weights(shape.transposed), axes_[a].reach(), 1, 1, box.reaching[a], box.own[a]};
      for (std::size_t b = 0; b < a; ++b) pass.outer *= box.reaching[b].size();
      for (std::size_t b = a + 1; b < axes_.size(); ++b) pass.inner *= box.own[b].size();
      shape.kernels.axis(pass, room.nodes.data(), room.spare.data(), shape.stride);
      std::swap(room.nodes, room.spare);
    }
  }

  void slice(const Strip& strip, const RowShape& shape, Room& room, const void* scale,
             void* block) const override {
    const auto side = shape.transposed ? &Factors::before : &Factors::after;
    shape.kernels.merge_lines(lines(strip, side), room.nodes.data(), room.spare.data(),
                              shape.stride);
    shape.kernels.slice(places(strip, side), room.spare.data(), scale, block, shape.stride);
  }

  void splat(std::size_t tile, const RowShape& shape, const void* points, Room& room,
             void* rows) const override {
    if (keeps_points()) {
      void* own = static_cast<char*>(rows) + tiling_.tile(tile).first * shape.row_bytes();
      if (own != points) std::memcpy(own, points, tiling_.tile(tile).count * shape.row_bytes());
      return;
    }
    const auto side = shape.transposed ? &Factors::after : &Factors::before;
    tiling_.over_strips(tile, [&](const Strip& strip) {
      const void* from = static_cast<const char*>(points) + strip.first * shape.row_bytes();
      shape.kernels.splat(places(strip, side), from, room.line.data(), shape.stride);
      shape.kernels.split_lines(lines(strip, side), room.line.data(), room.sums.data(),
                                shape.stride);
    });
    shape.kernels.collect(room.sums.data(), nodes_.targets(tile, splat_gain(shape.transposed)),
                          rows, shape.stride);
  }

 private:
  using Windows = std::vector<Window>;
  using Coordinates = std::array<std::size_t, 3>;
  // Rows that follow each other.
  struct Run {
    std::size_t first, count;
  };
  // The nodes that the points of a tile touch, and those that reach them, along each axis; the rows
  // of the latter; and, once normalised, where the points of a line lie along the last axis, with
  // weights before the kernel and after it.
  struct Box {
    Windows own, reaching;
    std::vector<Run> runs;
    std::vector<std::uint16_t> corner;
    std::vector<float> before, after;
  };

  Coordinates coordinates(std::size_t point) const {
    Coordinates at{};
    for (std::size_t a = axes_.size(); a-- > 0; point /= sizes_[a]) at[a] = point % sizes_[a];
    return at;
  }

  Box box(const Tile& tile) const {
    const Coordinates first = coordinates(tiling_.order()[tile.first]);
    const Coordinates last = coordinates(tiling_.order()[tile.first + tile.count - 1]);
    Box box;
    for (std::size_t a = 0; a < axes_.size(); ++a) {
      box.own.push_back(
          {axes_[a].place(first[a]).node, axes_[a].place(last[a]).node + axes_[a].corners()});
      box.reaching.push_back(axes_[a].reaching(box.own[a]));
    }
    return box;
  }

  // Where each point has its node: the positions of those that reach a tile, in the order of the
  // grid.
  void find_points() {
    std::vector<std::uint32_t> position(tiling_.points());
    for (std::size_t t = 0; t < tiling_.tiles(); ++t)
      for (std::size_t i = 0, at = tiling_.tile(t).first; i < tiling_.tile(t).count; ++i, ++at)
        position[tiling_.order()[at]] = static_cast<std::uint32_t>(at);
    for (Box& box : boxes_)
      for (const std::uint32_t line : lines(box.reaching))
        for (std::size_t point = line; point < line + box.reaching.back().size(); ++point)
          if (!box.runs.empty() && position[point] == box.runs.back().first + box.runs.back().count)
            ++box.runs.back().count;
          else
            box.runs.push_back({position[point], 1});
  }

  // The first nodes of a box's lines.
  std::vector<std::uint32_t> lines(const Windows& windows) const {
    std::vector<std::uint32_t> first = numbers(windows, axes_.size() - 1);
    for (std::uint32_t& node : first)
      node = static_cast<std::uint32_t>(node * axes_.back().nodes() + windows.back().begin);
    return first;
  }

  // The numbers of all nodes of a box along so many axes, the last the fastest.
  std::vector<std::uint32_t> numbers(const Windows& windows, std::size_t axes) const {
    std::vector<std::uint32_t> index{0};
    for (std::size_t a = 0; a < axes; ++a) {
      std::vector<std::uint32_t> longer;
      longer.reserve(index.size() * windows[a].size());
      for (const std::uint32_t node : index)
        for (std::size_t n = windows[a].begin; n < windows[a].end; ++n)
          longer.push_back(static_cast<std::uint32_t>(node * axes_[a].nodes() + n));
      index.swap(longer);
    }
    return index;
  }

  // Corners and weights of the points of a line, by batches.
  void weigh(const Tile& tile, Box& box) const {
    const GridAxis& axis = axes_.back();
    const std::size_t corners = axis.corners();
    const std::size_t from = tiling_.order()[tile.first] % sizes_.back();
    box.corner.resize((tile.width + kBatch - 1) / kBatch * kBatch * corners);
    box.before.resize(box.corner.size());
    box.after.resize(box.corner.size());
    for (std::size_t x = 0; x < tile.width; ++x) {
      const GridAxis::Place place = axis.place(from + x);
      const Factors factors = axis.factors_left(from + x);
      for (std::size_t c = 0; c < corners; ++c) {
        const std::size_t at = x / kBatch * kBatch * corners + c * kBatch + x % kBatch;
        box.corner[at] = static_cast<std::uint16_t>(place.node + c - box.own.back().begin);
        box.before[at] = place.weight(c) * factors.before;
        box.after[at] = place.weight(c) * factors.after;
      }
    }
  }

  // Where a strip's points lie on their merged line.
  Places places(const Strip& strip, float Factors::* side) const {
    const Box& box = boxes_[strip.tile];
    const std::vector<float>& weight = side == &Factors::before ? box.before : box.after;
    return {box.corner.data(), weight.data(), axes_.back().corners(), strip.offset, strip.count};
  }

  // The lines that a strip lies between, with the factors of the axes across it: each doubles them,
  // or not.
  Lines lines(const Strip& strip, float Factors::* side) const {
    const Box& box = boxes_[strip.tile];
    const Coordinates point = coordinates(strip.point);
    const GridAxis& axis = axes_.back();
    const std::size_t first = axis.place(point[axes_.size() - 1]).node;
    const std::size_t last = axis.place(point[axes_.size() - 1] + strip.count - 1).node;
    const std::size_t from = first - box.own.back().begin;
    Lines lines{from, last + axis.corners() - first, 1, {from}, {1.0f}};
    std::size_t stride = box.own.back().size();
    for (std::size_t a = axes_.size() - 1; a-- > 0; stride *= box.own[a].size()) {
      const GridAxis::Place place = axes_[a].place(point[a]);
      const float by = axes_[a].factors_left(point[a]).*side;
      const std::size_t corners = axes_[a].corners(), count = lines.count;
      for (std::size_t c = corners; c-- > 0;)
        for (std::size_t k = 0; k < count; ++k) {
          lines.start[c * count + k] =
              lines.start[k] + (place.node + c - box.own[a].begin) * stride;
          lines.weight[c * count + k] = lines.weight[k] * place.weight(c) * by;
        }
      lines.count *= corners;
    }
    return lines;
  }

  const Tiling& tiling_;
  std::vector<std::size_t> sizes_;
  std::vector<GridAxis> axes_;
  std::vector<Box> boxes_;  // by tile
};

}  // namespace figureground
