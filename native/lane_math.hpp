// Vectors of lanes for the files that are built once for each instruction set: the macros
// FIGUREGROUND_SET (a namespace) and, for float64, FIGUREGROUND_PRECISE, or for rows stored in 32
// bits, FIGUREGROUND_SINGLE, come from the build. Only plain loops and vector types here: a library
// template instantiated with these flags could replace the baseline's copy.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__F16C__)
#include <immintrin.h>
#endif

namespace figureground::FIGUREGROUND_SET {
namespace {

#if defined(FIGUREGROUND_PRECISE)
using Real = double;
using Whole = std::int64_t;
#else
using Real = float;
using Whole = std::int32_t;
#endif

#if defined(__F16C__) && !defined(FIGUREGROUND_SINGLE)
#define FIGUREGROUND_HALVES
using Stored = std::uint16_t;
#else
using Stored = Real;
#endif

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX__) || defined(FIGUREGROUND_PRECISE)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif

typedef Real Value
    __attribute__((vector_size(kLanes * sizeof(Real)), aligned(sizeof(Real)), may_alias));
typedef Whole Bits
    __attribute__((vector_size(kLanes * sizeof(Whole)), aligned(sizeof(Whole)), may_alias));

inline Value read(const Real* from) { return *reinterpret_cast<const Value*>(from); }

inline void write(Real* to, Value value) { *reinterpret_cast<Value*>(to) = value; }

#if defined(FIGUREGROUND_HALVES) && defined(__AVX512F__)
inline Value read(const Stored* from) {
  return (Value)_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
}

inline void write(Stored* to, Value value) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to),
                      _mm512_cvtps_ph((__m512)value, _MM_FROUND_TO_NEAREST_INT));
}
#elif defined(FIGUREGROUND_HALVES)
inline Value read(const Stored* from) {
  return (Value)_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}

inline void write(Stored* to, Value value) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to),
                   _mm256_cvtps_ph((__m256)value, _MM_FROUND_TO_NEAREST_INT));
}
#endif

#if defined(__AVX512F__)
inline Value larger(Value a, Value b) { return (Value)_mm512_max_ps((__m512)a, (__m512)b); }
inline Value smaller(Value a, Value b) { return (Value)_mm512_min_ps((__m512)a, (__m512)b); }
#elif defined(__AVX__)
inline Value larger(Value a, Value b) { return (Value)_mm256_max_ps((__m256)a, (__m256)b); }
inline Value smaller(Value a, Value b) { return (Value)_mm256_min_ps((__m256)a, (__m256)b); }
#else
inline Value larger(Value a, Value b) { return a > b ? a : b; }
inline Value smaller(Value a, Value b) { return a < b ? a : b; }
#endif

// e^x is clamped to e^±50.
constexpr Real kReach = 50;

// e^x for x clamped to ±50: 2^n times a polynomial on [-1/2, 1/2], within 3e-7 of the value.
inline Value exponential(Value x) {
  x = larger(smaller(x, Value{} + kReach), Value{} - kReach);
#if defined(FIGUREGROUND_PRECISE)
  for (int i = 0; i < kLanes; ++i) x[i] = __builtin_exp(x[i]);
  return x;
#else
  constexpr float round = 12582912.0f;  // 1.5 * 2^23: adding it rounds to whole numbers
  const Value t = x * 1.44269504f;
  const Value shifted = t + round;
  const Value f = t - (shifted - round);
  Value y = 0.0013333558f * f + 0.0096181291f;
  y = y * f + 0.0555041087f;
  y = y * f + 0.2402265070f;
  y = y * f + 0.6931471806f;
  y = y * f + 1.0f;
  return (Value)(((Bits)shifted << 23) + (Bits)y);
#endif
}

// Adds where the mask is all ones, not where it is zero.
inline void add_where(Bits mask, Value& sum, Value x) {
#if defined(__AVX512F__)
  sum = mask ? sum + x : sum;
#else
  sum += (Value)((Bits)x & mask);
#endif
}

inline Real total(Value x) {
#if defined(__AVX512F__)
  return _mm512_reduce_add_ps((__m512)x);
#elif defined(__AVX__)
  __m128 half = _mm_add_ps(_mm256_castps256_ps128((__m256)x), _mm256_extractf128_ps((__m256)x, 1));
  half = _mm_add_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
#else
  Real sum = 0;
  for (int i = 0; i < kLanes; ++i) sum += x[i];
  return sum;
#endif
}

inline Real largest(Value x) {
#if defined(__AVX512F__)
  return _mm512_reduce_max_ps((__m512)x);
#else
  Real most = x[0];
  for (int i = 1; i < kLanes; ++i) most = x[i] > most ? x[i] : most;
  return most;
#endif
}

}  // namespace
}  // namespace figureground::FIGUREGROUND_SET
