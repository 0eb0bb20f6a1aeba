// Which classes of a unary some point speaks for.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "parallel.hpp"

namespace figureground {

// The planes that are worked on of so many.
struct Classes {
  explicit Classes(std::size_t count) : all(count), kept(count) {
    std::iota(kept.begin(), kept.end(), std::size_t{0});
  }
  Classes(std::size_t count, std::vector<std::size_t> some) : all(count), kept(std::move(some)) {}

  std::size_t all;
  std::vector<std::size_t> kept;  // ascending
};

// The classes whose energy comes within so much of a point's least somewhere, or is not finite.
// unary: (classes, points).
inline Classes supported(const float* unary, std::size_t classes, std::size_t points, float within,
                         Team& team) {
  constexpr std::size_t block = 1024;  // points whose energies stay in the cache
  struct Found {
    float least = std::numeric_limits<float>::max();  // above a point's least
    float zero = 0;                                   // or NaN, once something was not finite
  };
  std::vector<std::vector<Found>> found(team.size(), std::vector<Found>(classes));
  team.run([&](int rank) {
    const Range part = share((points + block - 1) / block, rank, team.size());
    std::array<float, block> least;
    for (std::size_t b = part.begin; b < part.end; ++b) {
      const std::size_t first = b * block, count = std::min(block, points - first);
      least.fill(std::numeric_limits<float>::max());
      for (std::size_t c = 0; c < classes; ++c)
        for (std::size_t i = 0; i < count; ++i) {
          const float energy = unary[c * points + first + i];
          least[i] = energy < least[i] ? energy : least[i];
        }
      for (std::size_t c = 0; c < classes; ++c) {
        // Side by side for speed.
        constexpr std::size_t lanes = 16;
        std::array<float, lanes> low, zero{};
        low.fill(std::numeric_limits<float>::max());
        const auto look = [&](std::size_t i, std::size_t lane) {
          const float energy = unary[c * points + first + i], above = energy - least[i];
          low[lane] = above < low[lane] ? above : low[lane];
          zero[lane] += energy * 0;
        };
        std::size_t i = 0;
        for (; i + lanes <= count; i += lanes)
          for (std::size_t lane = 0; lane < lanes; ++lane) look(i + lane, lane);
        for (; i < count; ++i) look(i, 0);
        Found& best = found[rank][c];
        best.least = std::min(best.least, *std::min_element(low.begin(), low.end()));
        best.zero = std::accumulate(zero.begin(), zero.end(), best.zero);
      }
    }
  });
  std::vector<std::size_t> kept;
  for (std::size_t c = 0; c < classes; ++c)
    if (std::any_of(found.begin(), found.end(), [&](const std::vector<Found>& by_class) {
          return by_class[c].least <= within || !(by_class[c].zero == 0);
        }))
      kept.push_back(c);
  return {classes, std::move(kept)};
}

}  // namespace figureground
