// The inner loops of the CRF, as a table of functions: one table an instruction set.
//
// A row holds the values of all classes at one pixel, lattice vertex or grid node. Rows of one
// array follow each other, `stride` values apart; the values past the classes are zero. Rows of
// large arrays are stored in 16 bits where the instruction set converts them, else in 32 (64 in
// `precise`). Arithmetic, and the rows that a tile works on, are in full precision: float32
// (float64 in `precise`).
#pragma once

#include <cstddef>
#include <cstdint>

#include "parallel.hpp"

namespace figureground {

// Some rows of a sparse matrix whose entries lie a few steps from the diagonal and have a few
// distinct weights. The diagonal is 1 and not stored. Rows are by their number of entries, since a
// loop whose length changes is slow to leave: first + row[of[n]], first + row[of[n] + 1] … have n.
//
// An entry is step * kReach + index - least index of the step: 16 bits, of which code[step] makes
// the 32 that loops use, index * kTaps + tap = code[step] + entry * kTaps modulo 2^32.
struct StepRows {
  static constexpr std::size_t kMostRows = 256, kSteps = 32, kReach = 2048, kTaps = 8;
  static constexpr std::size_t kMost = 26;   // entries: steps along three axes, but none at all
  static constexpr std::size_t kAhead = 80;  // that are read ahead, past the last
  // That exist past the last, for whole registers.
  static constexpr std::size_t kSpare = kAhead + 16;

  std::size_t first;
  const std::uint16_t* of;  // (kMost + 2)
  const std::uint16_t* row;
  const std::uint16_t* entry;
  std::size_t entries;
  const std::uint32_t* code;  // (kSteps)
  const float* taps;
};

// Nodes [begin, end) along an axis.
struct Window {
  std::size_t begin, end;
  std::size_t size() const { return end - begin; }
};

// One axis of a separable filter, from (outer, in, inner) to (outer, out, inner) full-precision
// rows: node k gets Σ weight[k, reach + 1 + n - k] row[n]. The first and the last weight of each k
// are zero: beyond the reach.
struct AxisPass {
  const float* weight;  // (nodes, 2 reach + 3)
  std::size_t reach, outer, inner;
  Window in, out;
};

// The rows that several tiles add to: row node[r] is the sum of the rows slot[start[r] …].
struct SharedRows {
  const std::uint32_t* node;
  const std::uint32_t* start;
  const std::uint32_t* slot;
};

// Where a tile's sums go; those below `nodes` are whole and times `gain`.
struct Targets {
  const std::uint32_t* row;
  std::size_t count, nodes;
  float gain;
};

// Where points [first, first + count) lie among the nodes of a tile. Corners and weights are by
// batches of kBatch points: (corners, kBatch).
struct Places {
  const std::uint16_t* corner;  // which of the nodes
  const float* weight;
  std::size_t corners, first, count;
};

// The points of a tile by the nodes that they touch: node[i] gets Σ weight[e] row[point of e] over
// the entries [start[i], start[i + 1]). Nodes are by their number of entries, as rows of StepRows.
// The point is what the last bits of the weight say, modulo kTilePoints: what a float32 loses by
// it, 1/8192 of the weight at most, costs less than reading another array.
struct Sources {
  const std::uint16_t* node;
  const std::uint16_t* start;
  const float* weight;
};

// Some lines of so many rows, by number, of which rows [first, first + size) are added up.
struct Lines {
  std::size_t length, first, size, count;
  const std::uint32_t* line;
  const float* weight;
};

// The largest change of a value, and the sum of the squares of the new values.
struct Change {
  double largest, squares;
};

struct RowKernels {
  const char* name;
  std::size_t storage_bytes, real_bytes;
  // Values of a row for so many classes.
  std::size_t (*stride)(std::size_t classes);

