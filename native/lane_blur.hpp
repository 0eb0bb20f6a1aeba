// The blur of a lattice's rows, for the files that are built once for each instruction set.
#pragma once

#include "lane_rows.hpp"
#include "row_kernels.hpp"

namespace figureground::FIGUREGROUND_SET {
namespace {

// The entries of some rows in 32 bits, and kAhead more.
void decode(const StepRows& matrix, std::uint32_t* full) {
  static_assert(StepRows::kReach == 1 << 11 && StepRows::kTaps == 1 << 3);
  const std::size_t count = matrix.entries + StepRows::kAhead;
#if defined(__AVX512F__)
  const __m512i low = _mm512_loadu_si512(matrix.code);
  const __m512i high = _mm512_loadu_si512(matrix.code + 16);
  for (std::size_t i = 0; i < count; i += 16) {
    const __m512i entry = _mm512_cvtepu16_epi32(
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(matrix.entry + i)));
    const __m512i code = _mm512_permutex2var_epi32(low, _mm512_srli_epi32(entry, 11), high);
    _mm512_storeu_si512(full + i, _mm512_add_epi32(code, _mm512_slli_epi32(entry, 3)));
  }
#elif defined(__AVX2__)
  __m256 part[4];
  for (int k = 0; k < 4; ++k)
    part[k] = _mm256_loadu_ps(reinterpret_cast<const float*>(matrix.code + 8 * k));
  for (std::size_t i = 0; i < count; i += 8) {
    const __m256i entry =
        _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(matrix.entry + i)));
    // The last three bits of the step find a code in each part, the first two choose among them.
    const __m256i step = _mm256_srli_epi32(entry, 11);
    const __m256 first = _mm256_castsi256_ps(_mm256_slli_epi32(entry, 16));
    const __m256 second = _mm256_castsi256_ps(_mm256_slli_epi32(entry, 17));
    __m256 code[4];
    for (int k = 0; k < 4; ++k) code[k] = _mm256_permutevar8x32_ps(part[k], step);
    const __m256 chosen = _mm256_blendv_ps(_mm256_blendv_ps(code[0], code[1], second),
                                           _mm256_blendv_ps(code[2], code[3], second), first);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(full + i),
                        _mm256_add_epi32(_mm256_castps_si256(chosen), _mm256_slli_epi32(entry, 3)));
  }
#else
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t entry = matrix.entry[i];
    full[i] = matrix.code[entry / StepRows::kReach] + entry * std::uint32_t{StepRows::kTaps};
  }
#endif
}

struct Blur {
  const StepRows& matrix;
  const std::uint32_t* entries;  // decoded
  const Stored* x;
  Stored* y;

  template <typename Row, typename Stride>
  void run(Stride stride, std::size_t offset) const {
    constexpr std::uint32_t tap = StepRows::kTaps - 1;
    // Index times stride in few instructions; a prefetch need not be exact.
    const auto place = [&](std::uint32_t entry) {
      return entry * std::size_t{stride} / StepRows::kTaps;
    };
    const std::uint32_t* entry = entries;
    for (std::size_t n = 0; n <= StepRows::kMost; ++n)
      for (std::size_t i = matrix.of[n]; i < matrix.of[n + 1]; ++i) {
        const std::size_t r = (matrix.first + matrix.row[i]) * stride + offset;
        Row sum, other;
        sum.set(x + r);
        const auto add = [&](Row& to) {
          __builtin_prefetch(x + place(entry[StepRows::kAhead]) + offset);
          to.add(static_cast<Real>(matrix.taps[*entry & tap]), x + place(*entry & ~tap) + offset);
          ++entry;
        };
        for (std::size_t k = 0; k < n / 2; ++k) {
          add(other);
          add(sum);
        }
        if (n % 2 != 0) add(other);
        sum.add(other);
        sum.put(y + r);
      }
  }
};

void blur(const StepRows& matrix, const void* x, void* y, std::size_t stride) {
  std::uint32_t entries[StepRows::kMostRows * StepRows::kMost + StepRows::kSpare];
  decode(matrix, entries);
  over_row(stride, Blur{matrix, entries, static_cast<const Stored*>(x), static_cast<Stored*>(y)});
}

}  // namespace
}  // namespace figureground::FIGUREGROUND_SET
