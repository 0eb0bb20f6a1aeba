// Mean field inference in a fully connected CRF with Gaussian edge potentials.
//
// Source: Krähenbühl and Koltun, "Efficient Inference in Fully Connected CRFs with Gaussian Edge
// Potentials", NIPS 2011. An iteration filters Q with every kernel, then visits the pixels in
// blocks that fit the first cache: slice, add up the energies, softmax, store.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "filter.hpp"
#include "parallel.hpp"
#include "simd.hpp"

namespace figureground {

// The message of a kernel to label a, subtracted from its energy: gain[a] (K Q)_a, or, where there
// is a matrix, -Σ_b matrix[a, b] (K Q)_b.
struct Compatibility {
  std::vector<float> gain, matrix;
};

struct Schedule {
  int iterations;
  float step;       // of the way from Q to its update, in (0, 1]
  float tolerance;  // stop when no marginal changes by more; negative: never
  bool warm;        // start from the given Q
};

class MeanField {
 public:
  // `poll` is asked between iterations whether to stop.
  using Poll = std::function<bool()>;

  MeanField(std::size_t points, int threads) : points_(points), team_(threads) {}

  std::size_t points() const { return points_; }
  std::size_t terms() const { return terms_.size(); }
  std::size_t nodes(std::size_t term) const { return terms_[term].filter->nodes(); }
  std::vector<float> diagonal(std::size_t term) const { return terms_[term].filter->diagonal(); }
  Team& team() { return team_; }

  void add(std::unique_ptr<Filter> filter, Normalization normalization, bool exclude_self) {
    filter->normalize(normalization, team_);
    Term term{std::move(filter), {}, {}, {}};
    if (exclude_self) {
      term.self = term.filter->diagonal();
      for (float& s : term.self) s = -s;
      term.own.resize(points_);
      for (std::size_t i = 0; i < points_; ++i) term.own[i] = static_cast<std::uint32_t>(i);
    }
    terms_.push_back(std::move(term));
  }

  void set_compatibility(std::size_t term, Compatibility compatibility) {
    terms_[term].compatibility = std::move(compatibility);
  }

  // unary and q: (classes, points), q also the start if the schedule is warm. Returns how many
  // iterations were made.
  int infer(const float* unary, float* q, std::size_t classes, const Schedule& schedule,
            const Poll& poll) {
    const RowKernels& kernels = row_kernels();
    const std::size_t stride = kernels.stride(classes);
    const std::size_t bytes = points_ * stride * kernels.storage_bytes;
    energies_.reserve(bytes);
    state_.reserve(bytes);
    const Run run{kernels, classes, stride, schedule};
    pack_energies(run, unary);
    if (schedule.warm)
      pack_state(run, q);
    else
      start(run, schedule.iterations == 0 ? q : nullptr);
    int done = 0;
    bool settled = schedule.iterations == 0;
    while (!settled && done < schedule.iterations) {
      if (poll()) return -1;
      for (auto& term : terms_) term.filter->spread(kernels, state_.data(), stride, false, team_);
      ++done;
      const float change = update(run, done == schedule.iterations ? q : nullptr);
      settled = change <= schedule.tolerance;
    }
    if (settled && done < schedule.iterations) unpack_state(run, q);
    return done;
  }

  // out = normalised kernel times values, both (channels, points).
  template <typename Real>
  void filter(std::size_t term, const Real* values, Real* out, std::size_t channels,
              bool transposed, const RowKernels& kernels) {
    Filter& filter = *terms_[term].filter;
    const std::size_t stride = kernels.stride(channels);
    Buffer rows;
    rows.reserve(points_ * stride * kernels.storage_bytes);
    over_blocks<Real>(stride, [&](std::vector<Real>& block, std::size_t first, std::size_t count) {
      std::fill(block.begin(), block.end(), Real{0});
      for (std::size_t c = 0; c < channels; ++c)
        for (std::size_t i = 0; i < count; ++i)
          block[i * stride + c] = values[c * points_ + first + i];
      kernels.store(block.data(), first, count, rows.data(), stride);
    });
    filter.spread(kernels, rows.data(), stride, transposed, team_);
    const std::vector<Real> unit(stride, Real{1});
    over_blocks<Real>(stride, [&](std::vector<Real>& block, std::size_t first, std::size_t count) {
      std::fill(block.begin(), block.end(), Real{0});
      kernels.slice(filter.slice(), first, count, unit.data(), block.data(), stride);
      unpack(block.data(), out, channels, stride, first, count);
    });
  }

