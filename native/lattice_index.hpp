// Numbers the distinct vertices of a lattice in the order of their keys.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include "buffer.hpp"
#include "parallel.hpp"
#include "row_kernels.hpp"

namespace figureground {

// Numbers the keys of one tile, fewer than 2^16, as they come.
class TileKeys {
 public:
  // At most so many keys come, with repetitions.
  TileKeys(std::vector<std::uint64_t>& keys, std::size_t most)
      : keys_(keys), bits_(std::bit_width(most)), table_(std::size_t{1} << bits_, kFree) {}

  std::uint16_t number(std::uint64_t key) {
    std::size_t at = key * 0x9E3779B97F4A7C15u >> (64 - bits_);
    while (table_[at] != kFree && keys_[table_[at]] != key) at = (at + 1) & (table_.size() - 1);
    if (table_[at] == kFree) {
      table_[at] = static_cast<std::uint16_t>(keys_.size());
      keys_.push_back(key);
    }
    return table_[at];
  }

 private:
  static constexpr std::uint16_t kFree = 0xFFFF;

  std::vector<std::uint64_t>& keys_;
  int bits_;
  std::vector<std::uint16_t> table_;
};

// A key and its place in the lists.
struct PlacedKey {
  std::uint64_t key;
  std::uint32_t place;
};

// By keys, equal ones in the order of their places. Least significant digit first; members share
// the places, and those of a digit go to where the members before them end.
class KeySort {
 public:
  KeySort(const std::vector<std::vector<std::uint64_t>>& lists,
          const std::vector<std::uint32_t>& start, Team& team)
      : keys_(start.back()), moved_(keys_.size()), next_(team.size()) {
    std::atomic<std::uint64_t> used = 0;
    team.run([&](int rank) {
      std::uint64_t bits = 0;
      const Range part = share(lists.size(), rank, team.size());
      for (std::size_t t = part.begin; t < part.end; ++t)
        for (std::uint32_t i = 0, place = start[t]; i < lists[t].size(); ++i, ++place) {
          keys_[place] = {lists[t][i], place};
          bits |= lists[t][i];
        }
      used |= bits;
      team.barrier();
      for (int shift = 0; shift < 64 && used >> shift != 0; shift += kDigit)
        move(shift, rank, team);
    });
  }

  std::size_t size() const { return keys_.size(); }
  const PlacedKey& operator[](std::size_t i) const { return keys_[i]; }

 private:
  static constexpr int kDigit = 11;
  static constexpr std::size_t kBuckets = std::size_t{1} << kDigit;

  void move(int shift, int rank, Team& team) {
    const auto digit = [&](const PlacedKey& k) { return (k.key >> shift) & (kBuckets - 1); };
    const Range part = share(keys_.size(), rank, team.size());
    std::vector<std::uint32_t>& next = next_[rank];
    next.assign(kBuckets, 0);
    for (std::size_t i = part.begin; i < part.end; ++i) ++next[digit(keys_[i])];
    team.barrier();
    if (rank == 0) {
      std::uint32_t sum = 0;
      for (std::size_t b = 0; b < kBuckets; ++b)
        for (auto& counts : next_) sum += std::exchange(counts[b], sum);
    }
    team.barrier();
    for (std::size_t i = part.begin; i < part.end; ++i) moved_[next[digit(keys_[i])]++] = keys_[i];
    team.barrier();
    if (rank == 0) std::swap(keys_, moved_);
    team.barrier();
  }

  Array<PlacedKey> keys_, moved_;
  std::vector<std::vector<std::uint32_t>> next_;  // of a member's keys, by digit
};

// The distinct keys of lists one after the other, ascending, and which of them each place holds.
struct Vertices {
  std::vector<std::uint64_t> keys;
  std::vector<std::uint32_t> number;

  // The places of list t are start[t] to start[t + 1].
  Vertices(const std::vector<std::vector<std::uint64_t>>& lists,
           const std::vector<std::uint32_t>& start, Team& team) {
    const KeySort sorted(lists, start, team);
    number.resize(sorted.size());
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      const auto [key, place] = sorted[i];
      if (keys.empty() || keys.back() != key) keys.push_back(key);
      number[place] = static_cast<std::uint32_t>(keys.size() - 1);
    }
    if (keys.size() > 0xFFFFFFFFu / StepRows::kTaps)
      throw std::length_error("features: the lattice has too many vertices; use larger scales");
  }
};

}  // namespace figureground
