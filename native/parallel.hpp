// A team of threads that runs one task together, and how work is shared among them.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <thread>
#include <utility>
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

// Returns once `value` is no longer `old`. Looks for some 100 microseconds before it sleeps, since
// to be woken takes longer than what there mostly is to wait for.
inline void await(const std::atomic<std::uint32_t>& value, std::uint32_t old) {
  constexpr int looks = 3000;
  for (int look = 0; look < looks; ++look) {
    if (value.load(std::memory_order_acquire) != old) return;
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
  value.wait(old, std::memory_order_acquire);
}

// Where so many threads wait for each other, again and again.
class Barrier {
 public:
  explicit Barrier(int size) : size_(size), missing_(size) {}

  void arrive_and_wait() {
    const std::uint32_t round = round_.load(std::memory_order_relaxed);
    if (missing_.fetch_sub(1, std::memory_order_acq_rel) > 1) return await(round_, round);
    missing_.store(size_, std::memory_order_relaxed);
    round_.store(round + 1, std::memory_order_release);
    round_.notify_all();
  }

 private:
  int size_;
  std::atomic<int> missing_;
  std::atomic<std::uint32_t> round_ = 0;
};

// What a team throws that was asked to stop.
struct Stopped : std::exception {
  const char* what() const noexcept override { return "stopped"; }
};

// Threads that sleep between tasks. A task must not throw.
class Team {
 public:
  // The caller of `run` asks `poll` now and then whether to stop.
  using Poll = std::function<bool()>;

  explicit Team(int size, Poll poll = {}) : barrier_(std::max(size, 1)), poll_(std::move(poll)) {
    for (int rank = 1; rank < size; ++rank) threads_.emplace_back([this, rank] { serve(rank); });
  }

  ~Team() {
    begin(nullptr);
    for (auto& thread : threads_) thread.join();
  }

  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int size() const { return static_cast<int>(threads_.size()) + 1; }

  // Calls task(rank) once on every member, rank 0 on the caller; returns when all are done, or
  // throws Stopped.
  void run(const std::function<void(int)>& task) {
    begin(&task);
    task(0);
    barrier();
    if (stopped_.exchange(false)) throw Stopped();
  }

  // Splits [0, count) into one contiguous part a member and calls task(part).
  template <typename Task>
  void for_ranges(std::size_t count, Task task) {
    run([&](int rank) { task(share(count, rank, size())); });
  }

  // Calls visit(i) for i in [0, count), shared as `Shares` does.
  template <typename Visit>
  void for_each(std::size_t count, Visit visit);

  // Inside a task, of member `rank`: whether to leave out what is left, since `run` will throw.
  bool stops(int rank) {
    if (rank == 0 && poll_ && !stopped_) {
      const auto now = std::chrono::steady_clock::now();
      if (now - asked_ > kPatience) {
        asked_ = now;
        if (poll_()) stopped_ = true;
      }
    }
    return stopped_.load(std::memory_order_relaxed);
  }

  // Inside a task: waits until every member has come here.
  void barrier() { barrier_.arrive_and_wait(); }

 private:
  using Task = std::function<void(int)>;
  static constexpr std::chrono::milliseconds kPatience{50};

  void begin(const Task* task) {
    task_ = task;
    generation_.fetch_add(1, std::memory_order_release);
    generation_.notify_all();
  }

  void serve(int rank) {
    for (std::uint32_t seen = 0;; ++seen) {
      await(generation_, seen);
      if (task_ == nullptr) return;
      (*task_)(rank);
      barrier();
    }
  }

  Barrier barrier_;
  Poll poll_;
  std::chrono::steady_clock::time_point asked_{};  // last
  std::atomic<bool> stopped_ = false;
  const Task* task_ = nullptr;  // null: the end
  std::atomic<std::uint32_t> generation_ = 0;
  std::vector<std::thread> threads_;
};

// Items that members take in rounds: first those of their own part, which their caches hold from
// the round before, then what others have left.
class Shares {
 public:
  Shares(std::size_t count, Team& team) : team_(&team), count_(count), taken_(team.size()) {}

  // Calls visit(i) for the items that member `rank` takes of a round; all rounds begin with 0.
  template <typename Visit>
  void over(std::size_t round, int rank, Visit visit) {
    const int members = static_cast<int>(taken_.size());
    for (int k = 0; k < members; ++k) {
      const int owner = (rank + k) % members;
      const Range part = share(count_, owner, members);
      const std::size_t size = part.end - part.begin, before = round * size;
      std::size_t next = taken_[owner].load(std::memory_order_relaxed);
      while (next < before + size && !team_->stops(rank))
        if (taken_[owner].compare_exchange_weak(next, next + 1, std::memory_order_relaxed))
          visit(part.begin + next++ - before);
    }
  }

 private:
  Team* team_;
  std::size_t count_;
  std::vector<std::atomic<std::size_t>> taken_;  // of each member's part, in all rounds
};

template <typename Visit>
void Team::for_each(std::size_t count, Visit visit) {
  Shares shares(count, *this);
  run([&](int rank) { shares.over(0, rank, visit); });
}

}  // namespace figureground
