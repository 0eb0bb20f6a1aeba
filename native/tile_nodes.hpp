// Which nodes of a filter (lattice vertices, or nodes of a coarse grid) each tile of points
// touches.
//
// They are numbered within the tile, so that their rows fit the cache. A node that only one tile
// touches gets its sum at once; one that several touch is summed from their parts, always in the
// same order.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "row_kernels.hpp"

namespace figureground {

class TileNodes {
 public:
  TileNodes() = default;
  // So many that are not listed.
  explicit TileNodes(std::size_t nodes) : nodes_(nodes) {}
  // Tile t touches the nodes node[start[t]] … of so many.
  TileNodes(std::vector<std::uint32_t> start, std::vector<std::uint32_t> node, std::size_t nodes)
      : nodes_(nodes), start_(std::move(start)), node_(std::move(node)), target_(node_.size()) {
    std::vector<std::uint32_t> touches(nodes, 0), next(nodes);
    for (const std::uint32_t n : node_) ++touches[n];
    for (std::uint32_t n = 0; n < nodes; ++n) {
      if (touches[n] == 1) continue;
      next[n] = shared_start_.back();
      shared_node_.push_back(n);
      shared_start_.push_back(shared_start_.back() + touches[n]);
    }
    slot_.resize(shared_start_.back());
    std::size_t slots = 0;
    for (std::size_t p = 0; p < node_.size(); ++p) {
      const std::uint32_t n = node_[p];
      target_[p] = touches[n] == 1 ? n : static_cast<std::uint32_t>(nodes_ + slots);
      if (touches[n] > 1) slot_[next[n]++] = static_cast<std::uint32_t>(nodes_ + slots++);
    }
  }

  std::size_t size() const { return nodes_; }
  // Rows that splats go to: the nodes, then the parts of shared ones.
  std::size_t splat_rows() const { return nodes_ + slot_.size(); }

  const std::uint32_t* of(std::size_t tile) const { return &node_[start_[tile]]; }
  std::size_t count(std::size_t tile) const { return start_[tile + 1] - start_[tile]; }
  std::size_t most() const {
    std::size_t most = 0;
    for (std::size_t t = 0; t + 1 < start_.size(); ++t) most = std::max(most, count(t));
    return most;
  }

  Targets targets(std::size_t tile, float gain) const {
    return {&target_[start_[tile]], count(tile), nodes_, gain};
  }
  SharedRows shared() const { return {shared_node_.data(), shared_start_.data(), slot_.data()}; }
  std::size_t shared_count() const { return shared_node_.size(); }

 private:
  std::size_t nodes_ = 0;
  std::vector<std::uint32_t> start_, node_, target_;
  std::vector<std::uint32_t> shared_node_, shared_start_{0}, slot_;
};

}  // namespace figureground
