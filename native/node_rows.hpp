// The rows of a filter's nodes while it is applied, and what one thread holds of them for a tile.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "buffer.hpp"
#include "filter.hpp"
#include "parallel.hpp"
#include "row_kernels.hpp"

namespace figureground {

// Splats stay in the first array, since a tile may leave its own as they are for a round; passes go
// from there to the others in turn. Where there are none, tiles read nodes of each other while they
// splat, so that rounds take turns.
class NodeRows {
 public:
  explicit NodeRows(const Filter& filter) : filter_(&filter) {}

  const Filter& filter() const { return *filter_; }

  // Makes room for the rows of so many rounds. What tiles do not read after the last may lie in
  // `loan`, but for points that are kept.
  void reserve(std::size_t row_bytes, int rounds, Loan& loan) {
    const std::size_t passes = filter_->passes(), nodes = filter_->nodes().size();
    const std::size_t splats = filter_->nodes().splat_rows();
    const std::size_t count[] = {splats, passes == 0 ? splats : nodes, passes > 1 ? nodes : 0};
    for (int k = 0; k < 3; ++k) {
      const bool read_last = filter_->keeps_points() || k == place(rounds - 1, passes);
      rows_[k] = read_last ? nullptr : loan.take(count[k] * row_bytes);
      if (rows_[k] != nullptr) continue;
      own_[k].reserve(count[k] * row_bytes);
      rows_[k] = own_[k].data();
    }
  }

  // Where the splats of a round go, and where its nodes lie after so many passes.
  void* splats(int round) const { return after(round, 0); }
  void* after(int round, std::size_t passes) const { return rows_[place(round, passes)]; }

 private:
  // Which of the arrays that is.
  int place(int round, std::size_t passes) const {
    if (filter_->passes() == 0) return round % 2;
    return passes == 0 ? 0 : 2 - static_cast<int>(passes % 2);
  }

  const Filter* filter_;
  Buffer own_[3];
  void* rows_[3] = {};
};

// What all members do together between the splats of a round and its slices.
inline void blur_nodes(std::span<const NodeRows> all, int round, const RowShape& shape, Team& team,
                       int rank) {
  std::size_t passes = 0;
  for (const NodeRows& rows : all) {
    const Filter& filter = rows.filter();
    shape.kernels.reduce(filter.nodes().shared(), filter.splat_gain(shape.transposed),
                         rows.splats(round), shape.stride,
                         share(filter.nodes().shared_count(), rank, team.size()));
    passes = std::max(passes, filter.passes());
  }
  team.barrier();
  for (std::size_t p = 0; p < passes; ++p) {
    for (const NodeRows& rows : all)
      if (p < rows.filter().passes())
        rows.filter().pass(p, shape, rows.after(round, p), rows.after(round, p + 1), rank,
                           team.size());
    team.barrier();
  }
}

// One member's full-precision rows of a tile.
class TileRows {
 public:
  TileRows(std::span<const NodeRows> all, const RowShape& shape)
      : all_(all), shape_(shape), rooms_(all.size()) {
    for (std::size_t k = 0; k < all.size(); ++k) all[k].filter().prepare(rooms_[k], shape);
  }

  // Reads the nodes of a tile after a round.
  void read(std::size_t t, int round) {
    for (std::size_t k = 0; k < all_.size(); ++k) {
      const Filter& filter = all_[k].filter();
      filter.read_nodes(t, shape_, all_[k].after(round, filter.passes()), rooms_[k]);
    }
  }

  void slice(std::size_t k, const Strip& strip, const void* scale, void* block) {
    all_[k].filter().slice(strip, shape_, rooms_[k], scale, block);
  }
  // From the stored rows of a tile's points to the nodes of a round.
  void splat(std::size_t t, const void* points, int round) {
    for (std::size_t k = 0; k < all_.size(); ++k)
      all_[k].filter().splat(t, shape_, points, rooms_[k], all_[k].splats(round));
  }

 private:
  std::span<const NodeRows> all_;
  RowShape shape_;
  std::vector<Room> rooms_;
};

}  // namespace figureground
