// Mean field inference in a fully connected CRF with Gaussian edge potentials.
//
// Source: Krähenbühl and Koltun, "Efficient Inference in Fully Connected CRFs with Gaussian Edge
// Potentials", NIPS 2011. An iteration blurs the nodes of every kernel, then visits the image tile
// by tile: slice, add up the energies, softmax, splat. Strips where nothing moves leave out
// updates, unless an update goes only part of the way or is to be told when nothing moves.
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "apply_filter.hpp"
#include "node_rows.hpp"
#include "parallel.hpp"
#include "planes.hpp"
#include "rests.hpp"
#include "simd.hpp"
#include "support.hpp"
#include "term.hpp"

namespace figureground {

struct Schedule {
  int iterations;
  float step;       // of the way from Q to its update, in (0, 1]
  float tolerance;  // stop when no marginal changes by more; negative: never
  bool warm;        // start from the given Q
};

class MeanField {
 public:
  static constexpr int kNotFinite = -1;

  // The slowest axis first. What takes long throws Stopped soon after `poll` says so.
  MeanField(const std::vector<std::size_t>& shape, int threads, Team::Poll poll = {})
      : shape_(shape), tiling_(shape), team_(threads, std::move(poll)) {}

  const std::vector<std::size_t>& shape() const { return shape_; }
  const Tiling& tiling() const { return tiling_; }
  std::size_t points() const { return tiling_.points(); }
  std::size_t terms() const { return terms_.size(); }
  std::size_t nodes(std::size_t term) const { return terms_[term].filter->nodes().size(); }
  Team& team() { return team_; }

  // The normalised kernel between each point and itself.
  std::vector<float> diagonal(std::size_t term) const {
    std::vector<float> values(points());
    for (std::size_t t = 0; t < tiling_.tiles(); ++t)
      tiling_.over_strips(t, [&](const Strip& strip) {
        for (std::size_t i = 0; i < strip.count; ++i)
          values[strip.point + i] = terms_[term].filter->self_weight(strip, i);
      });
    return values;
  }

  void add(std::unique_ptr<Filter> filter, Normalization normalization, bool exclude_self) {
    filter->normalize(normalization, team_);
    rows_.emplace_back(*filter);
    terms_.push_back({std::move(filter), {}, exclude_self, normalization != Normalization::none});
  }

  void set_compatibility(std::size_t term, Compatibility compatibility) {
    terms_[term].compatibility = std::move(compatibility);
  }

  // unary and q: (classes, points), q also the start if the schedule is warm; the marginals of
  // classes that are not kept become zero. Returns how many iterations were made; or kNotFinite, if
  // some of the unary of the classes kept is not.
  int infer(const float* unary, float* q, const Classes& classes, const Schedule& schedule) {
    const std::size_t channels = classes.kept.size();
    const RowKernels& kernels = row_kernels(channels);
    const Run run{{kernels, kernels.stride(channels)},
                  schedule,
                  classes,
                  {unary, channels, tiling_, classes.kept.data()},
                  {q, channels, tiling_, classes.kept.data()}};
    prepare(run);
    std::atomic<bool> stopped = false;
    int done = 0;
    Shares shares(tiling_.tiles(), team_);  // not equal ones, since tiles may rest
    team_.run([&](int rank) {
      TileRows rows(rows_, run.shape);
      std::size_t blurs = 0;
      shares.over(0, rank, [&](std::size_t t) { start(run, rows, t); });
      for (int iteration = 1; iteration <= schedule.iterations; ++iteration) {
        if (rank == 0) stopped = team_.stops(rank);
        team_.barrier();
        if (stopped || !finite_ || settled(run, iteration)) break;
        // Nobody asks the nodes where all rests.
        if (rests_.all({0, tiling_.strips()}))
          team_.barrier();
        else
          blur_nodes(rows_, iteration - 1, blurs++, run.shape, team_, rank);
        shares.over(static_cast<std::size_t>(iteration), rank,
                    [&](std::size_t t) { update(run, rows, t, iteration); });
        if (rank == 0) done = iteration;
      }
    });
    if (!finite_) return kNotFinite;
    if (done < schedule.iterations) unpack_state(run, done);
    clear_others(run);
    return done;
  }

