// Which instruction set the CRF's inner loops use, chosen once, when first asked for.
#pragma once

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

#include "row_kernels.hpp"

namespace figureground {

// The builds of row_kernels.cpp, locate.cpp and weigh.cpp. `precise` computes in float64,
// `avx2_single` stores rows in 32 bits.
namespace baseline {
const RowKernels& row_kernels();
void locate(const LatticeFrame&, const float*, std::uint64_t*, float*);
void weigh(const LatticeFrame&, const float*, const float*, float*);
}  // namespace baseline
namespace precise {
const RowKernels& row_kernels();
}
#if defined(FIGUREGROUND_X86)
namespace avx2 {
const RowKernels& row_kernels();
void locate(const LatticeFrame&, const float*, std::uint64_t*, float*);
void weigh(const LatticeFrame&, const float*, const float*, float*);
}  // namespace avx2
namespace avx2_single {
const RowKernels& row_kernels();
}
namespace avx512 {
const RowKernels& row_kernels();
void locate(const LatticeFrame&, const float*, std::uint64_t*, float*);
void weigh(const LatticeFrame&, const float*, const float*, float*);
}  // namespace avx512
#endif

struct Simd {
  // `narrow` serves rows of so few classes that half of the others' lanes would be empty, `single`
  // sums that 16 bits may not hold.
  const RowKernels &narrow, &wide, &single;
  Locate locate;
  Weigh weigh;
};

inline Simd choose_simd(std::string_view wanted) {
  const bool any = wanted.empty();
#if defined(FIGUREGROUND_X86)
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                        __builtin_cpu_supports("f16c");
  const bool has_avx512 = has_avx2 && __builtin_cpu_supports("avx512f") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if ((any || wanted == "avx512") && has_avx512)
    return {avx2::row_kernels(), avx512::row_kernels(), avx2_single::row_kernels(), avx512::locate,
            avx512::weigh};
  if ((any || wanted == "avx2") && has_avx2)
    return {avx2::row_kernels(), avx2::row_kernels(), avx2_single::row_kernels(), avx2::locate,
            avx2::weigh};
#endif
  if (any || wanted == "baseline")
    return {baseline::row_kernels(), baseline::row_kernels(), baseline::row_kernels(),
            baseline::locate, baseline::weigh};
  throw std::invalid_argument("FIGUREGROUND_SIMD: this machine or build has no '" +
                              std::string(wanted) + "'; use baseline, avx2, avx512 or unset it");
}

// The best for this machine, or what the environment variable FIGUREGROUND_SIMD names.
inline const Simd& simd() {
  static const Simd chosen = [] {
    const char* wanted = std::getenv("FIGUREGROUND_SIMD");
    return choose_simd(wanted == nullptr ? "" : wanted);
  }();
  return chosen;
}

inline const RowKernels& row_kernels(std::size_t classes) {
  return classes <= 8 ? simd().narrow : simd().wide;
}

}  // namespace figureground
