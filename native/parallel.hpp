// A team of threads that runs one task together, and how work is shared among them.
#pragma once

#include <algorithm>
#include <barrier>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace figureground {

// Half-open range of indices.
struct Range {
  std::size_t begin;
  std::size_t end;
};

// The contiguous part of [0, count) that member `rank` of `size` works on.
inline Range share(std::size_t count, int rank, int size) {
  const auto r = static_cast<std::size_t>(rank), s = static_cast<std::size_t>(size);
  return {count * r / s, count * (r + 1) / s};
}

// Threads that sleep between tasks. A task must not throw.
class Team {
 public:
  explicit Team(int size) : barrier_(std::max(size, 1)) {
    for (int rank = 1; rank < size; ++rank) threads_.emplace_back([this, rank] { serve(rank); });
  }

  ~Team() {
    {
      const std::lock_guard lock(mutex_);
      task_ = nullptr;
      ++generation_;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
  }

  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int size() const { return static_cast<int>(threads_.size()) + 1; }

  // Calls task(rank) once on every member, rank 0 on the caller; returns when all are done.
  void run(const std::function<void(int)>& task) {
    if (!threads_.empty()) {
      const std::lock_guard lock(mutex_);
      task_ = &task;
      ++generation_;
    }
    wake_.notify_all();
    task(0);
    barrier();
  }

  // Splits [0, count) into one contiguous part a member and calls task(part).
  template <typename Task>
  void for_ranges(std::size_t count, Task task) {
    run([&](int rank) { task(share(count, rank, size())); });
  }

  // Inside a task: waits until every member has come here.
  void barrier() { barrier_.arrive_and_wait(); }

 private:
  void serve(int rank) {
    std::uint64_t seen = 0;
    for (;;) {
      const std::function<void(int)>* task = nullptr;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return generation_ != seen; });
        seen = generation_;
        task = task_;
      }
      if (task == nullptr) return;
      (*task)(rank);
      barrier();
    }
  }

  std::barrier<> barrier_;
  std::mutex mutex_;
  std::condition_variable wake_;
  const std::function<void(int)>* task_ = nullptr;
  std::uint64_t generation_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace figureground
