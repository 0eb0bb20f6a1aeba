// Built once for each instruction set: the macros FIGUREGROUND_SET (a namespace),
// FIGUREGROUND_LANES and, for float64, FIGUREGROUND_PRECISE come from the build. Only plain loops
// and vector types here: a library template instantiated with these flags could replace the
// baseline's copy.
#include "row_kernels.hpp"

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

#if defined(__F16C__)
using Stored = std::uint16_t;
#else
using Stored = Real;
#endif

constexpr int kLanes = 8;

typedef Real Value
    __attribute__((vector_size(kLanes * sizeof(Real)), aligned(sizeof(Real)), may_alias));
typedef Whole Bits
    __attribute__((vector_size(kLanes * sizeof(Whole)), aligned(sizeof(Whole)), may_alias));

Value read(const Real* from) { return *reinterpret_cast<const Value*>(from); }

void write(Real* to, Value value) { *reinterpret_cast<Value*>(to) = value; }

#if defined(__F16C__)
Value read(const Stored* from) {
  return (Value)_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}

void write(Stored* to, Value value) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to),
                   _mm256_cvtps_ph((__m256)value, _MM_FROUND_TO_NEAREST_INT));
}
#endif

std::size_t stride_of(std::size_t classes) { return (classes + kLanes - 1) / kLanes * kLanes; }

// Calls body.run<Packs>(offset) over a row, at most four packs of lanes at a time.
template <typename Body>
void over_row(std::size_t stride, Body body) {
  std::size_t at = 0;
  for (; at + 4 * kLanes <= stride; at += 4 * kLanes) body.template run<4>(at);
  const std::size_t left = (stride - at) / kLanes;
  if (left == 3) body.template run<3>(at);
  if (left == 2) body.template run<2>(at);
  if (left == 1) body.template run<1>(at);
}

// The sum of weighted rows, in full precision.
template <int Packs>
struct Sum {
  Value part[Packs] = {};

  template <typename Source>
  void set(const Source* row) {
    for (int p = 0; p < Packs; ++p) part[p] = read(row + p * kLanes);
  }
  template <typename Target>
  void put(Target* row, Real gain = 1) const {
    for (int p = 0; p < Packs; ++p) write(row + p * kLanes, part[p] * gain);
  }

  template <typename Weight, typename Row>
  void add(std::size_t count, Weight weight, Row row) {
    for (std::size_t k = 0; k < count; ++k) {
      const Real w = static_cast<Real>(weight(k));
      const Stored* from = row(k);
      for (int p = 0; p < Packs; ++p) part[p] += w * read(from + p * kLanes);
    }
  }
};

constexpr std::size_t kAhead = 24;

struct Gather {
  SparseRows matrix;
  const Stored* x;
  Stored* y;
  std::size_t stride;
  Range rows;

  template <int Packs>
  void run(std::size_t offset) const {
    const std::size_t last = matrix.start[rows.end];
    for (std::size_t r = rows.begin; r < rows.end; ++r) {
      const float* weight = matrix.weight + matrix.start[r];
      const std::uint32_t* index = matrix.index + matrix.start[r];
      // Rows are read at random; the entries that follow say which come next.
      for (std::size_t k = matrix.start[r] + kAhead; k < matrix.start[r + 1] + kAhead; ++k)
        if (k < last) __builtin_prefetch(x + matrix.index[k] * stride + offset);
      Sum<Packs> sum;
      sum.add(
          matrix.start[r + 1] - matrix.start[r], [=](std::size_t k) { return weight[k]; },
          [=, this](std::size_t k) { return x + index[k] * stride + offset; });
      sum.put(y + r * stride + offset, matrix.gain);
    }
  }
};

void gather(SparseRows matrix, const void* x, void* y, std::size_t stride, Range rows) {
  over_row(stride,
           Gather{matrix, static_cast<const Stored*>(x), static_cast<Stored*>(y), stride, rows});
}

struct Blur {
  TapRows matrix;
  const Stored* x;
  Stored* y;
  std::size_t stride;
  Range rows;

  template <int Packs>
  void run(std::size_t offset) const {
    constexpr std::uint32_t mask = (1u << kTapShift) - 1;
    for (std::size_t r = rows.begin; r < rows.end; ++r) {
      const std::uint32_t* entry = matrix.entry + matrix.start[r];
      const float* taps = matrix.taps;
      Sum<Packs> sum;
      sum.set(x + r * stride + offset);
      sum.add(
          matrix.start[r + 1] - matrix.start[r],
          [=](std::size_t k) { return taps[entry[k] >> kTapShift]; },
          [=, this](std::size_t k) { return x + (entry[k] & mask) * stride + offset; });
      sum.put(y + r * stride + offset);
    }
  }
};

