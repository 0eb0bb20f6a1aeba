// Finds the vertices of a lattice that lie some steps away from others.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "parallel.hpp"

namespace figureground {

class Neighbours {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFFu;

  // For up to so many steps and vertices at a time.
  Neighbours(std::size_t steps, std::size_t vertices)
      : vertices_(vertices), found_(steps * vertices) {}

  // Looks for keys[v] + step, modulo 2^64, for v in the part.
  void find(const std::vector<std::uint64_t>& keys, const std::vector<std::uint64_t>& steps,
            Range part) {
    walks_.clear();
    ascends_.resize(steps.size());
    const auto begin = keys.begin() + static_cast<std::ptrdiff_t>(part.begin);
    const auto end = keys.begin() + static_cast<std::ptrdiff_t>(part.end);
    for (std::size_t s = 0; s < steps.size(); ++s) {
      // The sums ascend like the keys, before and after the first that wraps round.
      const auto wraps = steps[s] == 0 ? end : std::lower_bound(begin, end, 0 - steps[s]);
      const std::size_t first = static_cast<std::size_t>(wraps - begin);
      ascends_[s] = wraps == begin || wraps == end;
      add_walk(keys, steps[s], {0, first}, part.begin, s);
      add_walk(keys, steps[s], {first, part.end - part.begin}, part.begin, s);
    }
    advance_all(keys, part.begin);
  }

  // The vertex that step s leads to from the v-th of the part, or kNone.
  std::uint32_t operator()(std::size_t s, std::size_t v) const { return found_[s * vertices_ + v]; }
  // Whether those that step s leads to ascend throughout the part.
  bool ascends(std::size_t s) const { return ascends_[s]; }

 private:
  // A walk along the sums of a range and the keys.
  struct Walk {
    std::uint64_t step;
    std::size_t v, end, w;
    std::uint32_t* found;
  };
  static constexpr std::size_t kAbreast = 4;

  void add_walk(const std::vector<std::uint64_t>& keys, std::uint64_t step, Range range,
                std::size_t base, std::size_t s) {
    if (range.begin == range.end) return;
    const auto from = std::lower_bound(keys.begin(), keys.end(), keys[base + range.begin] + step);
    walks_.push_back({step, range.begin, range.end, static_cast<std::size_t>(from - keys.begin()),
                      &found_[s * vertices_]});
  }

  // Several walks go side by side, without branches: a single one would wait for each comparison.
  void advance_all(const std::vector<std::uint64_t>& keys, std::size_t base) {
    const std::size_t count = keys.size();
    const auto left = [&](const Walk& walk) { return std::min(walk.end - walk.v, count - walk.w); };
    const auto advance = [&](Walk& walk) {
      const std::uint64_t sum = keys[base + walk.v] + walk.step, key = keys[walk.w];
      // kNone, all ones, where they differ: overwritten later, or right.
      walk.found[walk.v] = static_cast<std::uint32_t>(walk.w) | (0u - (sum != key));
      walk.v += sum <= key;
      walk.w += sum >= key;
    };
    std::size_t next = 0;
    Walk abreast[kAbreast] = {};
    for (;;) {
      std::size_t safe = count;
      for (Walk& walk : abreast) {
        while (left(walk) == 0 && next < walks_.size()) {
          std::fill(walk.found + walk.v, walk.found + walk.end, kNone);
          walk = walks_[next++];
        }
        safe = std::min(safe, left(walk));
      }
      if (safe == 0) break;
      for (std::size_t n = 0; n < safe; ++n)
        for (Walk& walk : abreast) advance(walk);
    }
    for (Walk& walk : abreast) {
      while (left(walk) > 0) advance(walk);
      std::fill(walk.found + walk.v, walk.found + walk.end, kNone);
    }
  }

  std::size_t vertices_;
  std::vector<std::uint32_t> found_;
  std::vector<Walk> walks_;
  std::vector<bool> ascends_;
};

}  // namespace figureground
