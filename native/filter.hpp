// What mean field asks of a kernel: filter the rows of all pixels.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "buffer.hpp"
#include "parallel.hpp"
#include "row_kernels.hpp"

namespace figureground {

// A sparse matrix by rows that owns its entries.
struct SparseMatrix {
  std::vector<std::uint32_t> start{0}, index;
  std::vector<float> weight;

  SparseRows view(float gain = 1.0f) const {
    return {start.data(), index.data(), weight.data(), gain};
  }
  std::size_t rows() const { return start.size() - 1; }
};

// Two arrays of rows that passes read and write in turn.
class Workspace {
 public:
  void reserve(std::size_t rows, std::size_t row_bytes) {
    front_.reserve(rows * row_bytes);
    back_.reserve(rows * row_bytes);
  }
  void* front() const { return front_.data(); }
  void* back() const { return back_.data(); }
  void turn() { std::swap(front_, back_); }

 private:
  Buffer front_, back_;
};

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

// A kernel matrix as slice · passes · splat. `spread` does all but the slice, which the caller
// fuses with his own work on each pixel.
class Filter {
 public:
  Filter() = default;
  virtual ~Filter() = default;
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  // Splats and blurs the rows of all pixels; `transposed` in the opposite order.
  virtual void spread(const RowKernels& kernels, const void* pixels, std::size_t stride,
                      bool transposed, Team& team) = 0;
  // What each pixel reads of what `spread` left.
  virtual Slice slice() const = 0;
  // Folds the normalisation into the splat and the slice.
  virtual void normalize(Normalization normalization, Team& team) = 0;
  // The normalised kernel between each pixel and itself.
  virtual std::vector<float> diagonal() const = 0;
  // How many vertices or nodes hold the rows.
  virtual std::size_t nodes() const = 0;
};

}  // namespace figureground
