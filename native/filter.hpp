// A kernel matrix as slice · passes over nodes · splat: splat takes values from points to nodes,
// slice takes them back.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstring>
#include <utility>
#include <vector>

#include "buffer.hpp"
#include "parallel.hpp"
#include "row_kernels.hpp"
#include "tile_nodes.hpp"
#include "tiling.hpp"

namespace figureground {

enum class Normalization { none, before, after, symmetric };

// The factors before and after a kernel matrix that normalise it by its row sums.
struct Factors {
  float before, after;
};

inline Factors factors(Normalization normalization, float mass) {
  const float inverse = 1.0f / (mass + 1e-20f);
  switch (normalization) {
    case Normalization::before:
      return {inverse, 1.0f};
    case Normalization::after:
      return {1.0f, inverse};
    case Normalization::symmetric:
      return {std::sqrt(inverse), std::sqrt(inverse)};
    case Normalization::none:
      break;
  }
  return {1.0f, 1.0f};
}

struct RowShape {
  const RowKernels& kernels;
  std::size_t stride;
  bool transposed = false;

  std::size_t row_bytes() const { return stride * kernels.storage_bytes; }
  std::size_t full_bytes() const { return stride * kernels.real_bytes; }
};

// One thread's full-precision rows of the nodes of a tile: what is sliced; what is splatted, which
// is zero between tiles; and scratch.
struct Room {
  Buffer nodes, sums, line, spare;
};

class Filter {
 public:
  virtual ~Filter() = default;

  const TileNodes& nodes() const { return nodes_; }

  // Folds a normalisation by the row sums into the splat and the slice; once, before others use the
  // filter.
  virtual void normalize(Normalization normalization, Team& team) = 0;
  // The normalised kernel between the i-th point of a strip and itself.
  virtual float self_weight(const Strip& strip, std::size_t i) const = 0;
  // Of the normalisation's factors, what is left to the sums and to the caller.
  virtual float splat_gain(bool) const { return 1; }
  virtual float slice_gain(bool) const { return 1; }

  // Whether the nodes are the points, by position: splats only copy.
  virtual bool keeps_points() const { return false; }
  // Passes over all nodes before tiles slice; without any, tiles see more nodes than their own.
  virtual std::size_t passes() const { return 0; }
  // In how many blocks a pass makes its rows.
  virtual std::size_t blocks() const { return 0; }
  // Makes a block of a pass over the nodes' rows; the order of passes is the opposite if
  // transposed.
  virtual void pass(std::size_t, std::size_t, const RowShape&, const void*, void*) const {}

  virtual void prepare(Room&, const RowShape&) const {}
  // Reads the nodes of a tile from the rows that the passes left.
  virtual void read_nodes(std::size_t tile, const RowShape& shape, const void* rows,
                          Room& room) const = 0;
  // block += scale ∘ slice, at the points of a strip.
  virtual void slice(const Strip& strip, const RowShape& shape, Room& room, const void* scale,
                     void* block) const = 0;
  // From the stored rows of a tile's points to the rows of the nodes' targets.
  virtual void splat(std::size_t tile, const RowShape& shape, const void* points, Room& room,
                     void* rows) const = 0;

 protected:
  TileNodes nodes_;
};

}  // namespace figureground
