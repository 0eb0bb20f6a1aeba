// The nodes that each point lies between, with what weights, where every point has its own:
// numbered within the point's tile, in 16 bits. And the other way: the points that each node of a
// tile gets values from.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "buffer.hpp"
#include "filter.hpp"
#include "parallel.hpp"
#include "row_kernels.hpp"
#include "tile_nodes.hpp"
#include "tiling.hpp"

namespace figureground {

// The number nearest to a weight whose last bits name a point of a tile.
inline float named(float weight, std::uint32_t point) {
  // Nothing near zero, where a name would be a denormal number, which costs a hundred cycles.
  constexpr float least = 1e-20f;
  const auto bits = std::bit_cast<std::uint32_t>(std::abs(weight) < least ? least : weight);
  const std::uint32_t rounded = bits - point + kTilePoints / 2;
  return std::bit_cast<float>((rounded & ~std::uint32_t{kTilePoints - 1}) + point);
}

// The nodes of a tile by their number of sources, and where those of each start, see Sources.
struct SourceLists {
  std::vector<std::uint16_t> node, start;

  Sources of(const float* source) const { return {node.data(), start.data(), source}; }
};

// Lists the points that nodes get values from, in `source`, from the corners and the named weights
// of the points.
inline SourceLists list_sources(std::size_t points, std::size_t corners, std::size_t nodes,
                                const std::uint16_t* corner, const float* weight, float* source) {
  // Point by point: those that follow each other often share a node, whose count would be read
  // just after it was written.
  const auto over_entries = [&](auto visit) {
    for (std::size_t i = 0; i < points; ++i)
      for (std::size_t k = 0; k < corners; ++k) visit(batched(i, k, corners));
  };
  std::vector<std::uint16_t> next(nodes, 0);
  over_entries([&](std::size_t e) { ++next[corner[e]]; });

  // Where a loop is longer, a length that was not foreseen costs little.
  constexpr std::size_t longest = 63;
  std::array<std::uint16_t, longest + 2> first{};
  for (const std::size_t count : next) ++first[std::min(count, longest) + 1];
  std::partial_sum(first.begin(), first.end(), first.begin());
  SourceLists lists{std::vector<std::uint16_t>(nodes), std::vector<std::uint16_t>(nodes + 1)};
  for (std::size_t n = 0; n < nodes; ++n)
    lists.node[first[std::min<std::size_t>(next[n], longest)]++] = static_cast<std::uint16_t>(n);
  std::uint16_t end = 0;
  for (std::size_t i = 0; i < nodes; ++i) {
    std::uint16_t& count = next[lists.node[i]];
    lists.start[i] = end;
    end = static_cast<std::uint16_t>(end + count);
    count = lists.start[i];
  }
  lists.start[nodes] = end;
  over_entries([&](std::size_t e) { source[next[corner[e]]++] = weight[e]; });
  return lists;
}

class Interpolation {
 public:
  Interpolation(const Tiling& tiling, std::size_t corners)
      : tiling_(tiling),
        corners_(corners),
        corner_(tiling.positions() * corners),
        before_(tiling.positions() * corners),
        lists_(tiling.tiles()) {}

  // Where a tile's corners and weights lie, by batches of (corners, kBatch).
  std::uint16_t* corner(std::size_t t) { return &corner_[first_entry(t)]; }
  float* weight(std::size_t t) { return &before_.weight[first_entry(t)]; }

  float weight(std::size_t position, std::size_t corner) const {
    return before_.weight[batched(position, corner, corners_)];
  }

  // What all weights are to be multiplied by.
  void set_gain(float gain) { gain_ = gain; }

  // Once corners and weights are known: normalises by the row sums, by position, and lists the
  // points of each tile by its nodes.
  void complete(Normalization normalization, const std::vector<float>& mass, const TileNodes& nodes,
                Team& team) {
    if (normalization == Normalization::before || normalization == Normalization::after) {
      after_.emplace(before_.weight.size());
      std::copy(before_.weight.begin(), before_.weight.end(), after_->weight.begin());
      complete(*after_, normalization, &Factors::after, mass, nodes, team);
    }
    complete(before_, normalization, &Factors::before, mass, nodes, team);
  }

  const Tiling& tiling() const { return tiling_; }
  std::size_t corners() const { return corners_; }
  float splat_gain(bool transposed) const { return gain_ * side(transposed).mean; }
  float slice_gain(bool transposed) const { return splat_gain(!transposed); }
  float self_weight(std::size_t position) const {
    const Side& after = side(true);
    return before_.mean * before_.factor[position] * after.mean * after.factor[position];
  }

  // What the slice of a strip needs.
  Places places(const Strip& strip, bool transposed) const {
    const std::size_t tile = (strip.position - strip.first) * corners_;
    return {&corner_[tile], &side(!transposed).weight[tile], corners_, strip.first, strip.count};
  }
  // What the splat of a tile needs, once complete.
  Sources sources(std::size_t t, bool transposed) const {
    return lists_[t].of(&side(transposed).source[first_entry(t)]);
  }

 private:
  // Weights before the kernel or after it.
  struct Side {
    explicit Side(std::size_t entries) : weight(entries) {}

    Array<float> weight;        // when complete, times the factors and named
    Array<float> source{0};     // the same, by the nodes of each tile
    std::vector<float> factor;  // of the normalisation, by position, 1 in the mean
    float mean = 1;             // of the factors
  };

  const Side& side(bool after) const { return after && after_ ? *after_ : before_; }

  std::size_t first_entry(std::size_t t) const { return tiling_.tile(t).first * corners_; }

  // The mean of the factors becomes a gain, so that what is stored stays near 1.
  void complete(Side& side, Normalization normalization, float Factors::* which,
                const std::vector<float>& mass, const TileNodes& nodes, Team& team) {
    side.factor.resize(mass.size());
    side.source = Array<float>(side.weight.size());
    std::vector<double> sums(tiling_.tiles(), 0.0);
    team.for_each(tiling_.tiles(), [&](std::size_t t) {
      const Range at = tiling_.filled(t);
      for (std::size_t i = at.begin; i < at.end; ++i)
        sums[t] += side.factor[i] = factors(normalization, mass[i]).*which;
    });
    const double sum = std::accumulate(sums.begin(), sums.end(), 0.0);
    side.mean = static_cast<float>(sum / static_cast<double>(tiling_.positions()));
    team.for_each(tiling_.tiles(), [&](std::size_t t) {
      scale(t, side);
      lists_[t] = list_sources(tiling_.tile(t).count, corners_, nodes.count(t), corner(t),
                               &side.weight[first_entry(t)], &side.source[first_entry(t)]);
    });
  }

  void scale(std::size_t t, Side& side) const {
    const Range at = tiling_.filled(t);
    float* weight = &side.weight[first_entry(t)];
    const float inverse = 1 / side.mean;
    for (std::size_t i = at.begin; i < at.end; ++i) side.factor[i] *= inverse;
    for (std::size_t first = at.begin; first < at.end; first += kBatch)
      for (std::size_t k = 0; k < corners_; ++k, weight += kBatch)
        for (std::size_t i = 0; i < kBatch; ++i)
          weight[i] = named(weight[i] * side.factor[first + i],
                            static_cast<std::uint32_t>(first - at.begin + i));
  }

  const Tiling& tiling_;
  std::size_t corners_;
  Array<std::uint16_t> corner_;
  Side before_;
  std::optional<Side> after_;  // if it differs
  float gain_ = 1.0f;
  std::vector<SourceLists> lists_;  // by tile
};

}  // namespace figureground