  // out = normalised kernel times values, both (channels, points).
  template <typename Real>
  void filter(std::size_t term, const Real* values, Real* out, std::size_t channels,
              bool transposed, const RowKernels& kernels) {
    const RowShape shape{kernels, kernels.stride(channels), transposed};
    const Planes<const Real> from{values, channels, tiling_};
    const Planes<Real> to{out, channels, tiling_};
    apply_filter<Real>(
        rows_[term], tiling_, team_, shape,
        [&](const Strip& strip, Real* rows) { pack_rows(from, strip, rows, shape.stride); },
        [&](std::size_t t, const Real* rows) {
          tiling_.over_strips(t, [&](const Strip& strip) {
            unpack_rows(&rows[strip.first * shape.stride], shape.stride, strip, to);
          });
        });
  }

 private:
  struct Run {
    RowShape shape;
    const Schedule& schedule;
    const Classes& given;
    Planes<const float> unary;
    Planes<float> q;

    std::size_t classes() const { return q.channels; }  // those kept
    bool mixes() const { return schedule.step < 1 || schedule.tolerance >= 0; }
  };
  using Block = std::vector<float>;

  // Energies are stored as the distance to the pixel's lowest, in 16 bits.
  static constexpr float kHighest = 60000.0f;

  void prepare(const Run& run) {
    const std::size_t bytes = tiling_.positions() * run.shape.row_bytes();
    energies_.reserve(bytes);
    rests_.start(tiling_.strips());
    finite_ = true;
    looks_back_ = run.mixes();
    scales_.assign(terms_.size(), Block(run.shape.stride, 1.0f));
    weight_ = 0;
    for (std::size_t k = 0; k < terms_.size(); ++k) {
      const Term& term = terms_[k];
      weight_ += term.weight();
      looks_back_ |= term.exclude_self;
      const float gain = term.filter->slice_gain(false);
      for (std::size_t c = 0; c < run.classes(); ++c)
        scales_[k][c] = gain * (term.compatibility.matrix.empty() ? term.compatibility.gain[c] : 1);
    }
    reserve_rows(run);
    keeper_ = nullptr;
    for (const NodeRows& rows : rows_)
      if (rows.filter().keeps_points()) keeper_ = &rows;
    if (keeper_ == nullptr) marginals_.reserve(bytes);
    changes_.assign(tiling_.tiles(), std::numeric_limits<float>::infinity());
  }

  // Until the last update the nodes' rows may lie in the caller's array, if it is not read as the
  // start: the largest first.
  void reserve_rows(const Run& run) {
    const bool free = !run.schedule.warm && run.schedule.iterations > 0;
    Loan loan(run.q.values, free ? run.given.all * points() * sizeof(float) : 0);
    std::vector<NodeRows*> order;
    for (NodeRows& rows : rows_) order.push_back(&rows);
    std::sort(order.begin(), order.end(), [](const NodeRows* a, const NodeRows* b) {
      return a->filter().nodes().splat_rows() > b->filter().nodes().splat_rows();
    });
    for (NodeRows* rows : order)
      rows->reserve(run.shape.row_bytes(), run.schedule.iterations, loan, team_);
  }

  // The marginals after a round: where a filter keeps them, which reads those of the round before
  // while they are written, or always in the same place.
  void* marginals(int round) const {
    return keeper_ == nullptr ? marginals_.data() : keeper_->splats(round);
  }

  bool settled(const Run& run, int iteration) const {
    return iteration > 1 &&
           *std::max_element(changes_.begin(), changes_.end()) <= run.schedule.tolerance;
  }

