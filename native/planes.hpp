// Values of the points of a grid: as planes, (channels, points), and as rows of a strip's points.
#pragma once

#include <cstddef>

#include "tiling.hpp"

namespace figureground {

template <typename Real>
struct Planes {
  Real* values;
  std::size_t channels;
  const Tiling& tiling;

  // Calls visit(c, values) for the pieces that a strip has of every plane. They are too short for
  // the processor to see what comes next, so those of the strip below are asked for.
  template <typename Visit>
  void over_pieces(const Strip& strip, Visit visit) const {
    Real* piece = values + strip.point;
    for (std::size_t c = 0; c < channels; ++c, piece += tiling.points()) {
      for (std::size_t i = 0; i < strip.count; i += 64 / sizeof(Real))
        __builtin_prefetch(piece + tiling.line() + i);
      visit(c, piece);
    }
  }
};

// To rows, `stride` values apart.
template <typename Real>
void pack_rows(const Planes<const Real>& planes, const Strip& strip, Real* rows,
               std::size_t stride) {
  planes.over_pieces(strip, [&](std::size_t c, const Real* piece) {
    for (std::size_t i = 0; i < strip.count; ++i) rows[i * stride + c] = piece[i];
  });
}

// And back.
template <typename Real>
void unpack_rows(const Real* rows, std::size_t stride, const Strip& strip,
                 const Planes<Real>& planes) {
  planes.over_pieces(strip, [&](std::size_t c, Real* piece) {
    for (std::size_t i = 0; i < strip.count; ++i) piece[i] = rows[i * stride + c];
  });
}

}  // namespace figureground
