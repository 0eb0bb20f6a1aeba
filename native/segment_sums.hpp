// Sums over the inside, the contour and the surroundings of many sets of superpixels.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "tasks.hpp"

namespace figureground {

/// A table of floats, row by row.
struct Rows {
  const float* data;
  int columns;

  const float* row(int i) const { return data + static_cast<std::ptrdiff_t>(i) * columns; }
};

/// What is summed: over a set's members, over the edges that leave it, and over the outer ends of
/// those edges, each end weighed by its edge's length.
struct SumInputs {
  int nodes;
  std::span<const std::array<std::int32_t, 2>> edges;
  const float* lengths;  // of the edges
  Rows members;
  Rows contour;  // of the edges
  Rows ring;
};

/// Where the sums go: a row a set.
struct SumOutputs {
  float* members;
  float* contour;
  float* ring;
};

inline void add_row(const Rows& rows, int i, float weight, float* sum) {
  const float* row = rows.row(i);
  for (int k = 0; k < rows.columns; ++k) sum[k] += weight * row[k];
}

/// The neighbours of each node, those of one node together.
struct Neighbours {
  struct End {
    std::int32_t edge;
    std::int32_t node;
  };
  std::vector<int> offset;
  std::vector<End> ends;

  explicit Neighbours(const SumInputs& in) : offset(in.nodes + 1, 0), ends(2 * in.edges.size()) {
    for (const auto& [a, b] : in.edges) ++offset[a + 1], ++offset[b + 1];
    for (int n = 0; n < in.nodes; ++n) offset[n + 1] += offset[n];
    std::vector<int> next(offset.begin(), offset.end() - 1);
    for (std::size_t e = 0; e < in.edges.size(); ++e) {
      const auto [a, b] = in.edges[e];
      ends[next[a]++] = {static_cast<std::int32_t>(e), b};
      ends[next[b]++] = {static_cast<std::int32_t>(e), a};
    }
  }
};

/// The first member of a set at `n` or after, or `nodes`; eight are passed at a time.
inline int next_member(const bool* set, int n, int nodes) {
  for (std::uint64_t eight = 0; n + 8 <= nodes; n += 8) {
    std::memcpy(&eight, set + n, 8);
    if (eight != 0) break;
  }
  while (n < nodes && !set[n]) ++n;
  return n;
}

inline void sum_segment(const SumInputs& in, const Neighbours& neighbours, const bool* set,
                        float* members, float* contour, float* ring) {
  const auto after = [&](int n) { return next_member(set, n, in.nodes); };
  for (int n = after(0); n < in.nodes; n = after(n + 1)) {
    add_row(in.members, n, 1, members);
    for (int i = neighbours.offset[n]; i < neighbours.offset[n + 1]; ++i) {
      const auto [edge, outside] = neighbours.ends[i];
      if (set[outside]) continue;
      add_row(in.contour, edge, 1, contour);
      add_row(in.ring, outside, in.lengths[edge], ring);
    }
  }
}

/// Sums for `count` sets of nodes, each a row of `in.nodes` truth values. The outputs start at 0.
inline void sum_segments(const SumInputs& in, const bool* sets, int count, const SumOutputs& out,
                         Team& team) {
  const Neighbours neighbours(in);
  run_blocks(team, count, 64, [&](int first, int last) {
    for (std::ptrdiff_t i = first; i < last; ++i) {
      sum_segment(in, neighbours, sets + i * in.nodes, out.members + i * in.members.columns,
                  out.contour + i * in.contour.columns, out.ring + i * in.ring.columns);
    }
  });
}

/// The other way round: adds each set's row of values to all its members' rows of sums.
inline void spread_segments(const bool* sets, int nodes, int count, const Rows& values,
                            float* sums) {
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    const bool* set = sets + i * nodes;
    for (int n = next_member(set, 0, nodes); n < nodes; n = next_member(set, n + 1, nodes))
      add_row(values, static_cast<int>(i), 1,
              sums + static_cast<std::ptrdiff_t>(n) * values.columns);
  }
}

}  // namespace figureground
