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

// to(j)[i] = from(i)[j]: both give the first value of a line.
template <typename Real, typename From, typename To>
void transpose(From from, std::size_t lines, std::size_t length, To to) {
  std::size_t whole_lines = 0, whole_length = 0;
#if defined(__SSE__)
  if constexpr (std::is_same_v<Real, float>) {
    whole_lines = lines / kSide * kSide;
    whole_length = length / kSide * kSide;
    for (std::size_t i = 0; i < whole_lines; i += kSide)
      for (std::size_t j = 0; j < whole_length; j += kSide) {
        __m128 four[kSide];
        for (std::size_t k = 0; k < kSide; ++k) four[k] = _mm_loadu_ps(from(i + k) + j);
        _MM_TRANSPOSE4_PS(four[0], four[1], four[2], four[3]);
        for (std::size_t k = 0; k < kSide; ++k) _mm_storeu_ps(to(j + k) + i, four[k]);
      }
  }
#endif
  for (std::size_t i = 0; i < lines; ++i)
    for (std::size_t j = i < whole_lines ? whole_length : 0; j < length; ++j) to(j)[i] = from(i)[j];
}

// Lines of values, `stride` apart.
template <typename Real>
auto lines(Real* values, std::size_t stride) {
  return [=](std::size_t i) { return values + i * stride; };
}

template <typename Real>
struct Planes {
  Real* values;
  std::size_t channels;
  const Tiling& tiling;
  const std::size_t* number = nullptr;  // which plane a channel is, if not the one of its number

  // Calls visit(c, n, pieces) for the pieces that a strip has of the channels c to c + n. They are
  // too short for the processor to see what comes next, so those of the strip below are asked for.
  template <typename Visit>
  void over_pieces(const Strip& strip, Visit visit) const {
    Real* piece[kSide];
    for (std::size_t c = 0; c < channels; c += kSide) {
      const std::size_t n = std::min(kSide, channels - c);
      for (std::size_t k = 0; k < n; ++k) {
        const std::size_t plane = number == nullptr ? c + k : number[c + k];
        piece[k] = values + plane * tiling.points() + strip.point;
        for (std::size_t i = 0; i < strip.count; i += 64 / sizeof(Real))
          __builtin_prefetch(piece[k] + tiling.line() + i);
      }
      visit(c, n, [&](std::size_t k) { return piece[k]; });
    }
  }
};

// To rows, `stride` values apart.
template <typename Real>
void pack_rows(const Planes<const Real>& planes, const Strip& strip, Real* rows,
               std::size_t stride) {
  planes.over_pieces(strip, [&](std::size_t c, std::size_t n, auto pieces) {
    transpose<Real>(pieces, n, strip.count, lines(rows + c, stride));
  });
}

// And back.
template <typename Real>
void unpack_rows(const Real* rows, std::size_t stride, const Strip& strip,
                 const Planes<Real>& planes) {
  planes.over_pieces(strip, [&](std::size_t c, std::size_t n, auto pieces) {
    transpose<Real>(lines(rows + c, stride), strip.count, n, pieces);
  });
}

}  // namespace figureground
