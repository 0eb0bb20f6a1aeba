// The rows of a kernel's nodes during inference, and what one thread holds of them for a tile.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "buffer.hpp"
#include "filter.hpp"
#include "parallel.hpp"
#include "row_kernels.hpp"

namespace figureground {

// The message of a kernel to label a, subtracted from its energy: gain[a] (K Q)_a, or, where there
// is a matrix, -Σ_b matrix[a, b] (K Q)_b.
struct Compatibility {
  std::vector<float> gain, matrix;
};

// A kernel of the CRF with the rows of its nodes. Where passes go over them, these read and write
// the two arrays in turn. Where there are none, tiles read nodes of each other while they splat, so
// that rounds of slices and splats take turns.
struct Term {
  std::unique_ptr<Filter> filter;
  Compatibility compatibility;
  bool exclude_self;
  Buffer rows[2];

  const Interpolation& points() const { return filter->interpolation(); }

  void reserve(std::size_t row_bytes) {
    const bool turns = filter->passes() == 0;
    rows[0].reserve(points().splat_rows() * row_bytes);
    rows[1].reserve((turns ? points().splat_rows() : points().nodes()) * row_bytes);
  }

  // Where the splats of a round go, and where its nodes lie after so many passes.
  void* splats(int round) const { return after(round, 0); }
  void* after(int round, std::size_t passes) const {
    return rows[(filter->passes() == 0 ? static_cast<std::size_t>(round) : passes) % 2].data();
  }
};

struct RowShape {
  const RowKernels& kernels;
  std::size_t stride;
  bool transposed = false;

  std::size_t row_bytes() const { return stride * kernels.storage_bytes; }
  std::size_t full_bytes() const { return stride * kernels.real_bytes; }
};

// What all members do together between the splats of a round and its slices.
inline void blur_nodes(std::span<Term> terms, int round, const RowShape& shape, Team& team,
                       int rank) {
  std::size_t passes = 0;
  for (const Term& term : terms) {
    const Interpolation& points = term.points();
    shape.kernels.reduce(points.shared(), points.splat_gain(shape.transposed), term.splats(round),
                         shape.stride, share(points.shared_count(), rank, team.size()));
    passes = std::max(passes, term.filter->passes());
  }
  team.barrier();
  for (std::size_t p = 0; p < passes; ++p) {
    for (const Term& term : terms)
      if (p < term.filter->passes())
        term.filter->pass(p, shape.transposed, shape.kernels, term.after(round, p),
                          term.after(round, p + 1), shape.stride, rank, team.size());
    team.barrier();
  }
}

// One member's full-precision rows of the nodes of a tile.
class TileRows {
 public:
  TileRows(std::span<const Term> terms, const RowShape& shape)
      : terms_(terms), shape_(shape), nodes_(terms.size()), sums_(terms.size()) {
    for (std::size_t k = 0; k < terms.size(); ++k) {
      const std::size_t bytes = terms[k].points().most_local() * shape.full_bytes();
      sums_[k].reserve(bytes);
      std::memset(sums_[k].data(), 0, bytes);
    }
  }

  // Reads the nodes of a tile after a round.
  void read(std::size_t t, int round) {
    for (std::size_t k = 0; k < terms_.size(); ++k) {
      const Filter& filter = *terms_[k].filter;
      filter.read_nodes(t, shape_.kernels, terms_[k].after(round, filter.passes()), shape_.stride,
                        nodes_[k], spare_);
    }
  }

  // Term k's part in a tile.
  TileTerm term(std::size_t k, const Tile& tile, const void* scale) const {
    TileTerm term = terms_[k].points().term(tile, shape_.transposed);
    term.nodes = nodes_[k].data();
    term.sums = sums_[k].data();
    term.scale = scale;
    return term;
  }

  // Hands the sums of a tile over to a round; they are zero then.
  void write_sums(std::size_t t, int round) const {
    for (std::size_t k = 0; k < terms_.size(); ++k)
      shape_.kernels.collect(sums_[k].data(), terms_[k].points().targets(t, shape_.transposed),
                             terms_[k].splats(round), shape_.stride);
  }

 private:
  std::span<const Term> terms_;
  RowShape shape_;
  std::vector<Buffer> nodes_, sums_;
  Buffer spare_;
};

// Between planes, (channels, points), and the rows of a block of positions.
template <typename Real>
void pack_rows(const Real* planes, std::size_t plane, std::size_t channels,
               const std::uint32_t* order, std::size_t count, Real* block, std::size_t stride) {
  const bool run = order[count - 1] - order[0] == count - 1;
  for (std::size_t c = 0; c < channels; ++c, planes += plane) {
    if (run)
      for (std::size_t i = 0; i < count; ++i) block[i * stride + c] = planes[order[0] + i];
    else
      for (std::size_t i = 0; i < count; ++i) block[i * stride + c] = planes[order[i]];
  }
}

template <typename Real>
void unpack_rows(const Real* block, std::size_t stride, const std::uint32_t* order,
                 std::size_t count, Real* planes, std::size_t plane, std::size_t channels) {
  const bool run = order[count - 1] - order[0] == count - 1;
  for (std::size_t c = 0; c < channels; ++c, planes += plane) {
    if (run)
      for (std::size_t i = 0; i < count; ++i) planes[order[0] + i] = block[i * stride + c];
    else
      for (std::size_t i = 0; i < count; ++i) planes[order[i]] = block[i * stride + c];
  }
}

}  // namespace figureground
