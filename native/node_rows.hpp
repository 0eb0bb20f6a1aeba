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

  void reserve(std::size_t row_bytes) {
    const bool turns = filter->passes() == 0;
    rows[0].reserve(filter->nodes().splat_rows() * row_bytes);
    rows[1].reserve((turns ? filter->nodes().splat_rows() : filter->nodes().size()) * row_bytes);
  }

  // Where the splats of a round go, and where its nodes lie after so many passes.
  void* splats(int round) const { return after(round, 0); }
  void* after(int round, std::size_t passes) const {
    return rows[(filter->passes() == 0 ? static_cast<std::size_t>(round) : passes) % 2].data();
  }
};

// What all members do together between the splats of a round and its slices.
inline void blur_nodes(std::span<Term> terms, int round, const RowShape& shape, Team& team,
                       int rank) {
  std::size_t passes = 0;
  for (const Term& term : terms) {
    const TileNodes& nodes = term.filter->nodes();
    shape.kernels.reduce(nodes.shared(), term.filter->splat_gain(shape.transposed),
                         term.splats(round), shape.stride,
                         share(nodes.shared_count(), rank, team.size()));
    passes = std::max(passes, term.filter->passes());
  }
  team.barrier();
  for (std::size_t p = 0; p < passes; ++p) {
    for (const Term& term : terms)
      if (p < term.filter->passes())
        term.filter->pass(p, shape, term.after(round, p), term.after(round, p + 1), rank,
                          team.size());
    team.barrier();
  }
}

// One member's full-precision rows of a tile.
class TileRows {
 public:
  TileRows(std::span<const Term> terms, const RowShape& shape)
      : terms_(terms), shape_(shape), rooms_(terms.size()) {
    for (std::size_t k = 0; k < terms.size(); ++k) terms[k].filter->prepare(rooms_[k], shape);
  }

  // Reads the nodes of a tile after a round.
  void read(std::size_t t, int round) {
    for (std::size_t k = 0; k < terms_.size(); ++k) {
      const Filter& filter = *terms_[k].filter;
      filter.read_nodes(t, shape_, terms_[k].after(round, filter.passes()), rooms_[k]);
    }
  }

  void slice(std::size_t k, const Strip& strip, const void* scale, void* block) {
    terms_[k].filter->slice(strip, shape_, rooms_[k], scale, block);
  }
  void splat(const Strip& strip, const void* block) {
    for (std::size_t k = 0; k < terms_.size(); ++k)
      terms_[k].filter->splat(strip, shape_, rooms_[k], block);
  }

  // Hands the sums of a tile over to a round; they are zero then.
  void write_sums(std::size_t t, int round) const {
    for (std::size_t k = 0; k < terms_.size(); ++k) {
      const Filter& filter = *terms_[k].filter;
      shape_.kernels.collect(rooms_[k].sums.data(),
                             filter.nodes().targets(t, filter.splat_gain(shape_.transposed)),
                             terms_[k].splats(round), shape_.stride);
    }
  }

 private:
  std::span<const Term> terms_;
  RowShape shape_;
  std::vector<Room> rooms_;
};

// Between planes, (channels, points), and a block: the rows of points that follow each other.
template <typename Real>
void pack_rows(const Real* planes, std::size_t plane, std::size_t channels, std::size_t point,
               std::size_t count, Real* block, std::size_t stride) {
  planes += point;
  for (std::size_t c = 0; c < channels; ++c, planes += plane)
    for (std::size_t i = 0; i < count; ++i) block[i * stride + c] = planes[i];
}

template <typename Real>
void unpack_rows(const Real* block, std::size_t stride, std::size_t point, std::size_t count,
                 Real* planes, std::size_t plane, std::size_t channels) {
  planes += point;
  for (std::size_t c = 0; c < channels; ++c, planes += plane)
    for (std::size_t i = 0; i < count; ++i) planes[i] = block[i * stride + c];
}

}  // namespace figureground
