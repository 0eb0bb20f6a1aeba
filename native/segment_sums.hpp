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

/// A row that counts with a weight.
struct Term {
  std::int32_t row;
  float weight;
};

/// Writes the weighed sum of rows. As many columns as fit stay in registers while the terms pass;
/// the last block of them may overlap the one before.
template <int kWidth = 16>
void add_terms(const Rows& rows, std::span<const Term> terms, float* sums) {
  if constexpr (kWidth > 1) {
    if (rows.columns < kWidth) return add_terms<kWidth / 2>(rows, terms, sums);
  }
  const int last = rows.columns - kWidth;
  for (int k = 0; k <= last; k = k < last ? std::min(k + kWidth, last) : last + 1) {
    std::array<float, kWidth> block{};
    for (const auto& [row, weight] : terms) {
      const float* values = rows.row(row) + k;
      for (int j = 0; j < kWidth; ++j) block[j] += weight * values[j];
    }
    std::copy(block.begin(), block.end(), sums + k);
  }
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

/// What a set sums; its memory serves one set after another. Whether a node is a member is hard to
/// predict, so every candidate is written down, and counts only if it is one.
class SetTerms {
 public:
  explicit SetTerms(const SumInputs& in)
      : leaving_(in.edges.size() + 1),
        members_(in.nodes),
        contour_(in.edges.size()),
        ring_(in.edges.size()) {}

  void gather(const SumInputs& in, const Neighbours& neighbours, const bool* set) {
    inside_ = crossed_ = 0;
    for (int n = 0; n < in.nodes; ++n) {
      members_[inside_] = {n, 1};
      inside_ += set[n];
    }
    for (const auto& [n, _] : members()) {
      for (int i = neighbours.offset[n]; i < neighbours.offset[n + 1]; ++i) {
        leaving_[crossed_] = neighbours.ends[i];
        crossed_ += !set[neighbours.ends[i].node];
      }
    }
    for (std::size_t i = 0; i < crossed_; ++i) {
      const auto [edge, outside] = leaving_[i];
      contour_[i] = {edge, 1};
      ring_[i] = {outside, in.lengths[edge]};
    }
  }

  std::span<const Term> members() const { return {members_.data(), inside_}; }
  std::span<const Term> contour() const { return {contour_.data(), crossed_}; }
  std::span<const Term> ring() const { return {ring_.data(), crossed_}; }

 private:
  std::vector<Neighbours::End> leaving_;
  std::vector<Term> members_, contour_, ring_;
  std::size_t inside_ = 0, crossed_ = 0;
};

/// Sums for `count` sets of nodes, each a row of `in.nodes` truth values.
inline void sum_segments(const SumInputs& in, const bool* sets, int count, const SumOutputs& out,
                         Team& team) {
  const Neighbours neighbours(in);
  run_blocks(team, count, 64, [&](int first, int last) {
    SetTerms terms(in);
    for (std::ptrdiff_t i = first; i < last; ++i) {
      terms.gather(in, neighbours, sets + i * in.nodes);
      add_terms(in.members, terms.members(), out.members + i * in.members.columns);
      add_terms(in.contour, terms.contour(), out.contour + i * in.contour.columns);
      add_terms(in.ring, terms.ring(), out.ring + i * in.ring.columns);
    }
  });
}

/// The other way round: adds each set's row of values to all its members' rows of sums.
inline void spread_segments(const bool* sets, int nodes, int count, const Rows& values,
                            float* sums) {
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    const bool* set = sets + i * nodes;
    const float* added = values.row(static_cast<int>(i));
    for (int n = next_member(set, 0, nodes); n < nodes; n = next_member(set, n + 1, nodes)) {
      float* sum = sums + static_cast<std::ptrdiff_t>(n) * values.columns;
      for (int k = 0; k < values.columns; ++k) sum[k] += added[k];
    }
  }
}

}  // namespace figureground
