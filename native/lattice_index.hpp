// Numbers the distinct vertices of a lattice in the order of their keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include "row_kernels.hpp"

namespace figureground {

// Open addressing, a power of two of slots, at most half full.
class KeyTable {
 public:
  // The index of a key, which is added if it is new.
  std::uint32_t insert(std::uint64_t key) {
    std::size_t at = slot(key);
    while (slots_[at].index != kEmpty && slots_[at].key != key) at = (at + 1) & mask_;
    if (slots_[at].index != kEmpty) return slots_[at].index;
    const auto index = static_cast<std::uint32_t>(keys_.size());
    slots_[at] = {key, index};
    keys_.push_back(key);
    if (keys_.size() * 2 > slots_.size()) grow();
    return index;
  }

  std::vector<std::uint64_t> take() { return std::move(keys_); }

 private:
  static constexpr std::uint32_t kEmpty = 0xFFFFFFFFu;
  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t index = kEmpty;
  };

  std::size_t slot(std::uint64_t key) const {
    return static_cast<std::size_t>((key * 0x9E3779B97F4A7C15u) >> 20) & mask_;
  }

  void grow() {
    slots_.assign(slots_.size() * 2, {});
    mask_ = slots_.size() - 1;
    for (std::uint32_t i = 0; i < keys_.size(); ++i) {
      std::size_t at = slot(keys_[i]);
      while (slots_[at].index != kEmpty) at = (at + 1) & mask_;
      slots_[at] = {keys_[i], i};
    }
  }

  std::vector<Slot> slots_ = std::vector<Slot>(1 << 15);
  std::size_t mask_ = (1 << 15) - 1;
  std::vector<std::uint64_t> keys_;
};

// Sorts keys; returns the rank of each in the sorted order. Least significant digit first.
inline std::vector<std::uint32_t> sort_keys(std::vector<std::uint64_t>& keys) {
  constexpr int digit = 11;
  constexpr std::size_t buckets = std::size_t{1} << digit;
  std::vector<std::uint32_t> order(keys.size()), moved_order(keys.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::vector<std::uint64_t> moved(keys.size());
  std::uint64_t used = 0;
  for (const std::uint64_t key : keys) used |= key;
  for (int shift = 0; shift < 64 && (used >> shift) != 0; shift += digit) {
    std::vector<std::size_t> at(buckets + 1, 0);
    for (const std::uint64_t key : keys) ++at[((key >> shift) & (buckets - 1)) + 1];
    for (std::size_t b = 0; b < buckets; ++b) at[b + 1] += at[b];
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::size_t to = at[(keys[i] >> shift) & (buckets - 1)]++;
      moved[to] = keys[i];
      moved_order[to] = order[i];
    }
    keys.swap(moved);
    order.swap(moved_order);
  }
  std::vector<std::uint32_t> rank(keys.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) rank[order[i]] = i;
  return rank;
}

// Replaces the keys of all points' corners by the sorted distinct keys; fills `index` with the
// place of each corner's key among them, and returns how many there are.
inline std::size_t number(std::vector<std::uint64_t>& keys, std::vector<std::uint32_t>& index,
                          std::size_t corners) {
  KeyTable table;
  index.resize(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    // Neighbouring pixels often share a vertex.
    const bool same = i >= corners && keys[i] == keys[i - corners];
    index[i] = same ? index[i - corners] : table.insert(keys[i]);
  }
  keys = table.take();
  if (keys.size() >> kTapShift != 0)
    throw std::length_error("features: the lattice has too many vertices; use larger scales");
  const std::vector<std::uint32_t> rank = sort_keys(keys);
  for (std::uint32_t& i : index) i = rank[i];
  return keys.size();
}

}  // namespace figureground
