// Which strips leave out updates: most of an image settles within a few iterations.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "parallel.hpp"

namespace figureground {

// A strip rests for some updates if it is settled: what it will move next, about as much as it just
// moved times how far it gives way where others move by 1, is at most kDrift; and stable, giving
// way by kStable or less. Far from the few pixels that know their label nothing moves, but nothing
// is stable either: there a small difference grows from update to update. What a strip missed does
// not add up, since an update looks at the messages alone.
class Rests {
 public:
  void start(std::size_t strips) { left_.assign(strips, 0); }

  // Whether all of some strips rest in the next update.
  bool all(Range strips) const {
    return std::all_of(left_.begin() + static_cast<std::ptrdiff_t>(strips.begin),
                       left_.begin() + static_cast<std::ptrdiff_t>(strips.end),
                       [](std::uint8_t left) { return left > 0; });
  }
  // Whether a strip rests in this update, which then has passed.
  bool pass(std::size_t strip) {
    if (left_[strip] == 0) return false;
    --left_[strip];
    return true;
  }
  // Whether a strip has just come to rest.
  bool begins(std::size_t strip) const { return left_[strip] == kUpdates; }
  // Whether a strip rests in so many updates to come.
  bool throughout(std::size_t strip, int updates) const { return left_[strip] >= updates; }
  // How far a marginal moved at most in an update, and how far one would if all others moved by 1.
  void note(std::size_t strip, double moved, double gain) {
    left_[strip] = moved * gain <= kDrift && gain <= kStable ? kUpdates : 0;
  }

 private:
  static constexpr double kDrift = 2e-5, kStable = 0.1;
  static constexpr std::uint8_t kUpdates = 9;

  std::vector<std::uint8_t> left_;  // updates, by strip
};

}  // namespace figureground
