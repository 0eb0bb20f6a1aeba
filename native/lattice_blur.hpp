// The blur of the permutohedral lattice: one sparse matrix for every group of up to three axes.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "lattice_frame.hpp"
#include "parallel.hpp"
#include "row_kernels.hpp"

namespace figureground {

// Weights of a combination of unit steps along different axes of a group, by how many steps and
// whether all have one sign; the weight of no step is 1. Fitted like the constants of the frame.
inline constexpr int kTaps = 5;
inline constexpr std::array<float, kTaps> kTapWeights{0.5091f, 0.2501f, 0.1324f, 0.0578f, 0.1124f};

class LatticeBlur {
 public:
  LatticeBlur(const Frame& frame, const std::vector<std::uint64_t>& keys, Team& team) {
    for (const auto& axes : groups(frame.dimensions()))
      passes_.push_back(pass(frame, axes, keys, team));
  }

  std::size_t passes() const { return passes_.size(); }
  TapRows taps(std::size_t pass) const {
    return {passes_[pass].start.data(), passes_[pass].entry.data(), kTapWeights.data()};
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
    std::vector<std::uint32_t> start, entry;
  };
  struct Combination {
    std::uint64_t step;
    std::uint32_t tap;
  };
  using Pairs = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

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
  static std::vector<Combination> combinations(const Frame& frame, const std::vector<int>& axes) {
    std::vector<Combination> result;
    int all = 1;
    for (std::size_t i = 0; i < axes.size(); ++i) all *= 3;
    for (int code = all / 2 + 1; code < all; ++code) {
      std::uint64_t step = 0;
      int steps = 0, sum = 0, rest = code;
      for (const int axis : axes) {
        const int n = rest % 3 - 1;
        rest /= 3;
        step += static_cast<std::uint64_t>(std::int64_t{n}) * frame.step(axis);
        steps += n != 0;
        sum += n;
      }
      result.push_back({step, tap(steps, std::abs(sum) == steps)});
    }
    return result;
  }

  // All (v, w) with keys[w] = keys[v] + step, modulo 2^64: the sums ascend like the keys, from the
  // first that wraps round, so one walk along both finds them.
  static Pairs neighbours(const std::vector<std::uint64_t>& keys, std::uint64_t step) {
    Pairs pairs;
    const auto wraps = std::lower_bound(keys.begin(), keys.end(), 0 - step);
    const auto first = static_cast<std::size_t>(wraps - keys.begin());
    std::size_t w = 0;
    for (std::size_t n = 0; n < keys.size(); ++n) {
      const std::size_t v = first + n < keys.size() ? first + n : first + n - keys.size();
      const std::uint64_t wanted = keys[v] + step;
      while (w < keys.size() && keys[w] < wanted) ++w;
      if (w == keys.size()) break;
      if (keys[w] == wanted)
        pairs.emplace_back(static_cast<std::uint32_t>(v), static_cast<std::uint32_t>(w));
    }
    return pairs;
  }

  static Pass pass(const Frame& frame, const std::vector<int>& axes,
                   const std::vector<std::uint64_t>& keys, Team& team) {
    const std::vector<Combination> steps = combinations(frame, axes);
    std::vector<Pairs> found(steps.size());
    team.run([&](int rank) {
      for (std::size_t s = rank; s < steps.size(); s += static_cast<std::size_t>(team.size()))
        found[s] = neighbours(keys, steps[s].step);
    });
    Pass result;
    result.start.assign(keys.size() + 1, 0);
    for (const Pairs& pairs : found)
      for (const auto& [v, w] : pairs) {
        ++result.start[v + 1];
        ++result.start[w + 1];
      }
    for (std::size_t v = 0; v < keys.size(); ++v) result.start[v + 1] += result.start[v];
    result.entry.resize(result.start.back());
    std::vector<std::uint32_t> next(result.start.begin(), result.start.end() - 1);
    for (std::size_t s = 0; s < steps.size(); ++s)
      for (const auto& [v, w] : found[s]) {
        result.entry[next[v]++] = w | steps[s].tap << kTapShift;
        result.entry[next[w]++] = v | steps[s].tap << kTapShift;
      }
    return result;
  }

  std::vector<Pass> passes_;
};

}  // namespace figureground
