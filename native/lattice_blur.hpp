// The blur of the permutohedral lattice: one sparse matrix for every group of up to three axes.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "lattice_frame.hpp"
#include "parallel.hpp"
#include "row_kernels.hpp"

namespace figureground {

// Weights of a combination of unit steps along different axes of a group, by how many steps and
// whether all have one sign; the weight of no step is 1. Fitted like the constants of the frame.
inline constexpr int kTaps = 5;
inline constexpr std::array<float, kTaps> kTapWeights{0.4305f, 0.1714f, 0.0959f, 0.0490f, 0.0513f};

class LatticeBlur {
 public:
  LatticeBlur() = default;
  // keys: of the vertices, ascending.
  LatticeBlur(const Frame& frame, const std::vector<std::uint64_t>& keys, Team& team) {
    Sides ahead, behind;
    for (const auto& axes : groups(frame.dimensions()))
      passes_.push_back(pass(steps(frame, axes), keys, ahead, behind, team));
  }

  std::size_t passes() const { return passes_.size(); }
  TapRows taps(std::size_t pass) const {
    return {passes_[pass].start.data(), passes_[pass].entry.get(), kTapWeights.data()};
  }

  // The weight that the blur of a full lattice gives to two vertices of one simplex, by the
  // difference of their numbers: the mean over which axes lie between them.
  static std::vector<double> simplex_weights(int dimensions) {
    const int axes = dimensions + 1;
    std::vector<double> sum(axes, 0.0), count(axes, 0.0);
    for (std::uint32_t subset = 0; subset < (1u << axes) - 1; ++subset) {
      const int steps = std::popcount(subset);
      // All axes together lead back: a set of steps equals the opposite steps along the others.
      sum[steps] += product(dimensions, subset) + product(dimensions, ~subset);
      count[steps] += 1;
    }
    sum[0] += product(dimensions, ~0u);
    for (int i = 0; i < axes; ++i) sum[i] /= count[i];
    return sum;
  }

 private:
  struct Pass {
    std::vector<std::uint32_t> start;
    std::unique_ptr<std::uint32_t[]> entry;
  };
  struct Step {
    std::uint64_t key;
    std::uint32_t tap;
  };
  // For every vertex, the one a step away, or kNone.
  using Neighbours = std::vector<std::uint32_t>;
  using Sides = std::vector<Neighbours>;              // by steps
  static constexpr std::size_t kMostNeighbours = 26;  // steps along three axes, but none at all
  static constexpr std::uint32_t kNone = 0xFFFFFFFFu;

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

  static double product(int dimensions, std::uint32_t subset) {
    double result = 1;
    for (const auto& axes : groups(dimensions)) {
      const auto steps = std::count_if(axes.begin(), axes.end(),
                                       [&](int axis) { return (subset >> axis & 1u) != 0; });
      if (steps > 0) result *= kTapWeights[tap(static_cast<int>(steps), true)];
    }
    return result;
  }

  // Half of the combinations of steps -1, 0, 1 along the axes; the others are their opposites.
  static std::vector<Step> steps(const Frame& frame, const std::vector<int>& axes) {
    std::vector<Step> result;
    int all = 1;
    for (std::size_t i = 0; i < axes.size(); ++i) all *= 3;
    for (int code = all / 2 + 1; code < all; ++code) {
      std::uint64_t key = 0;
      int count = 0, sum = 0, rest = code;
      for (const int axis : axes) {
        const int n = rest % 3 - 1;
        rest /= 3;
        key += static_cast<std::uint64_t>(std::int64_t{n}) * frame.step(axis);
        count += n != 0;
        sum += n;
      }
      result.push_back({key, tap(count, std::abs(sum) == count)});
    }
    return result;
  }

