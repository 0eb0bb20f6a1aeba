// A kernel matrix as slice · passes over nodes · splat.
#pragma once

#include <cmath>
#include <cstddef>
#include <utility>

#include "buffer.hpp"
#include "interpolation.hpp"
#include "parallel.hpp"
#include "row_kernels.hpp"

namespace figureground {

enum class Normalization { none, before, after, symmetric };

// The factors before and after a kernel matrix that normalise it by its row sums.
struct Factors {
  float before, after;
};

inline Factors factors(Normalization normalization, float mass) {
  const float inverse = 1.0f / (mass + 1e-20f);
  switch (normalization) {
    case Normalization::before:
      return {inverse, 1.0f};
    case Normalization::after:
      return {1.0f, inverse};
    case Normalization::symmetric:
      return {std::sqrt(inverse), std::sqrt(inverse)};
    case Normalization::none:
      break;
  }
  return {1.0f, 1.0f};
}

class Filter {
 public:
  explicit Filter(Interpolation interpolation) : interpolation_(std::move(interpolation)) {}
  virtual ~Filter() = default;
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  Interpolation& interpolation() { return interpolation_; }
  const Interpolation& interpolation() const { return interpolation_; }

  // Passes over all nodes before tiles slice; without any, tiles see more nodes than their own.
  virtual std::size_t passes() const { return 0; }
  // Member `rank`'s part of a pass over the nodes' rows, in the opposite order if `transposed`.
  virtual void pass(std::size_t, bool, const RowKernels&, const void*, void*, std::size_t, int,
                    int) const {}

  // The full-precision rows of the nodes of a tile, from the rows that the passes left.
  virtual void read_nodes(std::size_t tile, const RowKernels& kernels, const void* rows,
                          std::size_t stride, Buffer& nodes, Buffer& spare) const = 0;

 protected:
  Interpolation interpolation_;
};

}  // namespace figureground