  // rows[node[r]] = gain Σ rows[slot], for r in the range.
  void (*reduce)(SharedRows shared, float gain, void* rows, std::size_t stride, Range range);
  // y[r] = x[r] + Σ taps[tap] x[index].
  void (*blur)(const StepRows& matrix, const void* x, void* y, std::size_t stride);
  void (*axis)(const AxisPass& pass, const void* x, void* y, std::size_t stride);

  // full[k] = rows[index[k]].
  void (*expand)(const void* rows, const std::uint32_t* index, std::size_t count, void* full,
                 std::size_t stride);
  // rows[target] = full[k], which becomes zero.
  void (*collect)(void* full, Targets targets, void* rows, std::size_t stride);

  // rows[target] = what the nodes get from the rows of a tile's points; or from those of a line, in
  // full precision.
  void (*gather)(Sources sources, const void* points, Targets targets, void* rows,
                 std::size_t stride);
  void (*gather_line)(Sources sources, const void* line, Targets targets, void* rows,
                      std::size_t stride);

  // line = the sum of lines of nodes, in full precision, or of points.
  void (*merge_nodes)(const Lines& lines, const void* nodes, void* line, std::size_t stride);
  void (*merge_points)(const Lines& lines, const void* points, void* line, std::size_t stride);

  // sums += splat of points' rows.
  void (*splat)(const Places& places, const void* points, void* sums, std::size_t stride);

  // The following work on blocks: full-precision rows of points.
  // block += scale ∘ slice.
  void (*slice)(const Places& places, const void* nodes, const void* scale, void* block,
                std::size_t stride);
  void (*load)(const void* rows, std::size_t first, std::size_t count, void* block,
               std::size_t stride);
  void (*store)(const void* block, std::size_t first, std::size_t count, void* rows,
                std::size_t stride);
  // The same; returns what differs from the rows of `old`, which may be the same array.
  Change (*replace)(const void* block, std::size_t first, std::size_t count, const void* old,
                    void* rows, std::size_t stride);
  // rest = what the rows, already stored, lost of the block.
  void (*remainder)(const void* block, std::size_t first, std::size_t count, const void* rows,
                    void* rest, std::size_t stride);
  // The block that was stored in two parts.
  void (*restore)(const void* rows, const void* rest, std::size_t first, std::size_t count,
                  void* block, std::size_t stride);
  // Rows of energies become logits: what each lies below the least, at least `floor`. Returns
  // whether all were finite.
  bool (*to_logits)(void* block, std::size_t count, std::size_t stride, double floor);
  // Rows become their softmax.
  void (*softmax)(void* block, std::size_t count, std::size_t stride);
};

// Where points lie in the lattice, see permutohedral.hpp.
struct LatticeFrame {
  int dimensions;
  const float* low;           // (dimensions), subtracted from the features
  const float* gain;          // (dimensions), from features to lattice units
  const std::uint64_t* step;  // (dimensions + 1), what a step along an axis adds to a packed key
  std::uint64_t origin;       // packed key of the zero vertex
  const float* metric;        // (dimensions, dimensions + 1), from lattice units to the metric in
                              // which the kernel's values at vertices are alike
  const float* bend;          // (dimensions), of a point's correlation with a vertex in that metric
  const float* lean;          // (dimensions, dimensions), from the mean of like points, less the
                              // point, to that metric
  float falloff;              // of a vertex's variance with its squared distance in lattice units
  float nugget;               // what is unlike between the values at two vertices however near
};

// For kBatch points: features (dimensions, kBatch) to packed keys and barycentric weights of their
// vertices, both (dimensions + 1, kBatch).
using Locate = void (*)(const LatticeFrame& frame, const float* features, std::uint64_t* keys,
                        float* weights);

// For the same: to the weights of the best prediction, given the moments of the points that are
// like each, (dimensions + 1, kBatch): how many they are, and the sums of their features, less
// `low`.
using Weigh = void (*)(const LatticeFrame& frame, const float* features, const float* moments,
                       float* weights);

}  // namespace figureground
