// Which strips leave out updates: most of an image settles within a few iterations.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "parallel.hpp"

namespace figureground {

// A strip is quiet if no marginal moves by more than kQuiet in an update, a few steps of 16-bit
// storage. It then rests for three updates, and if it is quiet again after them for five. What it
// missed does not add up, since an update looks at the messages alone.
class Rests {
 public:
  void start(std::size_t strips) { strips_.assign(strips, Strip{}); }

  // Whether all of some strips rest in the next update.
  bool all(Range strips) const {
    return std::all_of(strips_.begin() + static_cast<std::ptrdiff_t>(strips.begin),
                       strips_.begin() + static_cast<std::ptrdiff_t>(strips.end),
                       [](const Strip& strip) { return strip.left > 0; });
  }
  // Whether a strip rests in this update, which then has passed.
  bool pass(std::size_t strip) {
    if (strips_[strip].left == 0) return false;
    --strips_[strip].left;
    return true;
  }
  // What moved most in an update.
  void note(std::size_t strip, double moved, double gain) {
    auto& [length, left] = strips_[strip];
    length = moved > kQuiet || gain > kStable ? 0 : length == 0 ? kFirst : kLonger;
    left = length;
  }

 private:
  static constexpr double kQuiet = 2e-3, kStable = 0.5;
  static constexpr std::uint8_t kFirst = 3, kLonger = 5;
  struct Strip {
    std::uint8_t length = 0, left = 0;  // of the last rest
  };

  std::vector<Strip> strips_;
};

}  // namespace figureground