void blur(TapRows matrix, const void* x, void* y, std::size_t stride, Range rows) {
  over_row(stride,
           Blur{matrix, static_cast<const Stored*>(x), static_cast<Stored*>(y), stride, rows});
}

struct Axis {
  AxisPass pass;
  const Stored* x;
  Stored* y;
  std::size_t stride;
  Range rows;

  template <int Packs>
  void run(std::size_t offset) const {
    const std::size_t line = pass.inner * stride;
    for (std::size_t r = rows.begin; r < rows.end; ++r) {
      const std::size_t outer = r / pass.out, k = r % pass.out;
      const float* weight = pass.matrix.weight + pass.matrix.start[k];
      const std::uint32_t* index = pass.matrix.index + pass.matrix.start[k];
      const std::size_t count = pass.matrix.start[k + 1] - pass.matrix.start[k];
      for (std::size_t i = 0; i < pass.inner; ++i) {
        const Stored* from = x + outer * pass.in * line + i * stride + offset;
        Sum<Packs> sum;
        sum.add(
            count, [=](std::size_t e) { return weight[e]; },
            [=](std::size_t e) { return from + index[e] * line; });
        sum.put(y + (r * pass.inner + i) * stride + offset);
      }
    }
  }
};

void axis(AxisPass pass, const void* x, void* y, std::size_t stride, Range rows) {
  over_row(stride,
           Axis{pass, static_cast<const Stored*>(x), static_cast<Stored*>(y), stride, rows});
}

template <int Packs>
Sum<Packs> slice_row(const Slice& from, std::size_t pixel, std::size_t stride, std::size_t offset) {
  const auto corners = static_cast<std::size_t>(from.corners);
  const float* weight = from.weight + pixel * corners;
  const std::uint32_t* index = from.index + pixel * corners;
  const Stored* x = static_cast<const Stored*>(from.x) + offset;
  Sum<Packs> sum;
  sum.add(
      corners, [=](std::size_t k) { return weight[k]; },
      [=](std::size_t k) { return x + index[k] * stride; });
  return sum;
}

struct SliceRows {
  const Slice& from;
  std::size_t first, count;
  const Real* scale;
  Real* block;
  std::size_t stride;

  template <int Packs>
  void run(std::size_t offset) const {
    const Real gain = from.gain;
    for (std::size_t i = 0; i < count; ++i) {
      const auto sum = slice_row<Packs>(from, first + i, stride, offset);
      for (int p = 0; p < Packs; ++p) {
        Real* target = block + i * stride + offset + p * kLanes;
        const Value factor = read(scale + offset + p * kLanes) * gain;
        write(target, read(target) + factor * sum.part[p]);
      }
    }
  }
};

void slice(const Slice& from, std::size_t first, std::size_t count, const void* scale, void* block,
           std::size_t stride) {
  over_row(stride, SliceRows{from, first, count, static_cast<const Real*>(scale),
                             static_cast<Real*>(block), stride});
}

template <typename Source, typename Target>
struct Copy {
  const Source* from;
  Target* to;
  std::size_t stride, count;

  template <int Packs>
  void run(std::size_t offset) const {
    for (std::size_t i = 0; i < count; ++i) {
      Sum<Packs> row;
      row.set(from + i * stride + offset);
      row.put(to + i * stride + offset);
    }
  }
};

void load(const void* rows, std::size_t first, std::size_t count, void* block, std::size_t stride) {
  over_row(stride, Copy<Stored, Real>{static_cast<const Stored*>(rows) + first * stride,
                                      static_cast<Real*>(block), stride, count});
}

void store(const void* block, std::size_t first, std::size_t count, void* rows,
           std::size_t stride) {
  over_row(stride, Copy<Real, Stored>{static_cast<const Real*>(block),
                                      static_cast<Stored*>(rows) + first * stride, stride, count});
}

Value larger(Value a, Value b) { return a > b ? a : b; }

Value smaller(Value a, Value b) { return a < b ? a : b; }

