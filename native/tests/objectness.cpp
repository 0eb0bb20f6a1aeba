// Native tests of the objectness: sums over superpixels and segments against plain loops.
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "region_sums.hpp"
#include "require.hpp"
#include "segment_sums.hpp"

using namespace figureground;

namespace {

bool near(double a, double b) { return std::abs(a - b) <= 1e-3 * (1 + std::abs(b)); }

/// A chain of `nodes` with edges between neighbours, random sets and so many random values a node.
void segments_are_summed(int nodes, int columns, int count, int threads) {
  std::mt19937 random(nodes * 100 + count);
  std::uniform_real_distribution<float> uniform;
  std::vector<std::array<std::int32_t, 2>> edges;
  for (int n = 0; n + 1 < nodes; ++n) edges.push_back({n, n + 1});
  const auto drawn = [&](std::size_t size) {
    std::vector<float> values(size);
    for (float& value : values) value = uniform(random);
    return values;
  };
  const auto lengths = drawn(edges.size()), values = drawn(columns * nodes),
             on = drawn(edges.size());
  std::vector<char> sets(static_cast<std::size_t>(nodes) * count);
  for (char& inside : sets) inside = uniform(random) < 0.3F;
  const bool* flags = reinterpret_cast<const bool*>(sets.data());
  std::vector<float> members(columns * count), contour(count), ring(columns * count);
  Team team(threads);
  const SumInputs in{nodes,          edges,
                     lengths.data(), {values.data(), columns},
                     {on.data(), 1}, {values.data(), columns}};
  sum_segments(in, flags, count, {members.data(), contour.data(), ring.data()}, team);
  const auto shares = drawn(count);
  std::vector<float> spread(nodes);
  spread_segments(flags, nodes, count, {shares.data(), 1}, spread.data());
  for (int n = 0; n < nodes; ++n) {
    double held = 0;
    for (int k = 0; k < count; ++k)
      held += flags[static_cast<std::ptrdiff_t>(k) * nodes + n] ? shares[k] : 0;
    require(near(spread[n], held), "spread");
  }
  for (int k = 0; k < count; ++k) {
    const bool* set = flags + static_cast<std::ptrdiff_t>(k) * nodes;
    double crossed = 0;
    for (std::size_t e = 0; e < edges.size(); ++e)
      crossed += set[edges[e][0]] != set[edges[e][1]] ? on[e] : 0;
    require(near(contour[k], crossed), "contour");
    for (int c = 0; c < columns; ++c) {
      double inside = 0, outside = 0;
      for (int n = 0; n < nodes; ++n) inside += set[n] ? values[columns * n + c] : 0;
      for (std::size_t e = 0; e < edges.size(); ++e) {
        const auto [a, b] = edges[e];
        if (set[a] != set[b]) outside += lengths[e] * values[columns * (set[a] ? b : a) + c];
      }
      require(near(members[columns * k + c], inside), "members");
      require(near(ring[columns * k + c], outside), "ring");
    }
  }
}

void regions_are_summed() {
  const int height = 3, width = 4;
  const std::vector<std::int32_t> labels{0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1};
  std::vector<std::uint8_t> image(3 * labels.size(), 200);
  std::vector<double> sums(2 * kRegionSums);
  std::vector<std::int32_t> colours(2 * kColours);
  sum_regions({labels.data(), height, width}, image.data(), sums.data(), colours.data());
  require(sums[0] == 6 && sums[kRegionSums] == 6, "pixels");
  require(sums[1] + sums[kRegionSums + 1] == 2 * (height + width), "border");
  require(near(sums[2] / 6, 1) && near(sums[kRegionSums + 2] / 6, 3), "centres");
  require(colours[63] == 6 && colours[kColours + 63] == 6, "colours");
}

void foreground_is_summed() {
  const std::vector<std::int32_t> labels{0, 1, 1};
  const std::vector<float> foreground{0.0F, 0.75F, 1.0F}, odds{-9.0F, 1.0F, 9.0F};
  std::vector<double> sums(2 * kForegroundSums);
  sum_foreground({labels.data(), 1, 3}, foreground.data(), odds.data(), sums.data());
  require(near(sums[4], 1.75) && sums[6] == 2, "probabilities");
  require(near(sums[1], -9) && near(sums[5], 10) && near(sums[7], 82), "log odds");
}

}  // namespace

int main() {
  for (int nodes : {1, 2, 7, 8, 9, 100}) {
    for (int threads : {1, 3}) segments_are_summed(nodes, 2, 130, threads);
  }
  for (int columns : {1, 3, 8, 15, 16, 17, 39}) segments_are_summed(20, columns, 9, 1);
  segments_are_summed(5, 2, 0, 2);
  regions_are_summed();
  foreground_is_summed();
}
