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
    capacity_ = 0;
    memory_ = allocate(bytes);
    if (memory_ == nullptr) throw std::bad_alloc();
    capacity_ = bytes;
  }

  // The same, and the first `bytes` zero.
  void zero(std::size_t bytes) {
    reserve(bytes);
    if (bytes > 0) std::memset(memory_.get(), 0, bytes);
  }

  void* data() const { return memory_.get(); }

 private:
  struct Free {
    void* mapped;  // or null: from the heap
    std::size_t bytes;

    void operator()(void* memory) const {
#if defined(__linux__)
      if (mapped != nullptr) {
        munmap(mapped, bytes);
        return;
      }
#endif
      std::free(memory);
    }
  };
  using Memory = std::unique_ptr<void, Free>;

  static Memory allocate(std::size_t bytes) {
    constexpr std::size_t line = 64;
#if defined(__linux__)
    // Lattice rows are read at random: small pages would miss the translation buffer. Mapped memory
    // goes back when it is freed, where the heap would keep holes.
    constexpr std::size_t page = std::size_t{1} << 21;
    if (bytes >= 2 * page) {
      std::size_t room = bytes + page;
      void* const all =
          mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (all == MAP_FAILED) return {};
      void* aligned = all;
      std::align(page, bytes, aligned, room);
      // The last large page would be mostly empty.
      madvise(aligned, bytes / page * page, MADV_HUGEPAGE);
      return {aligned, Free{all, bytes + page}};
    }
#endif
    return {std::aligned_alloc(line, (bytes + line - 1) / line * line), Free{}};
  }

  Memory memory_;
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
