// Which vertices of the permutohedral lattice points lie between. Built once for each instruction
// set, see lane_math.hpp.
#include "lane_simplex.hpp"

namespace figureground::FIGUREGROUND_SET {
namespace {

typedef std::uint64_t Keys
    __attribute__((vector_size(kLanes * 8), aligned(alignof(std::uint64_t)), may_alias));
typedef std::int64_t Wholes
    __attribute__((vector_size(kLanes * 8), aligned(alignof(std::int64_t)), may_alias));

template <int d>
void locate_lanes(const LatticeFrame& frame, const float* features, std::uint64_t* keys,
                  float* weights) {
  const Simplex s = simplex<d>(frame, features);
  Keys key = Keys{} + frame.origin;
  for (int k = 0; k <= d; ++k)
    key -= (Keys) __builtin_convertvector(s.base[k], Wholes) * frame.step[k];
  Value before{};
  walk<d>(s, [&](int c, auto here) {
    *reinterpret_cast<Keys*>(keys + c * kBatch) = key;
    Value offset{};
    for (int k = 0; k <= d; ++k) {
      add_where(here(k), offset, s.offset[k]);
      key += (Keys) __builtin_convertvector(here(k), Wholes) & frame.step[k];
    }
    write(weights + c * kBatch, (offset - before) * (1.0f / (d + 1)));
    before = offset;
  });
  write(weights, read(weights) + 1 - before * (1.0f / (d + 1)));
}

// Loops of a length known beforehand take half the time.
template <int d>
void locate_batch(const LatticeFrame& frame, const float* features, std::uint64_t* keys,
                  float* weights) {
  for (std::size_t lane = 0; lane < kBatch; lane += kLanes)
    locate_lanes<d>(frame, features + lane, keys + lane, weights + lane);
}

constexpr Locate kByDimensions[] = {locate_batch<1>, locate_batch<2>, locate_batch<3>,
                                    locate_batch<4>, locate_batch<5>, locate_batch<6>,
                                    locate_batch<7>, locate_batch<8>};

}  // namespace

void locate(const LatticeFrame& frame, const float* features, std::uint64_t* keys, float* weights) {
  kByDimensions[frame.dimensions - 1](frame, features, keys, weights);
}

}  // namespace figureground::FIGUREGROUND_SET
