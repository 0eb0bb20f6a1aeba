// A Gaussian over the positions of a regular grid of one to three axes, as separable passes.
//
// Along an axis whose standard deviation is several samples, values are splatted linearly to nodes
// a power of two of samples apart, filtered there, and sliced linearly; the filter's variance is
// what the two interpolations leave.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "filter.hpp"

namespace figureground {

// Nodes along one axis of samples.
class GridAxis {
 public:
  GridAxis(std::size_t samples, double sigma) : spacing_(spacing(samples, sigma)) {
    const double step = static_cast<double>(spacing_);
    double interpolated = 0;
    for (std::size_t p = 0; spacing_ > 1 && p < spacing_; ++p) {
      const double f = (static_cast<double>(p) + 0.5) / step;
      interpolated += step * f * (1 - f);
    }
    const double variance = (sigma * sigma - 2 * interpolated) / (step * step);
    nodes_ = spacing_ == 1 ? samples : samples / spacing_ + 3;
    fill(variance, spacing_ == 1 ? 1.0 : sigma / (step * step * std::sqrt(variance)));
  }

  std::size_t nodes() const { return nodes_; }
  // The nodes that reach any of a window, itself included.
  Window reaching(Window window) const {
    const std::size_t last = window.end - 1;
    return {first_[window.begin], first_[last] + std::size_t{start_[last + 1]} - start_[last]};
  }
  BandRows filter() const { return {start_.data(), first_.data(), weight_.data()}; }

  // A sample lies between `node` and the next, with weights 1 - `share` and `share`.
  struct Place {
    std::size_t node;
    float share;
  };
  // How many nodes a sample lies on.
  std::size_t corners() const { return spacing_ == 1 ? 1 : 2; }
  Place place(std::size_t sample) const {
    if (spacing_ == 1) return {sample, 0.0f};
    const double at = (static_cast<double>(sample) + 0.5) / static_cast<double>(spacing_) + 0.5;
    const auto node = static_cast<std::size_t>(at);
    return {node, static_cast<float>(at - static_cast<double>(node))};
  }

 private:
  // Samples between nodes: at most two thirds of the standard deviation.
  static std::size_t spacing(std::size_t samples, double sigma) {
    std::size_t r = 1;
    while (2.0 * static_cast<double>(r) * 1.5 <= sigma && r < samples) r *= 2;
    return r;
  }

  void fill(double variance, double gain) {
    const auto last = static_cast<int>(nodes_) - 1;
    const int reach = static_cast<int>(std::min(last + 1.0, std::ceil(3.3 * std::sqrt(variance))));
    for (int i = 0; i <= last; ++i) {
      const int low = std::max(0, i - reach), high = std::min(last, i + reach);
      first_.push_back(static_cast<std::uint32_t>(low));
      for (int j = low; j <= high; ++j)
        weight_.push_back(static_cast<float>(gain * std::exp(-0.5 * (i - j) * (i - j) / variance)));
      start_.push_back(static_cast<std::uint32_t>(weight_.size()));
    }
  }

  std::size_t spacing_, nodes_ = 0;
  std::vector<std::uint32_t> start_{0}, first_;
  std::vector<float> weight_;
};

class GridGaussian : public Filter {
 public:
  // Sizes and standard deviations in samples, the slowest axis first.
  GridGaussian(const std::vector<std::size_t>& sizes, const std::vector<double>& sigmas,
               const Tiling& tiling, Team& team)
      : GridGaussian(axes_of(sizes, sigmas), sizes, tiling, team) {}

  // Filters the tile's nodes, from all nodes that reach them.
  void read_nodes(std::size_t tile, const RowKernels& kernels, const void* rows, std::size_t stride,
                  Buffer& nodes, Buffer& spare) const override {
    const auto& [out, in, index] = boxes_[tile];
    const std::size_t bytes = index.size() * stride * kernels.real_bytes;
    nodes.reserve(bytes);
    spare.reserve(bytes);
    kernels.expand(rows, index.data(), index.size(), nodes.data(), stride);
    for (std::size_t a = axes_.size(); a-- > 0;) {
      AxisPass pass{axes_[a].filter(), 1, 1, in[a], out[a]};
      for (std::size_t b = 0; b < a; ++b) pass.outer *= in[b].size();
      for (std::size_t b = a + 1; b < axes_.size(); ++b) pass.inner *= out[b].size();
      kernels.axis(pass, nodes.data(), spare.data(), stride);
      std::swap(nodes, spare);
    }
  }

