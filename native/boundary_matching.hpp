#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "grid.hpp"

namespace figureground {

/// One-to-one matching of detected boundary pixels with true ones, as many pairs as possible for
/// every threshold at once.
///
/// Detections enter from the strongest on, each along an augmenting path where there is one. What
/// has a partner keeps one, and by the exchange property of bipartite matchings (those detections
/// that can be matched together form a matroid) the detections matched among the strongest n are a
/// maximum matching of these n, for every n.
class BoundaryMatching {
 public:
  BoundaryMatching(const std::uint8_t* truth, Size size, double radius)
      : truth_(truth), size_(size), partner_(size.pixels(), kFree), visit_(size.pixels(), 0) {
    const int reach = static_cast<int>(radius);
    for (int dy = -reach; dy <= reach; ++dy) {
      for (int dx = -reach; dx <= reach; ++dx) {
        if (dy * dy + dx * dx <= radius * radius) offsets_.push_back({dy, dx});
      }
    }
    std::stable_sort(offsets_.begin(), offsets_.end(), [](Offset a, Offset b) {
      return a.dy * a.dy + a.dx * a.dx < b.dy * b.dy + b.dx * b.dx;
    });
  }

  /// Marks the detections, pixels of `strength` above 0, that have a partner.
  std::vector<std::uint8_t> match(const float* strength) {
    std::vector<int> order;
    for (int pixel = 0; pixel < size_.pixels(); ++pixel) {
      if (strength[pixel] > 0) order.push_back(pixel);
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return strength[a] > strength[b]; });
    std::vector<std::uint8_t> matched(size_.pixels(), 0);
    for (const int detection : order) matched[detection] = augment(detection);
    return matched;
  }

 private:
  struct Offset {
    int dy, dx;
  };

  static constexpr int kFree = -1;

  /// Breadth-first search for a free true pixel. After a failed search nothing that it saw can ever
  /// lead to one: those pixels stay marked, and are never entered again.
  bool augment(int detection) {
    queue_.assign(1, {detection, kFree});
    seen_.clear();
    for (std::size_t at = 0; at < queue_.size(); ++at) {
      const int found = expand(static_cast<int>(at));
      if (found == kFree) continue;
      assign(found, static_cast<int>(at));
      for (const int pixel : seen_) visit_[pixel] = 0;
      return true;
    }
    return false;
  }

  /// Enqueues the partners of what is near an entry of the queue, or returns a free pixel there.
  int expand(int at) {
    const int y = queue_[at].detection / size_.width, x = queue_[at].detection % size_.width;
    for (const auto [dy, dx] : offsets_) {
      const int row = y + dy, column = x + dx;
      if (row < 0 || row >= size_.height || column < 0 || column >= size_.width) continue;
      const int pixel = size_.at(row, column);
      if (!truth_[pixel] || visit_[pixel]) continue;
      if (partner_[pixel] == kFree) return pixel;
      visit_[pixel] = 1;
      seen_.push_back(pixel);
      queue_.push_back({partner_[pixel], at, pixel});
    }
    return kFree;
  }

  /// Pairs along the path that led to a free pixel.
  void assign(int pixel, int at) {
    for (; at != kFree; at = queue_[at].from) {
      partner_[pixel] = queue_[at].detection;
      pixel = queue_[at].left;
    }
  }

  /// A detection to be matched anew, the entry that wants its pixel, and that pixel.
  struct Step {
    int detection, from, left = kFree;
  };

  const std::uint8_t* truth_;
  Size size_;
  std::vector<Offset> offsets_;
  std::vector<int> partner_;
  std::vector<std::uint8_t> visit_;
  std::vector<int> seen_;
  std::vector<Step> queue_;
};

}  // namespace figureground
