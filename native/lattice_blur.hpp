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
    std::vector<Steps> all;
    for (const auto& axes : groups_) {
      taps_.push_back(taps(kTapRates[all.size() % 2], frame.fineness()));
      all.push_back(steps(frame, axes));
    }
    const std::size_t parts = (keys.size() + kPartRows - 1) / kPartRows;
    passes_.resize(all.size());
    for (std::vector<Part>& pass : passes_) pass.resize(parts);
    team.for_ranges(parts, [&](Range range) {
      Neighbours near(TapRows::kMost, kPartRows);
      for (std::size_t p = range.begin; p < range.end; ++p) {
        const Range rows{p * kPartRows, std::min(keys.size(), (p + 1) * kPartRows)};
        for (std::size_t k = 0; k < all.size(); ++k) {
          near.find(keys, all[k].key, rows);
          passes_[k][p] = listed(all[k], near, rows.end - rows.begin);
        }
      }
    });
  }

  std::size_t passes() const { return passes_.size(); }
  // The rows of a pass are in so many parts.
  std::size_t parts() const { return passes_.empty() ? 0 : passes_[0].size(); }
  TapRows part(std::size_t pass, std::size_t p) const {
    const Part& part = passes_[pass][p];
    return {p * kPartRows, part.of.data(), part.row.get(), part.entry.get(), taps_[pass].data()};
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
  // Rows of a pass, so few that their numbers fit 16 bits and what is found for them the cache.
  static constexpr std::size_t kPartRows = 512;
  struct Part {
    std::array<std::uint16_t, TapRows::kMost + 2> of{};
    std::unique_ptr<std::uint16_t[]> row;
    std::unique_ptr<std::uint32_t[]> entry;
  };
  struct Steps {
    std::vector<std::uint64_t> key;
    std::vector<std::uint32_t> tap;
  };

  static std::vector<std::vector<int>> groups(int dimensions) {
    const int axes = dimensions + 1, count = (axes + 2) / 3;
    std::vector<std::vector<int>> result(count);
    for (int axis = 0; axis < axes; ++axis) result[axis * count / axes].push_back(axis);
    return result;
  }

  static std::uint32_t tap(int steps, bool one_sign) {
    constexpr std::array<std::array<std::uint32_t, 2>, 4> table{{{0, 0}, {0, 0}, {2, 1}, {4, 3}}};
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
  static Steps steps(const Frame& frame, const std::vector<int>& axes) {
    Steps result;
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
      result.key.push_back(key);
      result.tap.push_back(tap(count, std::abs(sum) == count));
    }
    return result;
  }

  static Part listed(const Steps& steps, const Neighbours& near, std::size_t rows) {
    const std::size_t count = steps.key.size();
    Part part;
    const std::size_t entries = order_rows(near, count, rows, part);
    part.entry = std::make_unique_for_overwrite<std::uint32_t[]>(entries + TapRows::kAhead);
    std::uint32_t* to = part.entry.get();
    // Without branches, so that what is no neighbour is written too, and then overwritten.
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t s = 0; s < count; ++s) {
        const std::uint32_t w = near(s, part.row[i]);
        *to = w << kTapBits | steps.tap[s];
        to += w != Neighbours::kNone;
      }
    std::fill_n(to, TapRows::kAhead, 0);
    return part;
  }

  // By how many neighbours they have; returns how many there are.
  static std::size_t order_rows(const Neighbours& near, std::size_t steps, std::size_t rows,
                                Part& part) {
    std::array<std::uint8_t, kPartRows> size{};
    for (std::size_t s = 0; s < steps; ++s)
      for (std::size_t v = 0; v < rows; ++v) size[v] += near(s, v) != Neighbours::kNone;
    for (std::size_t v = 0; v < rows; ++v) ++part.of[size[v] + 1];
    std::partial_sum(part.of.begin(), part.of.end(), part.of.begin());
    std::array<std::uint16_t, TapRows::kMost + 2> next = part.of;
    part.row = std::make_unique_for_overwrite<std::uint16_t[]>(rows);
    for (std::size_t v = 0; v < rows; ++v)
      part.row[next[size[v]]++] = static_cast<std::uint16_t>(v);
    return std::accumulate(size.begin(), size.end(), std::size_t{0});
  }

  std::vector<std::vector<int>> groups_;  // of axes
  std::vector<Taps> taps_;                // by group
  std::vector<std::vector<Part>> passes_;
};

}  // namespace figureground