  // Packs a tile's energies; Q = softmax(-unary), or what is given.
  void start(const Run& run, TileRows& rows, std::size_t t) {
    const auto& [kernels, stride, transposed] = run.shape;
    Block block(kStrip * stride);
    tiling_.over_strips(t, [&](const Strip& strip) {
      pack_energies(run, strip, block);
      kernels.store(block.data(), strip.position, strip.count, energies_.data(), stride);
      if (run.schedule.warm) {
        std::fill(block.begin(), block.end(), 0.0f);
        pack_rows<float>({run.q.values, run.classes(), tiling_, run.q.number}, strip, block.data(),
                         stride);
      } else {
        kernels.softmax(block.data(), strip.count, stride);
      }
      if (run.schedule.iterations == 0) unpack_rows(block.data(), stride, strip, run.q);
      kernels.store(block.data(), strip.position, strip.count, marginals(0), stride);
    });
    splat(run, rows, t, 0);
  }

  void pack_energies(const Run& run, const Strip& strip, Block& block) {
    const auto& [kernels, stride, transposed] = run.shape;
    pack_rows(run.unary, strip, block.data(), stride);
    for (std::size_t i = 0; i < strip.count; ++i)
      std::fill(&block[i * stride] + run.classes(), &block[(i + 1) * stride],
                std::numeric_limits<float>::max());
    if (!kernels.to_logits(block.data(), strip.count, stride, -kHighest)) finite_ = false;
  }

  void splat(const Run& run, TileRows& rows, std::size_t t, int round) const {
    const std::size_t first = tiling_.tile(t).first * run.shape.row_bytes();
    rows.splat(t, static_cast<const char*>(marginals(round)) + first, round);
  }

  void update(const Run& run, TileRows& rows, std::size_t t, int iteration) {
    const auto& [kernels, stride, transposed] = run.shape;
    const bool last = iteration == run.schedule.iterations;
    const bool rests = rests_.all(tiling_.strips(t));
    if (!rests) rows.read(t, iteration - 1);
    Block block(kStrip * stride), old(looks_back_ ? block.size() : 0);
    float change = 0;
    tiling_.over_strips(t, [&](const Strip& strip) {
      const bool begins = rests_.begins(strip.number);
      if (rests_.pass(strip.number)) {
        if (last)
          unpack_done(run, strip, iteration, block);
        else if (begins && keeper_ != nullptr)
          carry_over(run, strip, iteration);
        return;
      }
      kernels.load(energies_.data(), strip.position, strip.count, block.data(), stride);
      if (looks_back_)
        kernels.load(marginals(iteration - 1), strip.position, strip.count, old.data(), stride);
      for (std::size_t k = 0; k < terms_.size(); ++k) add_message(run, rows, k, strip, old, block);
      kernels.softmax(block.data(), strip.count, stride);
      if (run.mixes())
        change = std::max(change, mix(run.schedule.step, old, block, strip.count * stride));
      if (last)
        unpack_rows(block.data(), stride, strip, run.q);
      else
        keep(run, strip, iteration, block);
    });
    // The sums of a tile at rest stay where they are. Where two arrays take turns, the one before
    // the last is as good: nothing moved much between them.
    if (!last && !rests) splat(run, rows, t, iteration);
    changes_[t] = change;
  }

  // Stores new marginals, and sees whether the strip may rest. If it does for all updates that are
  // left, what 16 bits lost of them takes the place of its energies, which it needs no more.
  void keep(const Run& run, const Strip& strip, int iteration, const Block& block) {
    const auto& [kernels, stride, transposed] = run.shape;
    void* rows = marginals(iteration);
    const Change moved = kernels.replace(block.data(), strip.position, strip.count,
                                         marginals(iteration - 1), rows, stride);
    if (run.mixes()) return;
    rests_.note(strip.number, moved.largest, gain(moved, strip.count));
    if (rests_.throughout(strip.number, run.schedule.iterations - iteration))
      kernels.remainder(block.data(), strip.position, strip.count, rows, energies_.data(), stride);
  }

  // What a strip had as it came to rest, for the rounds whose marginals lie elsewhere.
  void carry_over(const Run& run, const Strip& strip, int iteration) const {
    const std::size_t bytes = run.shape.row_bytes(), first = strip.position * bytes;
    std::memcpy(static_cast<char*>(marginals(iteration)) + first,
                static_cast<const char*>(marginals(iteration - 1)) + first, strip.count * bytes);
  }

