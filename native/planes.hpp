// Values of the points of a grid: as planes, (channels, points), and as rows of a strip's points.
#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>

#include "tiling.hpp"

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace figureground {

inline constexpr std::size_t kSide = 4;  // values that are transposed together, in registers

// to[j, i] = from[i, j]. The strides are of the first axes.
template <typename Real>
void transpose(const Real* from, std::size_t from_stride, std::size_t lines, std::size_t length,
               Real* to, std::size_t to_stride) {
  std::size_t whole_lines = 0, whole_length = 0;
#if defined(__SSE__)
  if constexpr (std::is_same_v<Real, float>) {
    whole_lines = lines / kSide * kSide;
    whole_length = length / kSide * kSide;
    for (std::size_t i = 0; i < whole_lines; i += kSide)
      for (std::size_t j = 0; j < whole_length; j += kSide) {
        __m128 four[kSide];
        for (std::size_t k = 0; k < kSide; ++k)
          four[k] = _mm_loadu_ps(from + (i + k) * from_stride + j);
        _MM_TRANSPOSE4_PS(four[0], four[1], four[2], four[3]);
        for (std::size_t k = 0; k < kSide; ++k)
          _mm_storeu_ps(to + (j + k) * to_stride + i, four[k]);
      }
  }
#endif
  for (std::size_t i = 0; i < lines; ++i)
    for (std::size_t j = i < whole_lines ? whole_length : 0; j < length; ++j)
      to[j * to_stride + i] = from[i * from_stride + j];
}

template <typename Real>
struct Planes {
  Real* values;
  std::size_t channels;
  const Tiling& tiling;

  // Calls visit(c, values, n) for the pieces that a strip has of the planes c to c + n. They are
  // too short for the processor to see what comes next, so those of the strip below are asked for.
  template <typename Visit>
  void over_pieces(const Strip& strip, Visit visit) const {
    for (std::size_t c = 0; c < channels; c += kSide) {
      const std::size_t n = std::min(kSide, channels - c);
      Real* pieces = values + c * tiling.points() + strip.point;
      for (std::size_t k = 0; k < n; ++k)
        for (std::size_t i = 0; i < strip.count; i += 64 / sizeof(Real))
          __builtin_prefetch(pieces + k * tiling.points() + tiling.line() + i);
      visit(c, pieces, n);
    }
  }
};

// To rows, `stride` values apart.
template <typename Real>
void pack_rows(const Planes<const Real>& planes, const Strip& strip, Real* rows,
               std::size_t stride) {
  planes.over_pieces(strip, [&](std::size_t c, const Real* pieces, std::size_t n) {
    transpose(pieces, planes.tiling.points(), n, strip.count, rows + c, stride);
  });
}

// And back.
template <typename Real>
void unpack_rows(const Real* rows, std::size_t stride, const Strip& strip,
                 const Planes<Real>& planes) {
  planes.over_pieces(strip, [&](std::size_t c, Real* pieces, std::size_t n) {
    transpose(rows + c, stride, strip.count, n, pieces, planes.tiling.points());
  });
}

}  // namespace figureground
