// The permutohedral lattice: high-dimensional Gaussian filtering in time linear in the points.
//
// Source: Adams, Baek and Davis, "Fast High-Dimensional Filtering Using the Permutohedral
// Lattice", Eurographics 2010. A point of d features lies in a simplex of the lattice A*_d; values
// are splatted to its d + 1 vertices, blurred along the d + 1 axes and sliced back. Two things
// differ here, both for accuracy:
//  - the weights of the vertices are not barycentric but those of the best linear prediction of
//    the kernel from its values at the vertices (kriging), the same cost when used;
//  - the blur is not one pass an axis, each of which loses what would go through a vertex that no
//    point touches, but one pass for every three axes with all their combinations of steps.
// Every pass gathers, so results do not depend on the number of threads.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "filter.hpp"
#include "lattice_blur.hpp"
#include "lattice_frame.hpp"
#include "lattice_index.hpp"
#include "simd.hpp"

namespace figureground {

class Permutohedral : public Filter {
 public:
  // features: (dimensions, points) in units of the kernel's standard deviation.
  Permutohedral(const float* features, int dimensions, std::size_t points, Team& team)
      : corners_(dimensions + 1), points_(points) {
    const Frame frame(features, dimensions, points);
    std::vector<std::uint64_t> keys = locate(frame, features, team);
    vertices_ = number(keys, index_, corners_);
    scale(frame);
    blur_ = std::make_unique<LatticeBlur>(frame, keys, team);
    transpose();
  }

  std::size_t nodes() const override { return vertices_; }
  Slice slice() const override {
    return {workspace_.front(), index_.data(), weight_.data(), static_cast<int>(corners_),
            slice_gain_};
  }

  void spread(const RowKernels& kernels, const void* pixels, std::size_t stride, bool transposed,
              Team& team) override {
    workspace_.reserve(vertices_, stride * kernels.storage_bytes);
    team.for_ranges(vertices_, [&](Range part) {
      kernels.gather(splat_.view(splat_gain_), pixels, workspace_.front(), stride, part);
    });
    for (std::size_t pass = 0; pass < blur_->passes(); ++pass) {
      const TapRows taps = blur_->taps(transposed ? blur_->passes() - 1 - pass : pass);
      team.for_ranges(vertices_, [&](Range part) {
        kernels.blur(taps, workspace_.front(), workspace_.back(), stride, part);
      });
      workspace_.turn();
    }
  }

  void normalize(Normalization normalization, Team& team) override {
    if (normalization == Normalization::none) return;
    const std::vector<float> sums = masses(team);
    std::vector<float> before(points_), after(points_);
    diagonal_.resize(points_);
    for (std::size_t i = 0; i < points_; ++i) {
      const Factors f = factors(normalization, sums[i]);
      before[i] = f.before;
      after[i] = f.after;
      diagonal_[i] = f.before * f.after;
    }
    // The weights keep their size, which 16 bits hold well; the mean factor becomes a gain.
    splat_gain_ = mean(before);
    slice_gain_ = mean(after);
    team.for_ranges(points_, [&](Range part) {
      for (std::size_t i = part.begin; i < part.end; ++i)
        for (std::size_t k = 0; k < corners_; ++k)
          weight_[i * corners_ + k] *= after[i] / slice_gain_;
    });
    team.for_ranges(splat_.index.size(), [&](Range part) {
      for (std::size_t e = part.begin; e < part.end; ++e)
        splat_.weight[e] *= before[splat_.index[e]] / splat_gain_;
    });
  }

  std::vector<float> diagonal() const override {
    return diagonal_.empty() ? std::vector<float>(points_, 1.0f) : diagonal_;
  }

 private:
  std::vector<std::uint64_t> locate(const Frame& frame, const float* features, Team& team) {
    std::vector<std::uint64_t> keys(points_ * corners_);
    weight_.resize(points_ * corners_);
    const std::size_t batches = (points_ + kBatch - 1) / kBatch;
    team.for_ranges(batches, [&](Range part) {
      for (std::size_t b = part.begin; b < part.end; ++b) {
        const std::size_t first = b * kBatch, count = std::min(kBatch, points_ - first);
        row_kernels().locate(frame.view(), features, points_, first, count, &keys[first * corners_],
                             &weight_[first * corners_]);
      }
    });
    return keys;
  }

  static float mean(const std::vector<float>& values) {
    double sum = 0;
    for (const float value : values) sum += value;
    return static_cast<float>(sum / static_cast<double>(values.size()));
  }

  // Makes the kernel between a point and itself 1 on average.
  void scale(const Frame& frame) {
    const std::vector<double> near = LatticeBlur::simplex_weights(frame.dimensions());
    const std::size_t step = points_ / 1024 + 1;
    double self = 0, sampled = 0;
    for (std::size_t i = 0; i < points_; i += step, ++sampled)
      for (std::size_t a = 0; a < corners_; ++a)
        for (std::size_t b = 0; b < corners_; ++b)
          self += static_cast<double>(weight_[i * corners_ + a]) * weight_[i * corners_ + b] *
                  near[a > b ? a - b : b - a];
    const float gain = static_cast<float>(1 / std::sqrt(self / sampled));
    for (float& weight : weight_) weight *= gain;
  }

  // The splat as rows of vertices, from the slice as rows of points.
  void transpose() {
    splat_.start.assign(vertices_ + 1, 0);
    for (const std::uint32_t vertex : index_) ++splat_.start[vertex + 1];
    for (std::size_t v = 0; v < vertices_; ++v) splat_.start[v + 1] += splat_.start[v];
    splat_.index.resize(index_.size());
    splat_.weight.resize(index_.size());
    std::vector<std::uint32_t> next(splat_.start.begin(), splat_.start.end() - 1);
    for (std::size_t i = 0; i < points_; ++i)
      for (std::size_t k = 0; k < corners_; ++k) {
        const std::uint32_t at = next[index_[i * corners_ + k]]++;
        splat_.index[at] = static_cast<std::uint32_t>(i);
        splat_.weight[at] = weight_[i * corners_ + k];
      }
  }

  // Row sums of the kernel matrix before normalisation.
  std::vector<float> masses(Team& team) {
    const RowKernels& kernels = row_kernels();
    const std::size_t stride = kernels.stride(1);
    Buffer ones;
    ones.reserve(points_ * stride * kernels.storage_bytes);
    const std::vector<float> row(stride, 1.0f), unit(stride, 1.0f);
    std::vector<float> sums(points_);
    team.for_ranges(points_, [&](Range part) {
      for (std::size_t i = part.begin; i < part.end; ++i)
        kernels.store(row.data(), i, 1, ones.data(), stride);
    });
    spread(kernels, ones.data(), stride, false, team);
    team.for_ranges(points_, [&](Range part) {
      std::vector<float> block(stride);
      for (std::size_t i = part.begin; i < part.end; ++i) {
        std::fill(block.begin(), block.end(), 0.0f);
        kernels.slice(slice(), i, 1, unit.data(), block.data(), stride);
        sums[i] = block[0];
      }
    });
    return sums;
  }

  static constexpr std::size_t kBatch = 16;

  std::size_t corners_, points_, vertices_ = 0;
  std::vector<std::uint32_t> index_;
  std::vector<float> weight_, diagonal_;
  float splat_gain_ = 1.0f, slice_gain_ = 1.0f;
  SparseMatrix splat_;
  std::unique_ptr<LatticeBlur> blur_;
  Workspace workspace_;
};

}  // namespace figureground
