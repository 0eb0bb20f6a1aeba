// Eigenvalues and eigenvectors of a small symmetric matrix, by Jacobi's rotations.
#pragma once

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace figureground {

class Eigen {
 public:
  // matrix: (size, size).
  Eigen(std::vector<double> matrix, std::size_t size)
      : size_(size), matrix_(std::move(matrix)), vectors_(size * size, 0.0) {
    for (std::size_t k = 0; k < size_; ++k) vectors_[k * size_ + k] = 1;
    for (int sweep = 0; sweep < kSweeps; ++sweep)
      for (std::size_t a = 0; a < size_; ++a)
        for (std::size_t b = a + 1; b < size_; ++b) rotate(a, b);
  }

  double value(std::size_t m) const { return matrix_[m * size_ + m]; }
  // The k-th component of the m-th vector, which has length 1.
  double vector(std::size_t m, std::size_t k) const { return vectors_[m * size_ + k]; }

 private:
  static constexpr int kSweeps = 10;  // they converge quadratically

  // Makes the elements (a, b) and (b, a) zero.
  void rotate(std::size_t a, std::size_t b) {
    const double angle = 0.5 * std::atan2(2 * matrix_[a * size_ + b], value(b) - value(a));
    const double c = std::cos(angle), s = std::sin(angle);
    const auto turn = [&](double& x, double& y) {
      const double old = x;
      x = c * x - s * y;
      y = s * old + c * y;
    };
    for (std::size_t k = 0; k < size_; ++k) turn(matrix_[k * size_ + a], matrix_[k * size_ + b]);
    for (std::size_t k = 0; k < size_; ++k) turn(matrix_[a * size_ + k], matrix_[b * size_ + k]);
    for (std::size_t k = 0; k < size_; ++k) turn(vectors_[a * size_ + k], vectors_[b * size_ + k]);
  }

  std::size_t size_;
  std::vector<double> matrix_, vectors_;  // vectors in rows
};

}  // namespace figureground
