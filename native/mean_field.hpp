// Mean field inference in a fully connected CRF with Gaussian edge potentials.
//
// Source: Krähenbühl and Koltun, "Efficient Inference in Fully Connected CRFs with Gaussian Edge
// Potentials", NIPS 2011.
#pragma once

#include <cmath>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "parallel.hpp"
#include "permutohedral.hpp"

namespace figureground {

enum class Normalization { none, before, after, symmetric };

// One Gaussian kernel, its normalisation and its label compatibility (classes x classes; added to
// the energy, so that a Potts model has positive numbers off the diagonal).
struct PairwiseTerm {
  std::unique_ptr<Permutohedral> lattice;
  Normalization normalization;
  std::vector<float> compatibility;
  std::vector<float> scale_in, scale_out;
};

class MeanField {
 public:
  MeanField(std::size_t points, int threads) : points_(points), team_(threads) {}

  void add_kernel(const float* features, int dimensions, Normalization normalization) {
    PairwiseTerm term;
    term.lattice = std::make_unique<Permutohedral>(features, dimensions, points_, team_);
    term.normalization = normalization;
    normalize(term);
    terms_.push_back(std::move(term));
  }

  void set_compatibility(std::size_t kernel, std::vector<float> matrix) {
    terms_[kernel].compatibility = std::move(matrix);
  }

  // unary and q: (classes, points).
  void infer(const float* unary, float* q, std::size_t classes, int iterations) {
    std::vector<float> energy(points_ * classes), state(points_ * classes);
    transpose(unary, energy.data(), classes);
    for (std::size_t i = 0; i < state.size(); ++i) state[i] = -energy[i];
    softmax(state, classes);
    std::vector<float> scaled(state.size()), message(state.size()), logits(state.size());
    for (int step = 0; step < iterations; ++step) {
      for (std::size_t i = 0; i < logits.size(); ++i) logits[i] = -energy[i];
      for (const auto& term : terms_) add_message(term, state, scaled, message, logits, classes);
      state = logits;
      softmax(state, classes);
    }
    for (std::size_t i = 0; i < points_; ++i)
      for (std::size_t c = 0; c < classes; ++c) q[c * points_ + i] = state[i * classes + c];
  }

 private:
  void normalize(PairwiseTerm& term) {
    std::vector<float> ones(points_, 1.0f), mass(points_);
    term.scale_in.assign(points_, 1.0f);
    term.scale_out.assign(points_, 1.0f);
    if (term.normalization == Normalization::none) return;
    term.lattice->filter(ones.data(), mass.data(), 1, team_);
    for (std::size_t i = 0; i < points_; ++i) {
      const float m = mass[i] + 1e-20f;
      if (term.normalization == Normalization::symmetric)
        term.scale_in[i] = term.scale_out[i] = 1.0f / std::sqrt(m);
      else if (term.normalization == Normalization::before)
        term.scale_in[i] = 1.0f / m;
      else
        term.scale_out[i] = 1.0f / m;
    }
  }

  void add_message(const PairwiseTerm& term, const std::vector<float>& state,
                   std::vector<float>& scaled, std::vector<float>& message,
                   std::vector<float>& logits, std::size_t classes) {
    for (std::size_t i = 0; i < points_; ++i)
      for (std::size_t c = 0; c < classes; ++c)
        scaled[i * classes + c] = state[i * classes + c] * term.scale_in[i];
    term.lattice->filter(scaled.data(), message.data(), classes, team_);
    team_.for_ranges(points_, [&](Range part) {
      for (std::size_t i = part.begin; i < part.end; ++i) {
        const float* m = &message[i * classes];
        for (std::size_t a = 0; a < classes; ++a) {
          float cost = 0;
          for (std::size_t b = 0; b < classes; ++b)
            cost += term.compatibility[a * classes + b] * m[b];
          logits[i * classes + a] -= cost * term.scale_out[i];
        }
      }
    });
  }

  void transpose(const float* planar, float* interleaved, std::size_t classes) {
    team_.for_ranges(points_, [&](Range part) {
      for (std::size_t i = part.begin; i < part.end; ++i)
        for (std::size_t c = 0; c < classes; ++c)
          interleaved[i * classes + c] = planar[c * points_ + i];
    });
  }

  void softmax(std::vector<float>& values, std::size_t classes) {
    team_.for_ranges(points_, [&](Range part) {
      for (std::size_t i = part.begin; i < part.end; ++i) {
        float* v = &values[i * classes];
        const float top = *std::max_element(v, v + classes);
        float sum = 0;
        for (std::size_t c = 0; c < classes; ++c) sum += v[c] = std::exp(v[c] - top);
        for (std::size_t c = 0; c < classes; ++c) v[c] /= sum;
      }
    });
  }

  std::size_t points_;
  Team team_;
  std::vector<PairwiseTerm> terms_;
};

}  // namespace figureground
