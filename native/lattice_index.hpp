// Numbers the distinct vertices of a lattice in the order of their keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include "row_kernels.hpp"

namespace figureground {

// Numbers the keys of one tile, fewer than 2^16, as they come.
class TileKeys {
 public:
  explicit TileKeys(std::vector<std::uint64_t>& keys) : keys_(keys), table_(kSlots, kFree) {}

  std::uint16_t number(std::uint64_t key) {
    std::size_t at = key * 0x9E3779B97F4A7C15u >> (64 - kSlotBits);
    while (table_[at] != kFree && keys_[table_[at]] != key) at = (at + 1) % kSlots;
    if (table_[at] == kFree) {
      table_[at] = static_cast<std::uint16_t>(keys_.size());
      keys_.push_back(key);
    }
    return table_[at];
  }

 private:
  static constexpr std::uint16_t kFree = 0xFFFF;
  static constexpr int kSlotBits = 16;
  static constexpr std::size_t kSlots = std::size_t{1} << kSlotBits;

  std::vector<std::uint64_t>& keys_;
  std::vector<std::uint16_t> table_;
};

// A key and its place in the lists.
struct PlacedKey {
  std::uint64_t key;
  std::uint32_t place;
};

// By keys, equal ones in the order of their places. Least significant digit first.
inline std::vector<PlacedKey> sorted(const std::vector<std::vector<std::uint64_t>>& lists) {
  constexpr int digit = 11;
  constexpr std::size_t buckets = std::size_t{1} << digit;
  std::vector<PlacedKey> keys;
  std::uint64_t used = 0;
  for (const auto& list : lists)
    for (const std::uint64_t key : list) {
      keys.push_back({key, static_cast<std::uint32_t>(keys.size())});
      used |= key;
    }
  std::vector<PlacedKey> moved(keys.size());
  for (int shift = 0; shift < 64 && used >> shift != 0; shift += digit) {
    std::vector<std::size_t> at(buckets + 1, 0);
    for (const PlacedKey& k : keys) ++at[((k.key >> shift) & (buckets - 1)) + 1];
    for (std::size_t b = 0; b < buckets; ++b) at[b + 1] += at[b];
    for (const PlacedKey& k : keys) moved[at[(k.key >> shift) & (buckets - 1)]++] = k;
    keys.swap(moved);
  }
  return keys;
}

// The distinct keys of lists one after the other, ascending, and which of them each place holds.
struct Vertices {
  std::vector<std::uint64_t> keys;
  std::vector<std::uint32_t> number;

  explicit Vertices(const std::vector<std::vector<std::uint64_t>>& lists) {
    const std::vector<PlacedKey> placed = sorted(lists);
    number.resize(placed.size());
    for (const PlacedKey& k : placed) {
      if (keys.empty() || keys.back() != k.key) keys.push_back(k.key);
      number[k.place] = static_cast<std::uint32_t>(keys.size() - 1);
    }
    if (keys.size() >> kTapShift != 0)
      throw std::length_error("features: the lattice has too many vertices; use larger scales");
  }
};

}  // namespace figureground
