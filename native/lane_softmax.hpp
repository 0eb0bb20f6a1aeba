// Logits and the softmax of rows, for the files that are built once for each instruction set.
#pragma once

#include "lane_rows.hpp"

namespace figureground::FIGUREGROUND_SET {
namespace {

Real largest(const Real* row, std::size_t stride) {
  Value top = Value{} + row[0];
  over_packs(stride, [&](auto pack, std::size_t at) {
    top = larger(top, pack.repeated(pack.read(row + at)));
  });
  return largest(top);
}

bool to_logits(void* block, std::size_t count, std::size_t stride, double floor) {
  Real* row = static_cast<Real*>(block);
  Value zeros{};  // or NaN, once something was not finite
  for (std::size_t i = 0; i < count; ++i, row += stride) {
    over_packs(stride, [&](auto pack, std::size_t at) {
      const Value energies = pack.read(row + at);
      zeros += pack.counted(energies) * 0;
      pack.write(row + at, -energies);
    });
    const Real most = largest(row, stride);
    over_packs(stride, [&](auto pack, std::size_t at) {
      pack.write(row + at, larger(pack.read(row + at) - most, Value{} + static_cast<Real>(floor)));
    });
  }
  return total(zeros) == 0;
}

// The largest is taken off first: what is far below it underflows to about e^-50 of it, never to a
// denormal number, which would cost a hundred cycles.
void softmax_row(Real* row, std::size_t stride) {
  const Real shift = largest(row, stride);
  Value sum{};
  over_packs(stride, [&](auto pack, std::size_t at) {
    const Value e = exponential(pack.read(row + at) - shift);
    pack.write(row + at, e);
    sum += pack.counted(e);
  });
  const Real scale = 1 / total(sum);
  over_packs(stride,
             [&](auto pack, std::size_t at) { pack.write(row + at, pack.read(row + at) * scale); });
}

// Between these no quotient of e^±50 and a sum is denormal.
constexpr Real kLeastSum = 1e-15, kMostSum = 1e15;

// Taking off the largest is needed only where the sum comes near what e^x can hold; that shows
// afterwards. Returns whether the row was done.
template <typename Row>
bool softmax_piece(Real* row) {
  Row e;
  e.set(row);
  Value sum{};
  Row::each([&](auto pack, int p, int) {
    e.part[p] = exponential(e.part[p]);
    sum += pack.counted(e.part[p]);
  });
  const Real mass = total(sum);
  if (!(mass > kLeastSum && mass < kMostSum)) return false;
  e.scale(1 / mass);
  e.put(row);
  return true;
}

struct Softmax {
  Real* block;
  std::size_t count;

  template <typename Row, typename Stride>
  void run(Stride stride, std::size_t) const {
    for (std::size_t i = 0; i < count; ++i)
      if (!softmax_piece<Row>(block + i * stride)) softmax_row(block + i * stride, stride);
  }
};

void softmax(void* block, std::size_t count, std::size_t stride) {
  Real* row = static_cast<Real*>(block);
  if (stride <= 3 * kLanes) return over_row(stride, Softmax{row, count});
  for (std::size_t i = 0; i < count; ++i) softmax_row(row + i * stride, stride);
}

}  // namespace
}  // namespace figureground::FIGUREGROUND_SET
