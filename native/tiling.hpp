// The order in which the points of a grid are worked on: tile by tile, since points that are near
// in the image share lattice vertices, so that what a tile touches fits the cache.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include "parallel.hpp"

namespace figureground {

inline constexpr std::size_t kBatch = 16;         // points whose vertices are computed together
inline constexpr std::size_t kTilePoints = 2048;  // at most, in a tile

// Where the value of a point's corner is, by batches of (corners, kBatch).
constexpr std::size_t batched(std::size_t point, std::size_t corner, std::size_t corners) {
  return (point / kBatch * corners + corner) * kBatch + point % kBatch;
}

inline constexpr std::size_t kStrip = 64;  // points at most, in a strip

struct Tile {
  std::size_t first;  // position, a multiple of kBatch
  std::size_t count;
  std::size_t width;  // along the fastest axis
};

// Points of a tile that follow each other along the fastest axis: few enough for the first cache.
struct Strip {
  std::size_t tile, number;     // `number` among all strips
  std::size_t first, count;     // `first` within the tile
  std::size_t offset;           // of the first from where its line enters the tile
  std::size_t position, point;  // of the first
};

// Every tile's positions are filled up to whole batches; what fills them up is never read back.
class Tiling {
 public:
  // The slowest axis first. More than three axes count as one.
  explicit Tiling(const std::vector<std::size_t>& shape) {
    points_ = 1;
    for (const std::size_t size : shape) points_ *= size;
    const std::size_t axes = shape.size() <= 3 ? shape.size() : 0;
    std::size_t size[3] = {1, 1, points_}, side[3] = {1, 1, kTilePoints};
    if (axes >= 2) {
      for (std::size_t a = 0; a < 3; ++a) size[a] = a + axes < 3 ? 1 : shape[a + axes - 3];
      side[2] = axes == 2 ? 64 : 16;
      side[1] = axes == 2 ? 32 : 8;
      side[0] = axes == 2 ? 1 : 16;
    }
    order_.reserve(points_);
    line_ = axes >= 2 ? size[2] : kStrip;
    for (std::size_t z = 0; z < size[0]; z += side[0])
      for (std::size_t y = 0; y < size[1]; y += side[1])
        for (std::size_t x = 0; x < size[2]; x += side[2]) add_tile(size, side, {z, y, x});
  }

  std::size_t points() const { return points_; }
  // From a strip's points to those of the next of its tile.
  std::size_t line() const { return line_; }
  std::size_t positions() const { return order_.size(); }
  std::size_t tiles() const { return tiles_.size(); }
  Tile tile(std::size_t t) const { return tiles_[t]; }
  // A tile's positions, filled up to whole batches.
  Range filled(std::size_t t) const {
    return {tiles_[t].first, t + 1 < tiles() ? tiles_[t + 1].first : positions()};
  }
  // Calls visit(strip) for the strips of a tile.
  template <typename Visit>
  void over_strips(std::size_t t, Visit visit) const {
    const auto [begin, count, width] = tiles_[t];
    std::size_t number = strips_[t];
    for (std::size_t line = 0; line < count; line += width)
      for (std::size_t x = 0; x < width; x += kStrip, ++number) {
        const std::size_t first = line + x, at = begin + first;
        visit(Strip{t, number, first, std::min(kStrip, width - x), x, at, order_[at]});
      }
  }
  // The numbers of a tile's strips.
  Range strips(std::size_t t) const { return {strips_[t], strips_[t + 1]}; }
  std::size_t strips() const { return strips_.back(); }
  // The point at each position.
  const std::uint32_t* order() const { return order_.data(); }

 private:
  struct Corner {
    std::size_t z, y, x;
  };

  void add_tile(const std::size_t* size, const std::size_t* side, Corner from) {
    const std::size_t first = order_.size();
    const std::size_t width = std::min(size[2] - from.x, side[2]);
    for (std::size_t z = from.z; z < std::min(size[0], from.z + side[0]); ++z)
      for (std::size_t y = from.y; y < std::min(size[1], from.y + side[1]); ++y) {
        order_.resize(order_.size() + width);
        std::iota(order_.end() - static_cast<std::ptrdiff_t>(width), order_.end(),
                  static_cast<std::uint32_t>((z * size[1] + y) * size[2] + from.x));
      }
    const std::size_t count = order_.size() - first;
    tiles_.push_back({first, count, width});
    strips_.push_back(strips_.back() + count / width * ((width + kStrip - 1) / kStrip));
    while (order_.size() % kBatch != 0) order_.push_back(order_.back());
  }

  std::size_t points_, line_;
  std::vector<std::uint32_t> order_;
  std::vector<Tile> tiles_;
  std::vector<std::size_t> strips_{0};  // before each tile
};

}  // namespace figureground
