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
  void reserve(std::size_t row_bytes, int rounds, Loan& loan, Team& team) {
    shares_.clear();
    shares_.emplace_back((filter_->nodes().shared_count() + kReduced - 1) / kReduced, team);
    for (std::size_t p = 0; p < filter_->passes(); ++p)
      shares_.emplace_back(filter_->blocks(), team);
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

  // Member `rank`'s share of the `turn`-th time that splats of a round become sums of the nodes,
  // and of the passes over those.
  void reduce(int round, std::size_t turn, const RowShape& shape, int rank) {
    const std::size_t count = filter_->nodes().shared_count();
    shares_[0].over(turn, rank, [&](std::size_t block) {
      shape.kernels.reduce(filter_->nodes().shared(), filter_->splat_gain(shape.transposed),
                           splats(round), shape.stride,
                           {block * kReduced, std::min(count, (block + 1) * kReduced)});
    });
  }
  void pass(std::size_t index, int round, std::size_t turn, const RowShape& shape, int rank) {
    shares_[1 + index].over(turn, rank, [&](std::size_t block) {
      filter_->pass(index, block, shape, after(round, index), after(round, index + 1));
    });
  }

 private:
  static constexpr std::size_t kReduced = 256;  // nodes that are summed together

  // Which of the arrays that is.
  int place(int round, std::size_t passes) const {
    if (filter_->passes() == 0) return round % 2;
    return passes == 0 ? 0 : 2 - static_cast<int>(passes % 2);
  }

  const Filter* filter_;
  Buffer own_[3];
  void* rows_[3] = {};
  std::vector<Shares> shares_;  // of the sums, and of each pass
};

// What all members do together between the splats of a round and its slices, the `turn`-th time.
inline void blur_nodes(std::span<NodeRows> all, int round, std::size_t turn, const RowShape& shape,
                       Team& team, int rank) {
  std::size_t passes = 0;
  for (NodeRows& rows : all) {
    rows.reduce(round, turn, shape, rank);
    passes = std::max(passes, rows.filter().passes());
  }
  team.barrier();
  for (std::size_t p = 0; p < passes; ++p) {
    for (NodeRows& rows : all)
      if (p < rows.filter().passes()) rows.pass(p, round, turn, shape, rank);
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
