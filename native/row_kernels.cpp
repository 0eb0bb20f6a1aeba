// Built once for each instruction set, see lane_math.hpp.
#include "row_kernels.hpp"

#include "lane_blur.hpp"
#include "lane_grid.hpp"
#include "lane_rows.hpp"
#include "lane_softmax.hpp"
#include "tiling.hpp"

namespace figureground::FIGUREGROUND_SET {
namespace {

struct Reduce {
  SharedRows shared;
  Real gain;
  Stored* rows;
  Range range;

  template <typename Row, typename Stride>
  void run(Stride stride, std::size_t offset) const {
    constexpr std::size_t ahead = 16;
    const std::size_t last = shared.start[range.end];
    for (std::size_t r = range.begin; r < range.end; ++r) {
      Row sum;
      for (std::size_t k = shared.start[r]; k < shared.start[r + 1]; ++k) {
        if (k + ahead < last) __builtin_prefetch(rows + shared.slot[k + ahead] * stride + offset);
        sum.add(rows + shared.slot[k] * stride + offset);
      }
      sum.scale(gain);
      sum.put(rows + shared.node[r] * stride + offset);
    }
  }
};

void reduce(SharedRows shared, float gain, void* rows, std::size_t stride, Range range) {
  over_row(stride, Reduce{shared, gain, static_cast<Stored*>(rows), range});
}

struct Expand {
  const Stored* rows;
  const std::uint32_t* index;
  std::size_t count;
  Real* full;

  template <typename Row, typename Stride>
  void run(Stride stride, std::size_t offset) const {
    constexpr std::size_t ahead = 16;
    for (std::size_t k = 0; k < count; ++k) {
      if (k + ahead < count) __builtin_prefetch(rows + index[k + ahead] * stride + offset);
      Row row;
      row.set(rows + index[k] * stride + offset);
      row.put(full + k * stride + offset);
    }
  }
};

void expand(const void* rows, const std::uint32_t* index, std::size_t count, void* full,
            std::size_t stride) {
  over_row(stride,
           Expand{static_cast<const Stored*>(rows), index, count, static_cast<Real*>(full)});
}

// The sum of a tile's k-th node goes to its target.
template <typename Row, typename Stride>
void hand_over(Row sum, Targets targets, std::size_t k, Stored* rows, Stride stride,
               std::size_t offset) {
  sum.scale(targets.row[k] < targets.nodes ? static_cast<Real>(targets.gain) : Real{1});
  sum.put(rows + targets.row[k] * stride + offset);
}

struct Collect {
  Real* full;
  Targets targets;
  Stored* rows;

  template <typename Row, typename Stride>
  void run(Stride stride, std::size_t offset) const {
    for (std::size_t k = 0; k < targets.count; ++k) {
      Row row;
      row.set(full + k * stride + offset);
      hand_over(row, targets, k, rows, stride, offset);
      Row{}.put(full + k * stride + offset);
    }
  }
};

void collect(void* full, Targets targets, void* rows, std::size_t stride) {
  over_row(stride, Collect{static_cast<Real*>(full), targets, static_cast<Stored*>(rows)});
}

template <typename Source>
struct Gather {
  Sources sources;
  const Source* points;
  Targets targets;
  Stored* rows;

  template <typename Row, typename Stride>
  void run(Stride stride, std::size_t offset) const {
    // Read twice, since moving it between registers takes longer.
    typedef std::uint32_t Name __attribute__((may_alias));
    const Name* name = reinterpret_cast<const Name*>(sources.weight);
    const auto add = [&](Row& sum, std::size_t e) {
      const std::size_t point = name[e] % kTilePoints;
      sum.add(static_cast<Real>(sources.weight[e]), points + point * stride + offset);
    };
    for (std::size_t i = 0; i < targets.count; ++i) {
      Row sum;
      std::size_t e = sources.start[i];
      const std::size_t end = sources.start[i + 1];
      // An addition waits for the one before: in a long sum two take turns.
      if (end - e >= 8) {
        Row other;
        for (; e + 1 < end; e += 2) {
          add(sum, e);
          add(other, e + 1);
        }
        sum.add(other);
      }
      for (; e < end; ++e) add(sum, e);
      hand_over(sum, targets, sources.node[i], rows, stride, offset);
    }
  }
};

void gather(Sources sources, const void* points, Targets targets, void* rows, std::size_t stride) {
  over_row(stride, Gather<Stored>{sources, static_cast<const Stored*>(points), targets,
                                  static_cast<Stored*>(rows)});
}

void gather_line(Sources sources, const void* line, Targets targets, void* rows,
                 std::size_t stride) {
  over_row(stride, Gather<Real>{sources, static_cast<const Real*>(line), targets,
                                static_cast<Stored*>(rows)});
}

// Calls body.run<Row, Corners>(offset) over a row; Corners is 0 where it is not one of those that
// lines of a grid and photos' lattices have.
template <typename Body>
struct WithCorners {
  std::size_t corners;
  Body body;

  template <typename Row, typename Stride>
  void run(Stride stride, std::size_t offset) const {
    switch (corners) {
      case 1:
        return body.template run<Row, 1>(stride, offset);
      case 2:
        return body.template run<Row, 2>(stride, offset);
      case 6:
        return body.template run<Row, 6>(stride, offset);
      default:
        return body.template run<Row, 0>(stride, offset);
    }
  }
};

// The corners and weights of one point, kBatch apart.
template <int Corners>
struct Place {
  const std::uint16_t* corner;
  const float* weight;
  std::size_t corners;