  static Pass pass(const std::vector<Step>& steps, const std::vector<std::uint64_t>& keys,
                   Sides& ahead, Sides& behind, Team& team) {
    ahead.resize(std::max(ahead.size(), steps.size()));
    behind.resize(ahead.size());
    Pass result;
    result.start.assign(keys.size() + 1, 0);
    team.run([&](int rank) {
      for (std::size_t s = rank; s < steps.size(); s += static_cast<std::size_t>(team.size()))
        find_neighbours(keys, steps[s].key, ahead[s], behind[s]);
      team.barrier();
      const Range part = share(keys.size(), rank, team.size());
      for (std::size_t s = 0; s < steps.size(); ++s)
        for (std::size_t v = part.begin; v < part.end; ++v)
          result.start[v + 1] += (ahead[s][v] != kNone) + (behind[s][v] != kNone);
    });
    std::partial_sum(result.start.begin(), result.start.end(), result.start.begin());
    result.entry = std::make_unique_for_overwrite<std::uint32_t[]>(result.start.back());
    team.for_ranges(keys.size(), [&](Range part) {
      for (std::size_t v = part.begin; v < part.end; ++v)
        list(steps, ahead, behind, v, &result.entry[result.start[v]]);
    });
    return result;
  }

  // Fills ahead[v] = w and behind[w] = v where keys[w] = keys[v] + step, modulo 2^64. The sums
  // ascend like the keys, before and after the first that wraps round.
  static void find_neighbours(const std::vector<std::uint64_t>& keys, std::uint64_t step,
                              Neighbours& ahead, Neighbours& behind) {
    ahead.assign(keys.size(), kNone);
    behind.assign(keys.size(), kNone);
    const auto wraps = std::lower_bound(keys.begin(), keys.end(), 0 - step);
    const auto first = static_cast<std::size_t>(wraps - keys.begin());
    merge(keys, step, {0, step == 0 ? keys.size() : first}, ahead, behind);
    if (step != 0) merge(keys, step, {first, keys.size()}, ahead, behind);
  }

  // One walk along the sums of a range and the keys. Several parts of the range go side by side,
  // without branches: a single one would wait for each comparison.
  static void merge(const std::vector<std::uint64_t>& keys, std::uint64_t step, Range range,
                    Neighbours& ahead, Neighbours& behind) {
    constexpr int kWalks = 4;
    struct Walk {
      std::size_t v, end, w;
    } walks[kWalks];
    const std::size_t count = keys.size();
    std::size_t safe = count;
    for (int i = 0; i < kWalks; ++i) {
      const Range part = share(range.end - range.begin, i, kWalks);
      Walk& walk = walks[i];
      walk = {range.begin + part.begin, range.begin + part.end, count};
      if (walk.v < walk.end)
        walk.w = static_cast<std::size_t>(
            std::lower_bound(keys.begin(), keys.end(), keys[walk.v] + step) - keys.begin());
      safe = std::min({safe, walk.end - walk.v, count - walk.w});
    }
    const auto advance = [&](Walk& walk) {
      const std::uint64_t sum = keys[walk.v] + step, key = keys[walk.w];
      const bool equal = sum == key;
      // Where they differ, what is written is what stood there, or is overwritten later.
      ahead[walk.v] = equal ? static_cast<std::uint32_t>(walk.w) : ahead[walk.v];
      behind[walk.w] = equal ? static_cast<std::uint32_t>(walk.v) : behind[walk.w];
      walk.v += sum <= key;
      walk.w += sum >= key;
    };
    while (safe > 0) {
      for (std::size_t n = 0; n < safe; ++n)
        for (Walk& walk : walks) advance(walk);
      safe = count;
      for (const Walk& walk : walks) safe = std::min({safe, walk.end - walk.v, count - walk.w});
    }
    for (Walk& walk : walks)
      while (walk.v < walk.end && walk.w < count) advance(walk);
  }

  // The neighbours of a vertex.
  static void list(const std::vector<Step>& steps, const Sides& ahead, const Sides& behind,
                   std::size_t v, std::uint32_t* to) {
    // Without branches, so that what is no neighbour is written too, and then overwritten.
    std::array<std::uint32_t, kMostNeighbours + 1> found;
    std::size_t size = 0;
    for (std::size_t s = 0; s < steps.size(); ++s)
      for (const std::uint32_t w : {ahead[s][v], behind[s][v]}) {
        found[size] = w | steps[s].tap << kTapShift;
        size += w != kNone;
      }
    std::copy_n(found.begin(), size, to);
  }

  std::vector<Pass> passes_;
};

}  // namespace figureground
