#pragma once

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>

#include "parallel.hpp"

namespace figureground {

/// Calls body(i) for every i in 0..tasks, each on whichever member of the team is free.
///
/// Tasks must write to different places; then the result does not depend on the team. The first
/// exception of a task is thrown again here once all members are done.
template <class Body>
void run_tasks(Team& team, int tasks, Body&& body) {
  std::atomic<int> next{0};
  std::exception_ptr error;
  std::mutex error_mutex;
  team.run([&](int) {
    try {
      for (int task = next++; task < tasks; task = next++) body(task);
    } catch (...) {
      next = tasks;
      const std::lock_guard lock(error_mutex);
      if (!error) error = std::current_exception();
    }
  });
  if (error) std::rethrow_exception(error);
}

/// Calls body(first, last) for consecutive blocks of 0..count.
template <class Body>
void run_blocks(Team& team, int count, int block, Body&& body) {
  run_tasks(team, (count + block - 1) / block,
            [&](int i) { body(i * block, std::min(count, (i + 1) * block)); });
}

}  // namespace figureground
