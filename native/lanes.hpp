#pragma once

#include <array>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace figureground {

/// How many distances are computed side by side.
inline constexpr int kLanes = 16;

struct alignas(64) Lanes : std::array<float, kLanes> {};

/// least = min(least, other + step), lane by lane.
inline void lower(Lanes& least, const Lanes& other, float step) {
#if defined(__SSE2__)
  const __m128 steps = _mm_set1_ps(step);
  for (int i = 0; i < kLanes; i += 4) {
    const __m128 candidate = _mm_add_ps(_mm_load_ps(other.data() + i), steps);
    _mm_store_ps(least.data() + i, _mm_min_ps(candidate, _mm_load_ps(least.data() + i)));
  }
#else
  for (int i = 0; i < kLanes; ++i) {
    const float candidate = other[i] + step;
    least[i] = candidate < least[i] ? candidate : least[i];
  }
#endif
}

/// Whether any lane of a is below that of b.
inline bool any_below(const Lanes& a, const Lanes& b) {
#if defined(__SSE2__)
  int below = 0;
  for (int i = 0; i < kLanes; i += 4) {
    below |= _mm_movemask_ps(_mm_cmplt_ps(_mm_load_ps(a.data() + i), _mm_load_ps(b.data() + i)));
  }
  return below != 0;
#else
  bool below = false;
  for (int i = 0; i < kLanes; ++i) below |= a[i] < b[i];
  return below;
#endif
}

}  // namespace figureground