 private:
  struct Term {
    std::unique_ptr<Filter> filter;
    Compatibility compatibility;
    std::vector<float> self;         // minus the kernel between each pixel and itself
    std::vector<std::uint32_t> own;  // 0, 1, 2 …
  };
  struct Run {
    const RowKernels& kernels;
    std::size_t classes, stride;
    const Schedule& schedule;
  };

  static constexpr std::size_t kBlock = 64;
  // Energies are stored as the distance to the pixel's lowest, in 16 bits.
  static constexpr float kHighest = 60000.0f;

  // Calls visit(block, first, count) for all blocks of pixels, in parallel.
  template <typename Real, typename Visit>
  void over_blocks(std::size_t stride, Visit visit) {
    team_.for_ranges((points_ + kBlock - 1) / kBlock, [&](Range part) {
      std::vector<Real> block(kBlock * stride);
      for (std::size_t b = part.begin; b < part.end; ++b) {
        const std::size_t first = b * kBlock;
        visit(block, first, std::min(kBlock, points_ - first));
      }
    });
  }

  template <typename Real>
  void unpack(const Real* block, Real* planar, std::size_t classes, std::size_t stride,
              std::size_t first, std::size_t count) const {
    for (std::size_t c = 0; c < classes; ++c)
      for (std::size_t i = 0; i < count; ++i)
        planar[c * points_ + first + i] = block[i * stride + c];
  }

  void pack_energies(const Run& run, const float* unary) {
    over_blocks<float>(run.stride, [&](std::vector<float>& block, std::size_t first,
                                       std::size_t count) {
      std::fill(block.begin(), block.end(), -kHighest);
      for (std::size_t i = 0; i < count; ++i) {
        float lowest = unary[first + i];
        for (std::size_t c = 1; c < run.classes; ++c)
          lowest = std::min(lowest, unary[c * points_ + first + i]);
        for (std::size_t c = 0; c < run.classes; ++c)
          block[i * run.stride + c] = std::max(lowest - unary[c * points_ + first + i], -kHighest);
      }
      run.kernels.store(block.data(), first, count, energies_.data(), run.stride);
    });
  }

  void pack_state(const Run& run, const float* q) {
    over_blocks<float>(run.stride,
                       [&](std::vector<float>& block, std::size_t first, std::size_t count) {
                         std::fill(block.begin(), block.end(), 0.0f);
                         for (std::size_t c = 0; c < run.classes; ++c)
                           for (std::size_t i = 0; i < count; ++i)
                             block[i * run.stride + c] = q[c * points_ + first + i];
                         run.kernels.store(block.data(), first, count, state_.data(), run.stride);
                       });
  }

  void unpack_state(const Run& run, float* q) {
    over_blocks<float>(run.stride,
                       [&](std::vector<float>& block, std::size_t first, std::size_t count) {
                         run.kernels.load(state_.data(), first, count, block.data(), run.stride);
                         unpack(block.data(), q, run.classes, run.stride, first, count);
                       });
  }

  // Q = softmax(-unary).
  void start(const Run& run, float* q) {
    over_blocks<float>(run.stride,
                       [&](std::vector<float>& block, std::size_t first, std::size_t count) {
                         run.kernels.load(energies_.data(), first, count, block.data(), run.stride);
                         run.kernels.softmax(block.data(), count, run.stride);
                         run.kernels.store(block.data(), first, count, state_.data(), run.stride);
                         if (q != nullptr)
                           unpack(block.data(), q, run.classes, run.stride, first, count);
                       });
  }