// e^x is clamped to e^±50, and the sums that it is divided by to 10^±15: no quotient then is
// denormal, which would cost a hundred cycles.
constexpr Real kReach = 50;
constexpr Real kLeastSum = 1e-15, kMostSum = 1e15;

// e^x for x clamped to ±50: 2^n times a polynomial on [-1/2, 1/2], within 3e-7 of the value.
Value exponential(Value x) {
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

Real total(Value x) { return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7])); }

Real exponentials(Real* row, std::size_t stride, Real shift) {
  Value sum{};
  for (std::size_t c = 0; c < stride; c += kLanes) {
    const Value e = exponential(read(row + c) - shift);
    write(row + c, e);
    sum += e;
  }
  return total(sum);
}

void softmax_row(Real* row, std::size_t stride) {
  Value top = read(row);
  for (std::size_t c = kLanes; c < stride; c += kLanes) top = larger(top, read(row + c));
  Real shift = top[0];
  for (int i = 1; i < kLanes; ++i) shift = top[i] > shift ? top[i] : shift;
  const Real scale = 1 / exponentials(row, stride, shift);
  for (std::size_t c = 0; c < stride; c += kLanes) write(row + c, read(row + c) * scale);
}

void softmax(void* block, std::size_t count, std::size_t stride) {
  for (std::size_t i = 0; i < count; ++i)
    softmax_row(static_cast<Real*>(block) + i * stride, stride);
}

// Rows of up to four packs stay in registers from the energies to the marginals. Taking off the
// largest first is needed only where the sum comes near what e^x can hold; that shows afterwards.
template <int Packs>
void update_row(const Update& update, std::size_t pixel, Real* row, std::size_t stride) {
  Sum<Packs> logits;
  logits.set(static_cast<const Stored*>(update.energies) + pixel * stride);
  for (int s = 0; s < update.slices; ++s) {
    const auto sum = slice_row<Packs>(update.slice[s], pixel, stride, 0);
    for (int p = 0; p < Packs; ++p)
      logits.part[p] += reinterpret_cast<const Value*>(update.scale[s])[p] *
                        static_cast<Real>(update.slice[s].gain) * sum.part[p];
  }
  Sum<Packs> q;
  Value sum{};
  for (int p = 0; p < Packs; ++p) {
    q.part[p] = exponential(logits.part[p]);
    sum += q.part[p];
  }
  const Real mass = total(sum);
  q.put(row, 1 / mass);
  if (mass > kLeastSum && mass < kMostSum) return;
  logits.put(row);
  softmax_row(row, stride);
}

void update_by_parts(const Update& update, std::size_t first, std::size_t count, Real* block,
                     std::size_t stride) {
  load(update.energies, first, count, block, stride);
  for (int s = 0; s < update.slices; ++s)
    slice(update.slice[s], first, count, update.scale[s], block, stride);
  softmax(block, count, stride);
}

void update(const Update& update, std::size_t first, std::size_t count, void* block,
            std::size_t stride) {
#if !defined(FIGUREGROUND_PRECISE)
  Real* rows = static_cast<Real*>(block);
  if (stride > 4 * kLanes) return update_by_parts(update, first, count, rows, stride);
  constexpr decltype(&update_row<1>) by_packs[] = {update_row<1>, update_row<2>, update_row<3>,
                                                   update_row<4>};
  for (std::size_t i = 0; i < count; ++i)
    by_packs[stride / kLanes - 1](update, first + i, rows + i * stride, stride);
#endif
}

constexpr int kMost = 9;    // vertices of a simplex in the most dimensions
constexpr int kBatch = 16;  // points located together

void each_exponential(float (&x)[kBatch]) {
#if defined(FIGUREGROUND_PRECISE)
  for (float& value : x) value = __builtin_expf(value);
#else
  for (int i = 0; i < kBatch; i += kLanes) write(x + i, exponential(read(x + i)));
#endif
}

// The coordinates of points in the hyperplane of the lattice, scaled as in Adams et al.
void elevate(const LatticeFrame& frame, const float* features, std::size_t plane, std::size_t first,
             std::size_t count, float (*elevated)[kBatch]) {
  const int d = frame.dimensions;
  float sum[kBatch] = {};
  for (int j = d; j > 0; --j) {
    float x[kBatch] = {};
    const float* from = features + static_cast<std::size_t>(d - j) * plane + first;
    for (std::size_t i = 0; i < count; ++i) x[i] = (from[i] - frame.low[d - j]);
    for (int i = 0; i < kBatch; ++i) {
      x[i] *= frame.gain[d - j];
      elevated[j][i] = sum[i] - static_cast<float>(j) * x[i];
      sum[i] += x[i];
    }
  }
  for (int i = 0; i < kBatch; ++i) elevated[0][i] = sum[i];
}

