// The blur of the permutohedral lattice: one sparse matrix for every group of up to three axes.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "lattice_frame.hpp"
#include "lattice_neighbours.hpp"
#include "parallel.hpp"
#include "row_kernels.hpp"

namespace figureground {

// A combination of unit steps along different axes of a group has the weight exp(-rate /
// fineness²), by how many steps and whether all have one sign; the weight of no step is 1. Two
// groups are those of the widest features and of the others, such as colour and position; more take
// turns. Fitted like the constants of the prediction.
inline constexpr int kTaps = 5;
using Taps = std::array<float, kTaps>;
inline constexpr std::array<Taps, 2> kTapRates{
    {{0.772f, 1.69f, 1.78f, 3.04f, 2.73f}, {0.782f, 1.43f, 1.77f, 2.07f, 2.30f}}};

class LatticeBlur {
 public:
  LatticeBlur() = default;
  // keys: of the vertices, ascending.
  LatticeBlur(const Frame& frame, const std::vector<std::uint64_t>& keys, Team& team)
      : groups_(groups(frame.dimensions())) {
    const std::size_t blocks = (keys.size() + kBlockRows - 1) / kBlockRows;
    for (const auto& axes : groups_) {
      taps_.push_back(taps(kTapRates[passes_.size() % 2], frame.fineness()));
      passes_.push_back(steps(frame, axes));
      passes_.back().parts.resize(blocks);
    }
    Shares shares(blocks, team);
    team.run([&](int rank) {
      Neighbours near(StepRows::kMost, kBlockRows);
      shares.over(0, rank, [&](std::size_t b) {
        const std::size_t first = b * kBlockRows;
        const Range rows{first, std::min(keys.size(), first + kBlockRows)};
        for (Pass& pass : passes_) {
          near.find(keys, pass.step, rows);
          list(near, pass, first, {0, rows.end - rows.begin}, pass.parts[b]);
        }
      });
    });
  }

  std::size_t passes() const { return passes_.size(); }
  // The rows of a pass are in so many blocks.
  std::size_t blocks() const { return passes_.empty() ? 0 : passes_[0].parts.size(); }
  // Calls visit(rows) for those of a block.
  template <typename Visit>
  void over_parts(std::size_t pass, std::size_t block, Visit visit) const {
    for (const Part& part : passes_[pass].parts[block])
      visit(StepRows{part.first, part.of.data(), part.row.get(), part.entry.get(), part.entries,
                     part.code.data(), taps_[pass].data()});
  }

  // The weight that the blur of a full lattice gives to two vertices of one simplex, by the
  // difference of their numbers: the mean over which axes lie between them.
  std::vector<double> simplex_weights() const {
    std::size_t axes = 0;
    for (const auto& group : groups_) axes += group.size();
    std::vector<double> sum(axes, 0.0), count(axes, 0.0);
    for (std::uint32_t subset = 0; subset < (1u << axes) - 1; ++subset) {
      const int steps = std::popcount(subset);
      // All axes together lead back: a set of steps equals the opposite steps along the others.
      sum[steps] += product(subset) + product(~subset);
      count[steps] += 1;
    }
    sum[0] += product(~0u);
    for (std::size_t i = 0; i < axes; ++i) sum[i] /= count[i];
    return sum;
  }

 private:
  // Rows of a pass that are listed together, so few that what is found for them fits the cache.
  static constexpr std::size_t kBlockRows = 512;
  // Rows whose neighbours by each step lie within its reach: most blocks are one part.
  struct Part {
    std::size_t first = 0;
    std::array<std::uint16_t, StepRows::kMost + 2> of{};
    std::array<std::uint32_t, StepRows::kSteps> code{};
    std::unique_ptr<std::uint16_t[]> row, entry;
    std::size_t entries = 0;
  };
  struct Pass {
    std::vector<std::uint64_t> step;       // what each adds to a key
    std::vector<std::size_t> tap;          // of each
    std::vector<std::vector<Part>> parts;  // by block
  };

  static std::vector<std::vector<int>> groups(int dimensions) {
    const int axes = dimensions + 1, count = (axes + 2) / 3;
    std::vector<std::vector<int>> result(count);
    for (int axis = 0; axis < axes; ++axis) result[axis * count / axes].push_back(axis);
    return result;
  }

  static std::size_t tap(int steps, bool one_sign) {
    constexpr std::array<std::array<std::size_t, 2>, 4> table{{{0, 0}, {0, 0}, {2, 1}, {4, 3}}};
    return table[steps][one_sign];
  }

  static Taps taps(const Taps& rates, double fineness) {
    Taps result;
    for (int k = 0; k < kTaps; ++k)
      result[k] = static_cast<float>(std::exp(-rates[k] / (fineness * fineness)));
    return result;
  }

