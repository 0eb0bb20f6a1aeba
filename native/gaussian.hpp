// A Gaussian over the positions of a regular grid of one to three axes, as separable passes.
//
// Along an axis whose standard deviation is several samples, values are splatted linearly to
// nodes a power of two of samples apart, filtered there, and sliced linearly; the filter's variance
// is what the two interpolations leave. Each pass is a sparse matrix along one axis.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "filter.hpp"
#include "simd.hpp"

namespace figureground {

class GridGaussian : public Filter {
 public:
  // Sizes and standard deviations in samples, the slowest axis first.
  GridGaussian(std::vector<std::size_t> sizes, std::vector<double> sigmas)
      : sizes_(std::move(sizes)), sigmas_(std::move(sigmas)) {
    build(Normalization::none);
  }

  std::size_t nodes() const override { return index_.size() / corners_; }
  Slice slice() const override {
    return {workspace_.front(), index_.data(), weight_.data(), corners_, 1.0f};
  }
  void normalize(Normalization normalization, Team&) override { build(normalization); }
  std::vector<float> diagonal() const override { return diagonal_; }

  void spread(const RowKernels& kernels, const void* pixels, std::size_t stride, bool transposed,
              Team& team) override {
    (void)transposed;  // the passes of different axes commute, and each is symmetric
    const std::size_t bytes = stride * kernels.storage_bytes;
    std::vector<std::size_t> shape = sizes_;
    const void* from = pixels;
    for (const Step& step : steps_) {
      AxisPass pass{step.matrix.view(), shape[step.axis], step.matrix.rows(), 1};
      std::size_t outer = 1;
      for (std::size_t a = 0; a < shape.size(); ++a) {
        if (a < step.axis) outer *= shape[a];
        if (a > step.axis) pass.inner *= shape[a];
      }
      workspace_.reserve(most_rows_, bytes);
      team.for_ranges(outer * pass.out, [&](Range part) {
        kernels.axis(pass, from, workspace_.back(), stride, part);
      });
      workspace_.turn();
      from = workspace_.front();
      shape[step.axis] = pass.out;
    }
  }

 private:
  // A sparse matrix of one axis, kept by rows of (column, weight).
  using Matrix = std::vector<std::vector<std::pair<std::uint32_t, double>>>;
  struct Step {
    std::size_t axis;
    SparseMatrix matrix;
  };
  struct Axis {
    Matrix splat, filter, slice;
    std::vector<double> diagonal;
  };

  // Samples between nodes: at most two thirds of the standard deviation.
  static std::size_t spacing(std::size_t size, double sigma) {
    std::size_t r = 1;
    while (2.0 * static_cast<double>(r) * 1.5 <= sigma && r < size) r *= 2;
    return r;
  }

  static Matrix interpolation(std::size_t size, std::size_t r) {
    Matrix rows(size);
    for (std::size_t i = 0; i < size; ++i) {
      if (r == 1) {
        rows[i] = {{static_cast<std::uint32_t>(i), 1.0}};
        continue;
      }
      const double at = (static_cast<double>(i) + 0.5) / static_cast<double>(r) + 0.5;
      const auto node = static_cast<std::uint32_t>(at);
      rows[i] = {{node, 1 - (at - node)}, {node + 1, at - node}};
    }
    return rows;
  }

  static Matrix gaussian(std::size_t nodes, double variance) {
    const auto last = static_cast<int>(nodes) - 1;
    const int reach = static_cast<int>(std::min(last + 1.0, std::ceil(3.3 * std::sqrt(variance))));
    Matrix rows(nodes);
    for (int i = 0; i <= last; ++i)
      for (int j = std::max(0, i - reach); j <= std::min(last, i + reach); ++j)
        rows[i].emplace_back(j, std::exp(-0.5 * (i - j) * (i - j) / variance));
    return rows;
  }

  static Matrix transpose(const Matrix& matrix, std::size_t columns) {
    Matrix rows(columns);
    for (std::uint32_t r = 0; r < matrix.size(); ++r)
      for (const auto& [c, w] : matrix[r]) rows[c].emplace_back(r, w);
    return rows;
  }

  static Matrix product(const Matrix& a, const Matrix& b, std::size_t columns) {
    Matrix rows(a.size());
    std::vector<double> sum(columns, 0.0);
    for (std::size_t r = 0; r < a.size(); ++r) {
      std::size_t low = columns, high = 0;
      for (const auto& [k, w] : a[r])
        for (const auto& [c, v] : b[k]) {
          sum[c] += w * v;
          low = std::min<std::size_t>(low, c);
          high = std::max<std::size_t>(high, c + 1);
        }
      for (std::size_t c = low; c < high; ++c) {
        if (sum[c] != 0) rows[r].emplace_back(static_cast<std::uint32_t>(c), sum[c]);
        sum[c] = 0;
      }
    }
    return rows;
  }

