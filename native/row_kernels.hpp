// The inner loops of the CRF, as a table of functions: one table an instruction set.
//
// A row holds the values of all classes at one pixel, lattice vertex or grid node. Rows of one
// array follow each other, `stride` values apart; the values past the classes are zero. Rows are
// stored in 16 bits where the instruction set converts them, else in 32 (64 in `precise`);
// arithmetic is in float32 (float64 in `precise`).
#pragma once

#include <cstddef>
#include <cstdint>

#include "parallel.hpp"

namespace figureground {

// Sparse matrix by rows: entries [start[r], start[r + 1]) of row r; all of it times `gain`, so that
// weights near 1 are stored.
struct SparseRows {
  const std::uint32_t* start;
  const std::uint32_t* index;
  const float* weight;
  float gain;
};

// A sparse matrix whose few distinct weights are in a table: an entry is index | tap << 28.
// The diagonal is 1 and not stored.
struct TapRows {
  const std::uint32_t* start;
  const std::uint32_t* entry;
  const float* taps;
};
inline constexpr int kTapShift = 28;

// One axis of a separable filter: (outer, in, inner) rows to (outer, out, inner) rows.
struct AxisPass {
  SparseRows matrix;
  std::size_t in, out, inner;
};

// What each pixel reads: `corners` rows of x and their weights, all times `gain`.
struct Slice {
  const void* x;
  const std::uint32_t* index;
  const float* weight;
  int corners;
  float gain;
};

// Mean field's update of pixels: softmax(energies + Σ scale ∘ slice).
struct Update {
  static constexpr int kMost = 8;
  const void* energies;
  int slices;
  Slice slice[kMost];
  const float* scale[kMost];  // rows
};

// Where points lie in the lattice, see permutohedral.hpp.
struct LatticeFrame {
  int dimensions;
  const float* low;           // (dimensions), subtracted from the features
  const float* gain;          // (dimensions), from features to lattice units
  const std::uint64_t* unit;  // (dimensions + 1), what 1 in a coordinate adds to a packed key
  std::uint64_t origin;       // packed key of the zero vertex
  const float* solve;         // (dimensions + 1)², from correlations to weights
  float falloff;              // of the correlation with the squared distance to a vertex
};

struct RowKernels {
  const char* name;
  std::size_t storage_bytes;
  bool wide;  // float64 blocks
  // Values of a row for so many classes.
  std::size_t (*stride)(std::size_t classes);

  // y[r] = Σ weight x[index].
  void (*gather)(SparseRows matrix, const void* x, void* y, std::size_t stride, Range rows);
  // y[r] = x[r] + Σ taps[tap] x[index].
  void (*blur)(TapRows matrix, const void* x, void* y, std::size_t stride, Range rows);
  // Rows of the output are counted over (outer, out).
  void (*axis)(AxisPass pass, const void* x, void* y, std::size_t stride, Range rows);

  // The following work on a block: full-precision rows of `count` pixels from `first` on.
  // block += scale ∘ slice, with `scale` a row.
  void (*slice)(const Slice& slice, std::size_t first, std::size_t count, const void* scale,
                void* block, std::size_t stride);
  void (*load)(const void* rows, std::size_t first, std::size_t count, void* block,
               std::size_t stride);
  void (*store)(const void* block, std::size_t first, std::size_t count, void* rows,
                std::size_t stride);
  // Rows become their softmax.
  void (*softmax)(void* block, std::size_t count, std::size_t stride);
  // block = the update; not in `precise`.
  void (*update)(const Update& update, std::size_t first, std::size_t count, void* block,
                 std::size_t stride);

  // For `count` ≤ 16 points: packed keys and weights of their dimensions + 1 vertices.
  void (*locate)(const LatticeFrame& frame, const float* features, std::size_t plane,
                 std::size_t first, std::size_t count, std::uint64_t* keys, float* weights);
};

}  // namespace figureground
