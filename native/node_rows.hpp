// The rows of a kernel's nodes during inference, and what one thread holds of them for a tile.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
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

// A kernel of the CRF with the rows of its nodes. Splats stay in the first array, since a tile may
// leave its own as they are for a round; passes go from there to the others in turn. Where there
// are none, tiles read nodes of each other while they splat, so that rounds take turns.
struct Term {
  std::unique_ptr<Filter> filter;
  Compatibility compatibility;
  bool exclude_self, normalized;
  Buffer own[3];
  void* rows[3] = {};

  // How much its message can change as marginals change by 1.
  double weight() const {
    if (!normalized) return std::numeric_limits<double>::infinity();
    double most = 0;
    for (const auto* values : {&compatibility.gain, &compatibility.matrix})
      for (const float value : *values) most = std::max(most, std::abs(double{value}));
    return most;
  }

  // Makes room for the rows of so many rounds. What tiles do not read after the last may lie in
  // `loan`.
  void reserve(std::size_t row_bytes, int rounds, Loan& loan) {
    const std::size_t passes = filter->passes(), nodes = filter->nodes().size();
    const std::size_t splats = filter->nodes().splat_rows();
    const std::size_t count[] = {splats, passes == 0 ? splats : nodes, passes > 1 ? nodes : 0};
    for (int k = 0; k < 3; ++k) {
      const bool read_last = k == place(rounds - 1, passes);
      rows[k] = read_last ? nullptr : loan.take(count[k] * row_bytes);
      if (rows[k] != nullptr) continue;
      own[k].reserve(count[k] * row_bytes);
      rows[k] = own[k].data();
    }
  }

  // Where the splats of a round go, and where its nodes lie after so many passes.
  void* splats(int round) const { return after(round, 0); }
  void* after(int round, std::size_t passes) const { return rows[place(round, passes)]; }

 private:
  // Which of the arrays that is.
  int place(int round, std::size_t passes) const {
    if (filter->passes() == 0) return round % 2;
    return passes == 0 ? 0 : 2 - static_cast<int>(passes % 2);
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
  // From the stored rows of a tile's points to the nodes of a round.
  void splat(std::size_t t, const void* points, int round) {
    for (std::size_t k = 0; k < terms_.size(); ++k)
      terms_[k].filter->splat(t, shape_, points, rooms_[k], terms_[k].splats(round));
  }

 private:
  std::span<const Term> terms_;
  RowShape shape_;
  std::vector<Room> rooms_;
};

}  // namespace figureground