  double product(std::uint32_t subset) const {
    double result = 1;
    for (std::size_t k = 0; k < groups_.size(); ++k) {
      const auto steps = std::count_if(groups_[k].begin(), groups_[k].end(),
                                       [&](int axis) { return (subset >> axis & 1u) != 0; });
      if (steps > 0) result *= taps_[k][tap(static_cast<int>(steps), true)];
    }
    return result;
  }

  // The combinations of steps -1, 0, 1 along the axes.
  static Pass steps(const Frame& frame, const std::vector<int>& axes) {
    Pass result;
    int all = 1;
    for (std::size_t i = 0; i < axes.size(); ++i) all *= 3;
    for (int code = 0; code < all; ++code) {
      std::uint64_t key = 0;
      int count = 0, sum = 0, rest = code;
      for (const int axis : axes) {
        const int n = rest % 3 - 1;
        rest /= 3;
        key += static_cast<std::uint64_t>(std::int64_t{n}) * frame.step(axis);
        count += n != 0;
        sum += n;
      }
      if (count == 0) continue;
      result.step.push_back(key);
      result.tap.push_back(tap(count, std::abs(sum) == count));
    }
    return result;
  }

  // Appends the parts of some rows, of those of a block that begins at `first`.
  static void list(const Neighbours& near, const Pass& pass, std::size_t first, Range rows,
                   std::vector<Part>& parts) {
    std::array<std::uint32_t, StepRows::kSteps> least{};
    if (rows.end - rows.begin > StepRows::kMostRows || !find_least(near, pass, rows, least)) {
      const std::size_t middle = (rows.begin + rows.end + 1) / 2;
      list(near, pass, first, {rows.begin, middle}, parts);
      list(near, pass, first, {middle, rows.end}, parts);
      return;
    }
    Part part;
    part.first = first + rows.begin;
    for (std::size_t s = 0; s < pass.step.size(); ++s)
      part.code[s] = static_cast<std::uint32_t>(
          (least[s] - s * StepRows::kReach) * StepRows::kTaps + pass.tap[s]);
    part.entries = order_rows(near, pass, rows, part);
    part.entry = std::make_unique_for_overwrite<std::uint16_t[]>(part.entries + StepRows::kSpare);
    std::uint16_t* to = part.entry.get();
    // Without branches, so that what is no neighbour is written too, and then overwritten.
    for (std::size_t i = 0; i < rows.end - rows.begin; ++i)
      for (std::size_t s = 0; s < pass.step.size(); ++s) {
        const std::uint32_t w = near(s, rows.begin + part.row[i]);
        *to = static_cast<std::uint16_t>(s * StepRows::kReach + w - least[s]);
        to += w != Neighbours::kNone;
      }
    std::fill_n(to, StepRows::kSpare, 0);
    parts.push_back(std::move(part));
  }

  // The least neighbour by each step; false if another is out of its reach.
  static bool find_least(const Neighbours& near, const Pass& pass, Range rows,
                         std::array<std::uint32_t, StepRows::kSteps>& least) {
    for (std::size_t s = 0; s < pass.step.size(); ++s) {
      Range found = rows;
      while (found.begin < found.end && near(s, found.begin) == Neighbours::kNone) ++found.begin;
      if (found.begin == found.end) continue;
      while (near(s, found.end - 1) == Neighbours::kNone) --found.end;
      std::uint32_t low = near(s, found.begin), high = near(s, found.end - 1);
      for (std::size_t v = found.begin; !near.ascends(s) && v < found.end; ++v) {
        if (near(s, v) == Neighbours::kNone) continue;
        low = std::min(low, near(s, v));
        high = std::max(high, near(s, v));
      }
      if (high - low >= StepRows::kReach) return false;
      least[s] = low;
    }
    return true;
  }

  // By how many neighbours they have; returns how many there are.
  static std::size_t order_rows(const Neighbours& near, const Pass& pass, Range rows, Part& part) {
    const std::size_t count = rows.end - rows.begin;
    std::array<std::uint8_t, StepRows::kMostRows> size{};
    for (std::size_t s = 0; s < pass.step.size(); ++s)
      for (std::size_t v = 0; v < count; ++v)
        size[v] += near(s, rows.begin + v) != Neighbours::kNone;
    for (std::size_t v = 0; v < count; ++v) ++part.of[size[v] + 1];
    std::partial_sum(part.of.begin(), part.of.end(), part.of.begin());
    std::array<std::uint16_t, StepRows::kMost + 2> next = part.of;
    part.row = std::make_unique_for_overwrite<std::uint16_t[]>(count);
    for (std::size_t v = 0; v < count; ++v)
      part.row[next[size[v]]++] = static_cast<std::uint16_t>(v);
    return std::accumulate(size.begin(), size.begin() + static_cast<std::ptrdiff_t>(count),
                           std::size_t{0});
  }

  std::vector<std::vector<int>> groups_;  // of axes
  std::vector<Taps> taps_;                // by group
  std::vector<Pass> passes_;
};

}  // namespace figureground