  Place(const Places& all, std::size_t i) : corners(Corners > 0 ? Corners : all.corners) {
    const std::size_t point = all.first + i;
    const std::size_t at = point / kBatch * kBatch * corners + point % kBatch;
    corner = all.corner + at;
    weight = all.weight + at;
  }
};

struct Slice {
  const Places& places;
  const Real* nodes;
  const Real* scale;
  Real* block;

  template <typename Row, int Corners, typename Stride>
  void run(Stride stride, std::size_t offset) const {
    Row factor;
    factor.set(scale + offset);
    for (std::size_t i = 0; i < places.count; ++i) {
      const Place<Corners> place(places, i);
      Row sum, row;
      for (std::size_t k = 0; k < place.corners; ++k)
        sum.add(static_cast<Real>(place.weight[k * kBatch]),
                nodes + place.corner[k * kBatch] * stride + offset);
      Real* target = block + i * stride + offset;
      row.set(target);
      row.add_product(factor, sum);
      row.put(target);
    }
  }
};

void slice(const Places& places, const void* nodes, const void* scale, void* block,
           std::size_t stride) {
  const Slice body{places, static_cast<const Real*>(nodes), static_cast<const Real*>(scale),
                   static_cast<Real*>(block)};
  over_row(stride, WithCorners<Slice>{places.corners, body});
}

struct Splat {
  const Places& places;
  const Stored* points;
  Real* sums;

  // Neighbours share nodes, and a sum that was just written is slow to read: two distant points
  // take turns.
  template <typename Row, int Corners, typename Stride>
  void run(Stride stride, std::size_t offset) const {
    const std::size_t half = places.count / 2;
    for (std::size_t i = 0; i < half; ++i) {
      add<Row, Corners>(i, stride, offset);
      add<Row, Corners>(i + half, stride, offset);
    }
    if (2 * half < places.count) add<Row, Corners>(2 * half, stride, offset);
  }

  template <typename Row, int Corners, typename Stride>
  void add(std::size_t i, Stride stride, std::size_t offset) const {
    const Place<Corners> place(places, i);
    Row row;
    row.set(points + i * stride + offset);
    for (std::size_t k = 0; k < place.corners; ++k) {
      const Real weight = static_cast<Real>(place.weight[k * kBatch]);
      Real* target = sums + place.corner[k * kBatch] * stride + offset;
      Row sum;
      sum.set(target);
      sum.add(weight, row);
      sum.put(target);
    }
  }
};

void splat(const Places& places, const void* points, void* sums, std::size_t stride) {
  const Splat body{places, static_cast<const Stored*>(points), static_cast<Real*>(sums)};
  over_row(stride, WithCorners<Splat>{places.corners, body});
}

template <typename Source, typename Target>
void copy(const Source* from, Target* to, std::size_t values) {
  constexpr std::size_t ahead = 4096 / sizeof(Source);  // the block after next
  over_packs(values, [&](auto pack, std::size_t at) {
    __builtin_prefetch(from + at + ahead);
    pack.write(to + at, pack.read(from + at));
  });
}

void load(const void* rows, std::size_t first, std::size_t count, void* block, std::size_t stride) {
  copy(static_cast<const Stored*>(rows) + first * stride, static_cast<Real*>(block),
       count * stride);
}

void store(const void* block, std::size_t first, std::size_t count, void* rows,
           std::size_t stride) {
  copy(static_cast<const Real*>(block), static_cast<Stored*>(rows) + first * stride,
       count * stride);
}

Change replace(const void* block, std::size_t first, std::size_t count, const void* old, void* rows,
               std::size_t stride) {
  const Real* from = static_cast<const Real*>(block);
  const Stored* before = static_cast<const Stored*>(old) + first * stride;
  Stored* to = static_cast<Stored*>(rows) + first * stride;
  Value change{}, squares{};
  over_packs(count * stride, [&](auto pack, std::size_t at) {
    const Value value = pack.read(from + at), moved = pack.counted(value - pack.read(before + at));
    change = larger(change, larger(moved, -moved));
    squares += pack.counted(value * value);
    pack.write(to + at, value);
  });
  return {largest(change), total(squares)};
}

void remainder(const void* block, std::size_t first, std::size_t count, const void* rows,
               void* rest, std::size_t stride) {
  const Real* from = static_cast<const Real*>(block);
  const Stored* stored = static_cast<const Stored*>(rows) + first * stride;
  Stored* to = static_cast<Stored*>(rest) + first * stride;
  over_packs(count * stride, [&](auto pack, std::size_t at) {
    pack.write(to + at, pack.read(from + at) - pack.read(stored + at));
  });
}

void restore(const void* rows, const void* rest, std::size_t first, std::size_t count, void* block,
             std::size_t stride) {
  const Stored* stored = static_cast<const Stored*>(rows) + first * stride;
  const Stored* lost = static_cast<const Stored*>(rest) + first * stride;
  Real* to = static_cast<Real*>(block);
  over_packs(count * stride, [&](auto pack, std::size_t at) {
    pack.write(to + at, pack.read(stored + at) + pack.read(lost + at));
  });
}

}  // namespace

const RowKernels& row_kernels() {
#define FIGUREGROUND_TEXT(x) #x
#define FIGUREGROUND_NAME(x) FIGUREGROUND_TEXT(x)
  static const RowKernels table{FIGUREGROUND_NAME(FIGUREGROUND_SET),
                                sizeof(Stored),
                                sizeof(Real),
                                stride_of,
                                reduce,
                                blur,
                                axis,
                                expand,
                                collect,
                                gather,
                                gather_line,
                                merge_nodes,
                                merge_points,
                                splat,
                                slice,
                                load,
                                store,
                                replace,
                                remainder,
                                restore,
                                to_logits,
                                softmax};
  return table;
}

}  // namespace figureground::FIGUREGROUND_SET