 private:
  using Axes = std::vector<GridAxis>;
  using Windows = std::vector<Window>;
  // The nodes that the points of a tile touch, along each axis; those that reach them, along each
  // axis and as numbers.
  struct Box {
    Windows own, reaching;
    std::vector<std::uint32_t> index;
  };

  GridGaussian(Axes axes, const std::vector<std::size_t>& sizes, const Tiling& tiling, Team& team)
      : Filter(Interpolation(tiling, corners_of(axes))), axes_(std::move(axes)) {
    for (std::size_t t = 0; t < tiling.tiles(); ++t)
      boxes_.push_back(box(sizes, tiling, tiling.tile(t)));
    const auto fill = [&](std::size_t t, std::uint16_t* corner, float* weight,
                          std::vector<std::uint64_t>& keys) {
      const Tile tile = tiling.tile(t);
      const Windows& windows = boxes_[t].own;
      const std::vector<std::uint32_t> index = list(windows);
      keys.assign(index.begin(), index.end());
      for (std::size_t i = 0; i < tile.count; ++i) {
        const std::size_t at = i / kBatch * kBatch * interpolation_.corners() + i % kBatch;
        place(sizes, windows, tiling.order()[tile.first + i], corner + at, weight + at);
      }
    };
    const std::vector<std::uint64_t> keys = interpolation_.fill_tiles(tiling, team, fill);
    std::size_t nodes = 1;
    for (const GridAxis& axis : axes_) nodes *= axis.nodes();
    interpolation_.connect({keys.begin(), keys.end()}, nodes);
  }

  static Axes axes_of(const std::vector<std::size_t>& sizes, const std::vector<double>& sigmas) {
    Axes axes;
    for (std::size_t a = 0; a < sizes.size(); ++a) axes.emplace_back(sizes[a], sigmas[a]);
    return axes;
  }

  static std::size_t corners_of(const Axes& axes) {
    std::size_t corners = 1;
    for (const GridAxis& axis : axes) corners *= axis.corners();
    return corners;
  }

  Box box(const std::vector<std::size_t>& sizes, const Tiling& tiling, const Tile& tile) const {
    std::size_t first = tiling.order()[tile.first];
    std::size_t last = tiling.order()[tile.first + tile.count - 1];
    Windows own(axes_.size()), reaching(axes_.size());
    for (std::size_t a = axes_.size(); a-- > 0; first /= sizes[a], last /= sizes[a]) {
      own[a] = {axes_[a].place(first % sizes[a]).node,
                axes_[a].place(last % sizes[a]).node + axes_[a].corners()};
      reaching[a] = axes_[a].reaching(own[a]);
    }
    std::vector<std::uint32_t> index = list(reaching);
    return {std::move(own), std::move(reaching), std::move(index)};
  }

  // The numbers of all nodes of a box, the last axis the fastest.
  std::vector<std::uint32_t> list(const Windows& windows) const {
    std::vector<std::uint32_t> index{0};
    for (std::size_t a = 0; a < axes_.size(); ++a) {
      std::vector<std::uint32_t> longer;
      longer.reserve(index.size() * windows[a].size());
      for (const std::uint32_t node : index)
        for (std::size_t n = windows[a].begin; n < windows[a].end; ++n)
          longer.push_back(static_cast<std::uint32_t>(node * axes_[a].nodes() + n));
      index.swap(longer);
    }
    return index;
  }

  // The nodes of one point within the tile's box, and their weights, kBatch apart: each axis
  // doubles them, or not.
  void place(const std::vector<std::size_t>& sizes, const Windows& windows, std::size_t point,
             std::uint16_t* corner, float* weight) const {
    corner[0] = 0;
    weight[0] = 1;
    std::size_t corners = kBatch, stride = 1;
    for (std::size_t a = axes_.size(); a-- > 0; point /= sizes[a], stride *= windows[a].size()) {
      const GridAxis::Place at = axes_[a].place(point % sizes[a]);
      for (std::size_t k = 0; k < corners; k += kBatch) {
        corner[k] = static_cast<std::uint16_t>(corner[k] + (at.node - windows[a].begin) * stride);
        if (axes_[a].corners() == 1) continue;
        corner[k + corners] = static_cast<std::uint16_t>(corner[k] + stride);
        weight[k + corners] = weight[k] * at.share;
        weight[k] *= 1 - at.share;
      }
      corners *= axes_[a].corners();
    }
  }

  Axes axes_;
  std::vector<Box> boxes_;  // by tile
};

}  // namespace figureground