void locate(const LatticeFrame& frame, const float* features, std::size_t plane, std::size_t first,
            std::size_t count, std::uint64_t* keys, float* weights) {
  const int d = frame.dimensions, corners = d + 1;
  const float unit = static_cast<float>(corners);
  float offset[kMost][kBatch];
  std::int32_t base[kMost][kBatch], rank[kMost][kBatch] = {}, total_base[kBatch] = {};
  elevate(frame, features, plane, first, count, offset);
  for (int k = 0; k <= d; ++k)
    for (int i = 0; i < kBatch; ++i) {
      const float cell = offset[k][i] / unit + 12582912.0f - 12582912.0f;
      base[k][i] = static_cast<std::int32_t>(cell);
      offset[k][i] -= cell * unit;
      total_base[i] += base[k][i];
    }
  for (int a = 0; a < d; ++a)
    for (int b = a + 1; b <= d; ++b)
      for (int i = 0; i < kBatch; ++i) {
        const std::int32_t less = offset[a][i] < offset[b][i];
        rank[a][i] += less;
        rank[b][i] += 1 - less;
      }
  for (int k = 0; k <= d; ++k)
    for (int i = 0; i < kBatch; ++i) {
      const std::int32_t r = rank[k][i] + total_base[i];
      const std::int32_t turn = (r < 0) - (r > d);
      rank[k][i] = r + turn * corners;
      base[k][i] += turn;
      offset[k][i] -= static_cast<float>(turn) * unit;
    }
  std::uint64_t key[kBatch];
  float square[kBatch] = {};
  for (int i = 0; i < kBatch; ++i) key[i] = frame.origin;
  for (int k = 0; k <= d; ++k)
    for (int i = 0; i < kBatch; ++i) {
      key[i] += static_cast<std::uint64_t>(static_cast<std::int64_t>(base[k][i]) * corners) *
                frame.unit[k];
      square[i] += offset[k][i] * offset[k][i];
    }
  std::uint64_t all = 0;
  for (int k = 0; k <= d; ++k) all += frame.unit[k];
  float correlation[kMost][kBatch];
  for (int corner = 0; corner <= d; ++corner) {
    std::uint64_t vertex[kBatch];
    float reach[kBatch];
    for (int i = 0; i < kBatch; ++i) {
      vertex[i] = key[i] + static_cast<std::uint64_t>(corner) * all;
      reach[i] = square[i] + static_cast<float>(corner * (corners - corner)) * unit;
    }
    for (int k = 0; k <= d; ++k)
      for (int i = 0; i < kBatch; ++i) {
        const bool wraps = rank[k][i] > d - corner;
        vertex[i] -= wraps ? frame.unit[k] * static_cast<std::uint64_t>(corners) : 0;
        reach[i] += wraps ? 2 * unit * offset[k][i] : 0;
      }
    for (std::size_t i = 0; i < count; ++i) keys[i * corners + corner] = vertex[i];
    for (int i = 0; i < kBatch; ++i) correlation[corner][i] = -frame.falloff * reach[i];
    each_exponential(correlation[corner]);
  }
  for (int corner = 0; corner <= d; ++corner) {
    float weight[kBatch] = {};
    for (int k = 0; k <= d; ++k)
      for (int i = 0; i < kBatch; ++i)
        weight[i] += frame.solve[corner * corners + k] * correlation[k][i];
    for (std::size_t i = 0; i < count; ++i) weights[i * corners + corner] = weight[i];
  }
}

}  // namespace

const RowKernels& row_kernels() {
#if defined(FIGUREGROUND_PRECISE)
  constexpr bool wide = true;
#else
  constexpr bool wide = false;
#endif
#define FIGUREGROUND_TEXT(x) #x
#define FIGUREGROUND_NAME(x) FIGUREGROUND_TEXT(x)
  static const RowKernels table{FIGUREGROUND_NAME(FIGUREGROUND_SET),
                                sizeof(Stored),
                                wide,
                                stride_of,
                                gather,
                                blur,
                                axis,
                                slice,
                                load,
                                store,
                                softmax,
                                update,
                                locate};
  return table;
}

}  // namespace figureground::FIGUREGROUND_SET