  // Writes what a strip had as it came to rest.
  void unpack_done(const Run& run, const Strip& strip, int iteration, Block& block) const {
    const auto& [kernels, stride, transposed] = run.shape;
    kernels.restore(marginals(iteration - 1), energies_.data(), strip.position, strip.count,
                    block.data(), stride);
    unpack_rows(block.data(), stride, strip, run.q);
  }

  // Adds kernel k's message to the logits of a strip.
  void add_message(const Run& run, TileRows& rows, std::size_t k, const Strip& strip,
                   const Block& old, Block& logits) const {
    const std::size_t stride = run.shape.stride;
    const Term& term = terms_[k];
    const bool matrix = !term.compatibility.matrix.empty();
    Block message(matrix ? logits.size() : 0);
    Block& target = matrix ? message : logits;
    rows.slice(k, strip, scales_[k].data(), target.data());
    if (!matrix && !term.exclude_self) return;
    for (std::size_t i = 0; i < strip.count; ++i) {
      if (term.exclude_self) {
        const float self = term.filter->self_weight(strip, i);
        for (std::size_t c = 0; c < run.classes(); ++c)
          target[i * stride + c] -=
              (matrix ? self : self * term.compatibility.gain[c]) * old[i * stride + c];
      }
      if (matrix)
        subtract_cost(term.compatibility.matrix, &message[i * stride], &logits[i * stride],
                      run.classes());
    }
  }

  static void subtract_cost(const std::vector<float>& matrix, const float* message, float* logits,
                            std::size_t classes) {
    for (std::size_t a = 0; a < classes; ++a)
      for (std::size_t b = 0; b < classes; ++b) logits[a] -= matrix[a * classes + b] * message[b];
  }

  // How far the marginals of some points move, in the mean, where those of all others move by 1:
  // the messages' weight times what a softmax of two classes turns of it into change, 2 q (1 - q).
  double gain(const Change& change, std::size_t points) const {
    return weight_ * (1 - change.squares / static_cast<double>(points));
  }

  // Goes only part of the way from the old Q; returns the largest change.
  static float mix(float step, const Block& old, Block& block, std::size_t values) {
    float largest = 0;
    for (std::size_t i = 0; i < values; ++i) {
      block[i] = old[i] + step * (block[i] - old[i]);
      largest = std::max(largest, std::abs(block[i] - old[i]));
    }
    return largest;
  }

  void unpack_state(const Run& run, int done) const {
    const std::size_t stride = run.shape.stride;
    Block block(kStrip * stride);
    for (std::size_t t = 0; t < tiling_.tiles(); ++t)
      tiling_.over_strips(t, [&](const Strip& strip) {
        run.shape.kernels.load(marginals(done), strip.position, strip.count, block.data(), stride);
        unpack_rows(block.data(), stride, strip, run.q);
      });
  }

  // The planes of classes that were left out.
  void clear_others(const Run& run) {
    std::vector<std::size_t> others;
    for (std::size_t c = 0; c < run.given.all; ++c)
      if (!std::binary_search(run.given.kept.begin(), run.given.kept.end(), c)) others.push_back(c);
    team_.for_each(others.size(), [&](std::size_t k) {
      std::fill_n(run.q.values + others[k] * points(), points(), 0.0f);
    });
  }

  std::vector<std::size_t> shape_;
  Tiling tiling_;
  Team team_;
  std::vector<Term> terms_;
  std::vector<NodeRows> rows_;        // by term
  Buffer energies_, marginals_;       // as stored rows, by position
  const NodeRows* keeper_ = nullptr;  // of the marginals, if a filter keeps points
  Rests rests_;
  std::vector<Block> scales_;   // of the slices, by term
  std::vector<float> changes_;  // largest of each tile in the last update
  double weight_ = 0;           // of all messages
  std::atomic<bool> finite_;
  bool looks_back_ = false;
};

}  // namespace figureground
