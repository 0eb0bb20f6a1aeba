// Rows in registers, for the files that are built once for each instruction set.
#pragma once

#include "lane_math.hpp"

namespace figureground::FIGUREGROUND_SET {
namespace {

template <std::size_t Value>
struct Constant {
  constexpr operator std::size_t() const { return Value; }
};

std::size_t stride_of(std::size_t classes) { return (classes + kLanes - 1) / kLanes * kLanes; }

// Calls body.run<Packs>(stride, offset) over a row, at most four packs of lanes at a time. Where
// one piece is the whole row, the stride is a constant.
template <typename Body>
void over_row(std::size_t stride, Body body) {
  switch (stride / kLanes) {
    case 1:
      return body.template run<1>(Constant<kLanes>{}, 0);
    case 2:
      return body.template run<2>(Constant<2 * kLanes>{}, 0);
    case 3:
      return body.template run<3>(Constant<3 * kLanes>{}, 0);
    case 4:
      return body.template run<4>(Constant<4 * kLanes>{}, 0);
    default:
      break;
  }
  std::size_t at = 0;
  for (; at + 4 * kLanes <= stride; at += 4 * kLanes) body.template run<4>(stride, at);
  const std::size_t left = (stride - at) / kLanes;
  if (left == 3) body.template run<3>(stride, at);
  if (left == 2) body.template run<2>(stride, at);
  if (left == 1) body.template run<1>(stride, at);
}

// A piece of a row, in registers.
template <int Packs>
struct Piece {
  Value part[Packs] = {};

  template <typename Source>
  void set(const Source* row) {
    for (int p = 0; p < Packs; ++p) part[p] = read(row + p * kLanes);
  }
  template <typename Source>
  void add(Real weight, const Source* row) {
    for (int p = 0; p < Packs; ++p) part[p] += weight * read(row + p * kLanes);
  }
  template <typename Source>
  void add(const Source* row) {
    for (int p = 0; p < Packs; ++p) part[p] += read(row + p * kLanes);
  }
  template <typename Target>
  void put(Target* row) const {
    for (int p = 0; p < Packs; ++p) write(row + p * kLanes, part[p]);
  }
  void scale(Real by) {
    for (int p = 0; p < Packs; ++p) part[p] *= by;
  }
};

}  // namespace
}  // namespace figureground::FIGUREGROUND_SET