  static std::vector<double> row_sums(const Matrix& matrix) {
    std::vector<double> sums;
    for (const auto& row : matrix) {
      sums.push_back(0);
      for (const auto& [c, w] : row) sums.back() += w;
    }
    return sums;
  }

  static void scale_columns(Matrix& matrix, const std::vector<double>& by) {
    for (auto& row : matrix)
      for (auto& [c, w] : row) w *= by[c];
  }

  static void scale_rows(Matrix& matrix, const std::vector<double>& by) {
    for (std::size_t r = 0; r < matrix.size(); ++r)
      for (auto& [c, w] : matrix[r]) w *= by[r];
  }

  static SparseMatrix packed(const Matrix& matrix) {
    SparseMatrix result;
    for (const auto& row : matrix) {
      for (const auto& [c, w] : row) {
        result.index.push_back(c);
        result.weight.push_back(static_cast<float>(w));
      }
      result.start.push_back(static_cast<std::uint32_t>(result.index.size()));
    }
    return result;
  }

  static Axis axis(std::size_t size, double sigma, Normalization normalization) {
    const std::size_t r = spacing(size, sigma);
    const double step = static_cast<double>(r);
    double interpolated = 0;
    for (std::size_t p = 0; r > 1 && p < r; ++p) {
      const double f = (static_cast<double>(p) + 0.5) / step;
      interpolated += step * f * (1 - f);
    }
    const double variance = (sigma * sigma - 2 * interpolated) / (step * step);
    Axis a;
    a.slice = interpolation(size, r);
    const std::size_t nodes = r == 1 ? size : size / r + 3;
    a.splat = transpose(a.slice, nodes);
    a.filter = gaussian(nodes, variance);
    if (r > 1)
      scale_rows(a.filter, std::vector<double>(nodes, sigma / (step * step * std::sqrt(variance))));
    const std::vector<double> mass =
        row_sums(product(a.slice, product(a.filter, a.splat, size), size));
    std::vector<double> before(size), after(size);
    for (std::size_t i = 0; i < size; ++i) {
      const Factors f = factors(normalization, static_cast<float>(mass[i]));
      before[i] = f.before;
      after[i] = f.after;
      a.diagonal.push_back(before[i] * after[i]);
    }
    scale_columns(a.splat, before);
    scale_rows(a.slice, after);
    return a;
  }

  void build(Normalization normalization) {
    steps_.clear();
    index_.clear();
    weight_.clear();
    diagonal_.assign(1, 1.0f);
    std::vector<Axis> axes;
    for (std::size_t a = 0; a < sizes_.size(); ++a)
      axes.push_back(axis(sizes_[a], sigmas_[a], normalization));
    std::vector<Step> filters, slices;
    for (std::size_t a = sizes_.size(); a-- > 0;) {
      const bool last = a + 1 == sizes_.size();
      const bool direct = axes[a].filter.size() == sizes_[a];
      if (direct) {
        Matrix all = product(axes[a].filter, axes[a].splat, sizes_[a]);
        if (!last) all = product(axes[a].slice, all, sizes_[a]);
        filters.push_back({a, packed(all)});
        continue;
      }
      steps_.push_back({a, packed(axes[a].splat)});
      filters.push_back({a, packed(axes[a].filter)});
      if (!last) slices.push_back({a, packed(axes[a].slice)});
    }
    for (auto& step : filters) steps_.push_back(std::move(step));
    for (auto& step : slices) steps_.push_back(std::move(step));
    finish(axes);
  }

  // The slice along the last axis, for each pixel, and the sizes of the passes.
  void finish(const std::vector<Axis>& axes) {
    const Matrix& last = axes.back().slice;
    corners_ = static_cast<int>(last[0].size());
    const std::size_t width = axes.back().filter.size();
    std::size_t lines = 1;
    for (std::size_t a = 0; a + 1 < sizes_.size(); ++a) lines *= sizes_[a];
    for (std::size_t line = 0; line < lines; ++line)
      for (const auto& row : last)
        for (const auto& [c, w] : row) {
          index_.push_back(static_cast<std::uint32_t>(line * width + c));
          weight_.push_back(static_cast<float>(w));
        }
    for (const Axis& a : axes) {
      std::vector<float> next;
      for (const float outer : diagonal_)
        for (const double inner : a.diagonal) next.push_back(static_cast<float>(outer * inner));
      diagonal_ = std::move(next);
    }
    std::vector<std::size_t> shape = sizes_;
    most_rows_ = 0;
    for (const Step& step : steps_) {
      shape[step.axis] = step.matrix.rows();
      std::size_t rows = 1;
      for (const std::size_t size : shape) rows *= size;
      most_rows_ = std::max(most_rows_, rows);
    }
  }

  std::vector<std::size_t> sizes_;
  std::vector<double> sigmas_;
  std::vector<Step> steps_;
  std::vector<std::uint32_t> index_;
  std::vector<float> weight_, diagonal_;
  int corners_ = 1;
  std::size_t most_rows_ = 0;
  Workspace workspace_;
};

}  // namespace figureground
