// Rows in registers, for the files that are built once for each instruction set.
#pragma once

#include "lane_math.hpp"

namespace figureground::FIGUREGROUND_SET {
namespace {

template <std::size_t Value>
struct Constant {
  constexpr operator std::size_t() const { return Value; }
};

struct WholePack {
  template <typename Source>
  static Value read(const Source* from) {
    return FIGUREGROUND_SET::read(from);
  }
  template <typename Target>
  static void write(Target* to, Value value) {
    FIGUREGROUND_SET::write(to, value);
  }
  static Value counted(Value value) { return value; }
  static Value repeated(Value value) { return value; }
};

#if defined(__AVX512F__)
// The last half pack of a row, so that 21 classes need not take 32 values. What lies in the upper
// half of its register must not be counted.
struct HalfPack {
  static constexpr bool exists = true;

  static Value read(const Real* from) {
    return (Value)_mm512_castps256_ps512(_mm256_loadu_ps(from));
  }
  static Value read(const Stored* from) {
    const __m128i half = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    return (Value)_mm512_castps256_ps512(_mm256_cvtph_ps(half));
  }
  static void write(Real* to, Value value) { _mm256_storeu_ps(to, low(value)); }
  static void write(Stored* to, Value value) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to),
                     _mm256_cvtps_ph(low(value), _MM_FROUND_TO_NEAREST_INT));
  }
  static Value counted(Value value) { return (Value)_mm512_zextps256_ps512(low(value)); }
  static Value repeated(Value value) { return (Value)_mm512_broadcast_f32x8(low(value)); }

 private:
  static __m256 low(Value value) { return _mm512_castps512_ps256((__m512)value); }
};
#else
struct HalfPack : WholePack {
  static constexpr bool exists = false;
};
#endif

constexpr std::size_t kUnit = HalfPack::exists ? kLanes / 2 : kLanes;

std::size_t stride_of(std::size_t classes) { return (classes + kUnit - 1) / kUnit * kUnit; }

// Calls visit(pack, offset) over values of a row, or of rows one after the other.
template <typename Visit>
void over_packs(std::size_t values, Visit visit) {
  std::size_t at = 0;
  for (; at + kLanes <= values; at += kLanes) visit(WholePack{}, at);
  if constexpr (HalfPack::exists)
    if (at < values) visit(HalfPack{}, at);
}

// A piece of a row, in registers: some packs, the last one perhaps a half.
template <int Packs, bool Half = false>
struct Piece {
  static constexpr std::size_t width = Packs * kLanes - (Half ? kLanes / 2 : 0);
  Value part[Packs] = {};

  // Calls visit(pack, p, offset) for every part.
  template <typename Visit>
  static void each(Visit visit) {
    for (int p = 0; p < Packs - Half; ++p) visit(WholePack{}, p, p * kLanes);
    if constexpr (Half) visit(HalfPack{}, Packs - 1, (Packs - 1) * kLanes);
  }

  template <typename Source>
  void set(const Source* row) {
    each([&](auto pack, int p, int at) { part[p] = pack.read(row + at); });
  }
  template <typename Source>
  void add(Real weight, const Source* row) {
    each([&](auto pack, int p, int at) { part[p] += weight * pack.read(row + at); });
  }
  template <typename Source>
  void add(const Source* row) {
    each([&](auto pack, int p, int at) { part[p] += pack.read(row + at); });
  }
  template <typename Target>
  void put(Target* row) const {
    each([&](auto pack, int p, int at) { pack.write(row + at, part[p]); });
  }
  void add(const Piece& other) {
    for (int p = 0; p < Packs; ++p) part[p] += other.part[p];
  }
  void add(Real weight, const Piece& other) {
    for (int p = 0; p < Packs; ++p) part[p] += weight * other.part[p];
  }
  void add_product(const Piece& a, const Piece& b) {
    for (int p = 0; p < Packs; ++p) part[p] += a.part[p] * b.part[p];
  }
  void scale(Real by) {
    for (int p = 0; p < Packs; ++p) part[p] *= by;
  }
};

// Where one piece is the whole row, the stride is a constant.
template <typename Row, typename Body>
bool whole_row(std::size_t stride, const Body& body) {
  if (stride != Row::width) return false;
  body.template run<Row>(Constant<Row::width>{}, 0);
  return true;
}

// Calls body.run<Row>(stride, offset) over a row, `Row` the piece that is at the offset.
template <typename Body>
void over_row(std::size_t stride, const Body& body) {
  if (whole_row<Piece<1>>(stride, body) || whole_row<Piece<2>>(stride, body) ||
      whole_row<Piece<3>>(stride, body))
    return;
  if constexpr (HalfPack::exists)
    if (whole_row<Piece<2, true>>(stride, body) || whole_row<Piece<3, true>>(stride, body)) return;
  std::size_t at = 0;
  for (; at + 4 * kLanes <= stride; at += 4 * kLanes) body.template run<Piece<4>>(stride, at);
  for (; at + kLanes <= stride; at += kLanes) body.template run<Piece<1>>(stride, at);
  if constexpr (HalfPack::exists)
    if (at < stride) body.template run<Piece<1, true>>(stride, at);
}

}  // namespace
}  // namespace figureground::FIGUREGROUND_SET