  // One update of all pixels; writes q if given; returns the largest change of a marginal where a
  // tolerance asks for it.
  float update(const Run& run, float* q) {
    std::vector<float> changes((points_ + kBlock - 1) / kBlock, 0.0f);
    std::vector<std::vector<float>> scales;
    const Update all = plan(run, scales);
    over_blocks<float>(run.stride,
                       [&](std::vector<float>& block, std::size_t first, std::size_t count) {
                         if (all.slices > 0 || terms_.empty())
                           run.kernels.update(all, first, count, block.data(), run.stride);
                         else
                           update_with_matrices(run, block, first, count);
                         changes[first / kBlock] = mix(run, block, first, count);
                         run.kernels.store(block.data(), first, count, state_.data(), run.stride);
                         if (q != nullptr)
                           unpack(block.data(), q, run.classes, run.stride, first, count);
                       });
    if (run.schedule.tolerance < 0) return 1.0f;
    return *std::max_element(changes.begin(), changes.end());
  }

  // The slices of all kernels, or none where a compatibility is a matrix.
  Update plan(const Run& run, std::vector<std::vector<float>>& scales) const {
    Update all{energies_.data(), 0, {}, {}};
    scales.reserve(terms_.size());
    std::size_t wanted = 0;
    for (const Term& term : terms_) {
      wanted += term.self.empty() ? 1 : 2;
      if (!term.compatibility.matrix.empty() || wanted > Update::kMost)
        return {energies_.data(), 0, {}, {}};
      scales.emplace_back(run.stride, 0.0f);
      std::copy(term.compatibility.gain.begin(), term.compatibility.gain.end(),
                scales.back().begin());
      for (const Slice& slice : slices(term)) {
        all.slice[all.slices] = slice;
        all.scale[all.slices++] = scales.back().data();
      }
    }
    return all;
  }

  // The kernel's slice and, where a pixel is to leave itself out, what to take off.
  std::vector<Slice> slices(const Term& term) const {
    std::vector<Slice> result{term.filter->slice()};
    if (!term.self.empty())
      result.push_back({state_.data(), term.own.data(), term.self.data(), 1, 1.0f});
    return result;
  }

  void update_with_matrices(const Run& run, std::vector<float>& block, std::size_t first,
                            std::size_t count) const {
    run.kernels.load(energies_.data(), first, count, block.data(), run.stride);
    const std::vector<float> unit(run.stride, 1.0f);
    std::vector<float> message(block.size());
    for (const Term& term : terms_) {
      std::fill(message.begin(), message.end(), 0.0f);
      for (const Slice& slice : slices(term))
        run.kernels.slice(slice, first, count, unit.data(), message.data(), run.stride);
      for (std::size_t i = 0; i < count; ++i)
        subtract_cost(term.compatibility, &message[i * run.stride], &block[i * run.stride],
                      run.classes);
    }
    run.kernels.softmax(block.data(), count, run.stride);
  }

  static void subtract_cost(const Compatibility& compatibility, const float* message, float* logits,
                            std::size_t classes) {
    for (std::size_t a = 0; a < classes; ++a) {
      if (compatibility.matrix.empty()) {
        logits[a] += compatibility.gain[a] * message[a];
        continue;
      }
      const float* row = &compatibility.matrix[a * classes];
      for (std::size_t b = 0; b < classes; ++b) logits[a] -= row[b] * message[b];
    }
  }

  // Goes only part of the way from the old state; returns the largest change.
  float mix(const Run& run, std::vector<float>& block, std::size_t first, std::size_t count) const {
    const float step = run.schedule.step;
    if (step >= 1 && run.schedule.tolerance < 0) return 1.0f;
    std::vector<float> old(block.size());
    run.kernels.load(state_.data(), first, count, old.data(), run.stride);
    float largest = 0;
    for (std::size_t i = 0; i < count * run.stride; ++i) {
      block[i] = old[i] + step * (block[i] - old[i]);
      largest = std::max(largest, std::abs(block[i] - old[i]));
    }
    return largest;
  }

  std::size_t points_;
  Team team_;
  std::vector<Term> terms_;
  Buffer energies_, state_;
};

}  // namespace figureground
