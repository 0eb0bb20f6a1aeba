// Which instruction set the CRF's inner loops use, chosen once, when first asked for.
#pragma once

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

#include "row_kernels.hpp"

namespace figureground {

// The tables of the builds of row_kernels.cpp. `precise` computes in float64.
namespace baseline {
const RowKernels& row_kernels();
}
namespace precise {
const RowKernels& row_kernels();
}
#if defined(FIGUREGROUND_X86)
namespace avx2 {
const RowKernels& row_kernels();
}
#endif

inline const RowKernels& choose_row_kernels(std::string_view wanted) {
#if defined(FIGUREGROUND_X86)
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                        __builtin_cpu_supports("f16c");
  if (wanted == "avx2" && has_avx2) return avx2::row_kernels();
  if (wanted.empty() && has_avx2) return avx2::row_kernels();
#endif
  if (wanted.empty() || wanted == "baseline") return baseline::row_kernels();
  throw std::invalid_argument("FIGUREGROUND_SIMD: this machine or build has no '" +
                              std::string(wanted) + "'; use baseline, avx2 or unset it");
}

// The best for this machine, or what the environment variable FIGUREGROUND_SIMD names.
inline const RowKernels& row_kernels() {
  static const RowKernels& chosen = []() -> const RowKernels& {
    const char* wanted = std::getenv("FIGUREGROUND_SIMD");
    return choose_row_kernels(wanted == nullptr ? "" : wanted);
  }();
  return chosen;
}

}  // namespace figureground
