// The passes over a grid's nodes and the sums of its lines, for the files that are built once for
// each instruction set.
#pragma once

#include "lane_rows.hpp"
#include "row_kernels.hpp"

namespace figureground::FIGUREGROUND_SET {
namespace {

struct Axis {
  const AxisPass& pass;
  const Real* x;
  Real* y;

  template <typename Row, typename Line>
  void run(Line line, std::size_t offset) const {
    const std::size_t width = 2 * pass.reach + 3;
    for (std::size_t o = 0; o < pass.outer; ++o) {
      const Real* from = x + o * pass.in.size() * line + offset;
      Real* to = y + o * pass.out.size() * line + offset;
      // Two by two, since they share most of what they read.
      for (std::size_t k = pass.out.begin; k < pass.out.end; k += 2, to += 2 * line) {
        const std::size_t first = k < pass.in.begin + pass.reach ? pass.in.begin : k - pass.reach;
        const std::size_t reached = k + pass.reach + 2;
        const std::size_t end = reached < pass.in.end ? reached : pass.in.end;
        const Real* at = from + (first - pass.in.begin) * line;
        const float* weight = pass.weight + k * width + pass.reach + 1 + first - k;
        Row sum, next;
        for (std::size_t n = first; n < end; ++n, at += line, ++weight) {
          Row row;
          row.set(at);
          sum.add(static_cast<Real>(weight[0]), row);
          next.add(static_cast<Real>(weight[width - 1]), row);
        }
        sum.put(to);
        if (k + 1 < pass.out.end) next.put(to + line);
      }
    }
  }
};

// What follows along the inner axes is like one long row.
void axis(const AxisPass& pass, const void* x, void* y, std::size_t stride) {
  over_row(pass.inner * stride, Axis{pass, static_cast<const Real*>(x), static_cast<Real*>(y)});
}

// Adds `Count` lines from the k-th on to what those before them made.
template <std::size_t Count, typename Source>
void merge_some(const Lines& lines, std::size_t k, const Source* rows, Real* line,
                std::size_t stride) {
  const Source* from[Count];
  Real weight[Count];
  for (std::size_t i = 0; i < Count; ++i) {
    from[i] = rows + (lines.line[k + i] * lines.length + lines.first) * stride;
    weight[i] = static_cast<Real>(lines.weight[k + i]);
  }
  Real* to = line + lines.first * stride;
  over_packs(lines.size * stride, [&](auto pack, std::size_t at) {
    Value sum{};
    if (k > 0) sum = pack.read(to + at);
    for (std::size_t i = 0; i < Count; ++i) sum += weight[i] * pack.read(from[i] + at);
    pack.write(to + at, sum);
  });
}

template <typename Source>
void merge(const Lines& lines, const Source* rows, Real* line, std::size_t stride) {
  std::size_t k = 0;
  for (; k + 4 <= lines.count; k += 4) merge_some<4>(lines, k, rows, line, stride);
  switch (lines.count - k) {
    case 3:
      return merge_some<3>(lines, k, rows, line, stride);
    case 2:
      return merge_some<2>(lines, k, rows, line, stride);
    case 1:
      return merge_some<1>(lines, k, rows, line, stride);
  }
}

void merge_nodes(const Lines& lines, const void* nodes, void* line, std::size_t stride) {
  merge(lines, static_cast<const Real*>(nodes), static_cast<Real*>(line), stride);
}

void merge_points(const Lines& lines, const void* points, void* line, std::size_t stride) {
  merge(lines, static_cast<const Stored*>(points), static_cast<Real*>(line), stride);
}

}  // namespace
}  // namespace figureground::FIGUREGROUND_SET
