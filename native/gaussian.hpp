// A Gaussian over the positions of a regular grid of one to three axes, as separable passes.
//
// A line of points lies between 2^(axes - 1) lines of nodes. They are merged into one, which the
// points then interpolate along the last axis; the splat likewise merges the lines of points that
// lie beside a line of nodes. The passes over the nodes go tile by tile, from all nodes that reach
// the tile. Where each point has its node, there is nothing to splat: tiles read the points.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "filter.hpp"
#include "grid_axis.hpp"
#include "interpolation.hpp"
#include "line_lists.hpp"

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
    for (std::size_t t = 0; t < boxes_.size(); ++t) {
      const Tile tile = tiling_.tile(t);
      const std::size_t point = tiling_.order()[tile.first];
      Box& box = boxes_[t];
      const auto [column, new_column] = along_.try_emplace(point % sizes_.back());
      const auto [row, new_row] = across_.try_emplace(point / sizes_.back());
      if (new_column) column->second = along(tile, box.own.back());
      if (new_row) row->second = across(tile, box.own);
      box.along = &column->second;
      box.across = &row->second;
    }
  }

  float self_weight(const Strip& strip, std::size_t i) const override {
    const Coordinates at = coordinates(strip.point + i);
    float weight = 1;
    for (std::size_t a = 0; a < axes_.size(); ++a)
      weight *= axes_[a].factors(at[a]).before * axes_[a].factors(at[a]).after;
    return weight;
  }

  void prepare(Room& room, const RowShape& shape) const override {
    std::size_t most = 0;
    for (std::size_t t = 0; t < boxes_.size(); ++t)
      most = std::max({most, tiling_.tile(t).width, boxes_[t].own.back().size()});
    room.line.reserve(most * shape.full_bytes());
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
    // The slowest axis first: what follows it is one long row, and fewer rows are left.
    for (std::size_t a = 0; a < axes_.size(); ++a) {
      AxisPass pass{
          axes_[a].weights(shape.transposed), axes_[a].reach(), 1, 1, box.reaching[a], box.own[a]};
      for (std::size_t b = 0; b < a; ++b) pass.outer *= box.own[b].size();
      for (std::size_t b = a + 1; b < axes_.size(); ++b) pass.inner *= box.reaching[b].size();
      shape.kernels.axis(pass, room.nodes.data(), room.spare.data(), shape.stride);
      std::swap(room.nodes, room.spare);
    }
  }

  void slice(const Strip& strip, const RowShape& shape, Room& room, const void* scale,
             void* block) const override {
    const Box& box = boxes_[strip.tile];
    const Along& along = *box.along;
    const bool after = !shape.transposed;
    const std::size_t corners = axes_.back().corners();
    const std::size_t first = along.corner[batched(strip.offset, 0, corners)];
    const std::size_t last = along.corner[batched(strip.offset + strip.count - 1, 0, corners)];
    const Lines lines = box.across->slices.of(strip.first / tiling_.tile(strip.tile).width, after,
                                              box.own.back().size(), first, last + corners - first);
    const Places places{along.corner.data(), along.weight.of(after), corners, strip.offset,
                        strip.count};
    shape.kernels.merge_nodes(lines, room.nodes.data(), room.line.data(), shape.stride);
    shape.kernels.slice(places, room.line.data(), scale, block, shape.stride);
  }

  void splat(std::size_t tile, const RowShape& shape, const void* points, Room& room,
             void* rows) const override {
    if (keeps_points()) {
      void* own = static_cast<char*>(rows) + tiling_.tile(tile).first * shape.row_bytes();
      if (own != points) std::memcpy(own, points, tiling_.tile(tile).count * shape.row_bytes());
      return;
    }
    const Along& along = *boxes_[tile].along;
    const LineLists& lines = boxes_[tile].across->splats;
    const bool after = shape.transposed;
    const std::size_t width = tiling_.tile(tile).width;
    const Sources sources = along.lists.of(along.source.of(after));
    Targets targets = nodes_.targets(tile, 1);
    targets.count /= lines.size();
    for (std::size_t k = 0; k < lines.size(); ++k, targets.row += targets.count) {
      shape.kernels.merge_points(lines.of(k, after, width, 0, width), points, room.line.data(),
                                 shape.stride);
      shape.kernels.gather_line(sources, room.line.data(), targets, rows, shape.stride);
    }
  }

 private:
  using Windows = std::vector<Window>;
  using Coordinates = std::array<std::size_t, 3>;
  // Rows that follow each other.
  struct Run {
    std::size_t first, count;
  };
  // Where the points of a tile lie along the last axis, by batches, and what the nodes get of them.
  struct Along {
    std::vector<std::uint16_t> corner;
    Weights weight, source;
    SourceLists lists;
  };
  // And the lines of points across it, and the lines of nodes.
  struct Across {
    LineLists slices, splats;
  };
  // The nodes that the points of a tile touch, and those that reach them, along each axis; the rows
  // of the latter; and, once normalised, its weights, which it shares with others.
  struct Box {
    Windows own, reaching;
    std::vector<Run> runs;
    const Along* along = nullptr;
    const Across* across = nullptr;
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

  Along along(const Tile& tile, const Window& nodes) const {
    const GridAxis& axis = axes_.back();
    const std::size_t corners = axis.corners();
    const std::size_t from = tiling_.order()[tile.first] % sizes_.back();
    const std::size_t entries = (tile.width + kBatch - 1) / kBatch * kBatch * corners;
    const Weights none{std::vector<float>(entries), std::vector<float>(entries)};
    Along along{std::vector<std::uint16_t>(entries), none, none, {}};
    for (std::size_t x = 0; x < tile.width; ++x) {
      const GridAxis::Place place = axis.place(from + x);
      const Factors factors = axis.factors_left(from + x);
      for (std::size_t c = 0; c < corners; ++c) {
        const std::size_t at = batched(x, c, corners);
        const auto name = static_cast<std::uint32_t>(x);
        along.corner[at] = static_cast<std::uint16_t>(place.node + c - nodes.begin);
        along.weight.before[at] = named(place.weight(c) * factors.before, name);
        along.weight.after[at] = named(place.weight(c) * factors.after, name);
      }
    }
    for (const auto side : {&Weights::before, &Weights::after})
      along.lists = list_sources(tile.width, corners, nodes.size(), along.corner.data(),
                                 (along.weight.*side).data(), (along.source.*side).data());
    return along;
  }

  // Each axis doubles the lines of nodes that a line of points lies between, or not.
  Across across(const Tile& tile, const Windows& nodes) const {
    std::vector<LinePair> pairs;
    for (std::size_t line = 0; line * tile.width < tile.count; ++line) {
      const Coordinates at = coordinates(tiling_.order()[tile.first + line * tile.width]);
      std::vector<LinePair> beside{{static_cast<std::uint32_t>(line), 0, {1, 1}}}, longer;
      for (std::size_t a = 0; a + 1 < axes_.size(); ++a, beside.swap(longer), longer.clear()) {
        const GridAxis::Place place = axes_[a].place(at[a]);
        const Factors factors = axes_[a].factors_left(at[a]);
        for (const auto& [points, before, weight] : beside)
          for (std::size_t c = 0; c < axes_[a].corners(); ++c) {
            const std::size_t node = before * nodes[a].size() + place.node + c - nodes[a].begin;
            longer.push_back({points,
                              static_cast<std::uint32_t>(node),
                              {weight.before * place.weight(c) * factors.before,
                               weight.after * place.weight(c) * factors.after}});
          }
      }
      pairs.insert(pairs.end(), beside.begin(), beside.end());
    }
    return {{pairs, &LinePair::points, &LinePair::nodes},
            {pairs, &LinePair::nodes, &LinePair::points}};
  }

  const Tiling& tiling_;
  std::vector<std::size_t> sizes_;
  std::vector<GridAxis> axes_;
  std::vector<Box> boxes_;  // by tile
  // By a tile's first point along the last axis, and by its first line.
  std::map<std::size_t, Along> along_;
  std::map<std::size_t, Across> across_;
};

}  // namespace figureground
