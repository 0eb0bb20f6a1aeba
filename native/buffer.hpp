// Uninitialised memory for large arrays of rows.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace figureground {

class Buffer {
 public:
  // Room for at least `bytes`; what was in it is lost when it has to grow.
  void reserve(std::size_t bytes) {
    if (bytes <= capacity_) return;
    memory_.reset();
    const std::size_t unit = bytes >= 2 * kAlignment ? kAlignment : 64;
    capacity_ = (bytes + unit - 1) / unit * unit;
    memory_.reset(std::aligned_alloc(unit, capacity_));
    if (memory_ == nullptr) {
      capacity_ = 0;
      throw std::bad_alloc();
    }
#if defined(__linux__)
    // Lattice rows are read at random: small pages would miss the translation buffer. The last
    // large page would be mostly empty.
    if (unit == kAlignment) madvise(memory_.get(), bytes / unit * unit, MADV_HUGEPAGE);
#endif
  }

  // The same, and the first `bytes` zero.
  void zero(std::size_t bytes) {
    reserve(bytes);
    if (bytes > 0) std::memset(memory_.get(), 0, bytes);
  }

  void* data() const { return memory_.get(); }

 private:
  static constexpr std::size_t kAlignment = std::size_t{1} << 21;
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };

  std::unique_ptr<void, Free> memory_;
  std::size_t capacity_ = 0;
};

// Memory of somebody else's, from which pieces can be had for a while.
class Loan {
 public:
  Loan() = default;
  Loan(void* memory, std::size_t bytes) : memory_(memory), bytes_(bytes) {}

  // A piece of so many bytes, or null if it does not fit into what is left: nothing, by default.
  void* take(std::size_t bytes) {
    void* piece = std::align(64, bytes, memory_, bytes_);
    if (piece == nullptr) return nullptr;
    memory_ = static_cast<char*>(piece) + bytes;
    bytes_ -= bytes;
    return piece;
  }

 private:
  void* memory_ = nullptr;
  std::size_t bytes_ = 0;
};

// An array that is not set to anything: what is large and written anyway need not be touched twice.
template <typename Element>
class Array {
 public:
  explicit Array(std::size_t size) : size_(size) { memory_.reserve(size * sizeof(Element)); }

  Element* begin() const { return static_cast<Element*>(memory_.data()); }
  Element* end() const { return begin() + size_; }
  Element& operator[](std::size_t i) const { return begin()[i]; }
  std::size_t size() const { return size_; }

 private:
  std::size_t size_;
  Buffer memory_;
};

}  // namespace figureground
