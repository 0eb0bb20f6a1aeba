// The permutohedral lattice: high-dimensional Gaussian filtering in time linear in the points.
//
// Source: Adams, Baek and Davis, "Fast High-Dimensional Filtering Using the Permutohedral
// Lattice", Eurographics 2010. A point of d features lies in a simplex of the lattice A*_d and is
// a barycentric mean of its d + 1 vertices: values are splatted to the vertices, blurred along the
// d + 1 axes of the lattice and sliced back.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "parallel.hpp"

namespace figureground {

inline constexpr int kMaxDimensions = 8;

class Permutohedral {
 public:
  // features: (dimensions, points), in units of the kernel's standard deviation.
  Permutohedral(const float* features, int dimensions, std::size_t points, Team& team)
      : dimensions_(dimensions), points_(points), corners_(dimensions + 1) {
    vertex_.resize(points * corners_);
    weight_.resize(points * corners_);
    std::vector<Key> keys(points * corners_);
    team.for_ranges(points, [&](Range part) {
      for (std::size_t i = part.begin; i < part.end; ++i) locate(features, i, &keys[i * corners_]);
    });
    number(keys);
  }

  std::size_t vertices() const { return vertices_; }

  // out = slice(blur(splat(in))) for values of `channels` floats a point, point-major.
  void filter(const float* in, float* out, std::size_t channels, Team& team) const {
    std::vector<float> values((vertices_ + 1) * channels), next((vertices_ + 1) * channels);
    splat(in, values.data(), channels);
    for (std::size_t axis = 0; axis < corners_; ++axis) {
      team.for_ranges(vertices_,
                      [&](Range part) { blur(values.data(), next.data(), channels, axis, part); });
      values.swap(next);
    }
    team.for_ranges(points_, [&](Range part) { slice(values.data(), out, channels, part); });
  }

 private:
  using Key = std::array<std::int32_t, kMaxDimensions>;

  // Finds the simplex of a point: its vertices' keys and barycentric weights.
  void locate(const float* features, std::size_t point, Key* keys) {
    const int d = dimensions_;
    std::array<double, kMaxDimensions + 1> elevated;
    std::array<int, kMaxDimensions + 1> base, rank{};
    std::array<double, kMaxDimensions + 2> barycentric{};
    double sum = 0;
    const double spread = std::sqrt(2.0 / 3.0) * (d + 1);
    for (int j = d; j > 0; --j) {
      const double x = features[static_cast<std::size_t>(j - 1) * points_ + point] * spread /
                       std::sqrt(static_cast<double>(j) * (j + 1));
      elevated[j] = sum - j * x;
      sum += x;
    }
    elevated[0] = sum;
    int total = 0;
    for (int i = 0; i <= d; ++i) {
      base[i] = static_cast<int>(std::lround(elevated[i] / (d + 1))) * (d + 1);
      total += base[i] / (d + 1);
    }
    for (int i = 0; i < d; ++i)
      for (int j = i + 1; j <= d; ++j)
        ++rank[elevated[i] - base[i] < elevated[j] - base[j] ? i : j];
    for (int i = 0; i <= d; ++i) {
      rank[i] += total;
      if (rank[i] < 0) {
        rank[i] += d + 1;
        base[i] += d + 1;
      } else if (rank[i] > d) {
        rank[i] -= d + 1;
        base[i] -= d + 1;
      }
    }
    for (int i = 0; i <= d; ++i) {
      const double v = (elevated[i] - base[i]) / (d + 1);
      barycentric[d - rank[i]] += v;
      barycentric[d + 1 - rank[i]] -= v;
    }
    barycentric[0] += 1.0 + barycentric[d + 1];
    for (int corner = 0; corner <= d; ++corner) {
      Key& key = keys[corner];
      key.fill(0);
      for (int i = 0; i < d; ++i)
        key[i] = base[i] + (rank[i] <= d - corner ? corner : corner - (d + 1));
      weight_[point * corners_ + corner] = static_cast<float>(barycentric[corner]);
    }
  }

  static std::size_t hash(const Key& key) {
    std::uint64_t h = 0;
    for (const std::int32_t x : key) h = (h ^ static_cast<std::uint32_t>(x)) * 0x9E3779B97F4A7C15u;
    return static_cast<std::size_t>(h ^ (h >> 29));
  }

  // Gives each distinct key an index, and finds every vertex's two neighbours along each axis.
  void number(const std::vector<Key>& keys) {
    std::size_t slots = 1024;
    std::vector<std::int32_t> table(slots, -1);
    std::vector<Key> found;
    const auto find = [&](const Key& key) {
      std::size_t at = hash(key) & (slots - 1);
      while (table[at] >= 0 && found[table[at]] != key) at = (at + 1) & (slots - 1);
      return at;
    };
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::size_t at = find(keys[i]);
      if (table[at] < 0) {
        table[at] = static_cast<std::int32_t>(found.size());
        found.push_back(keys[i]);
      }
      vertex_[i] = table[at];
      if (found.size() * 2 < slots) continue;
      slots *= 2;
      table.assign(slots, -1);
      for (std::size_t v = 0; v < found.size(); ++v)
        table[find(found[v])] = static_cast<std::int32_t>(v);
    }
    vertices_ = found.size();
    neighbours_.resize(vertices_ * corners_ * 2);
    for (std::size_t v = 0; v < vertices_; ++v) {
      for (int axis = 0; axis <= dimensions_; ++axis) {
        Key up = found[v], down = found[v];
        for (int i = 0; i < dimensions_; ++i) {
          up[i] += 1;
          down[i] -= 1;
        }
        if (axis < dimensions_) {
          up[axis] = found[v][axis] - dimensions_;
          down[axis] = found[v][axis] + dimensions_;
        }
        std::int32_t* pair = &neighbours_[(v * corners_ + axis) * 2];
        const std::int32_t a = table[find(up)], b = table[find(down)];
        pair[0] = a < 0 ? static_cast<std::int32_t>(vertices_) : a;
        pair[1] = b < 0 ? static_cast<std::int32_t>(vertices_) : b;
      }
    }
  }

  void splat(const float* in, float* values, std::size_t channels) const {
    for (std::size_t i = 0; i < points_ * corners_; ++i) {
      const float* source = in + i / corners_ * channels;
      float* target = values + vertex_[i] * channels;
      for (std::size_t c = 0; c < channels; ++c) target[c] += weight_[i] * source[c];
    }
  }

  void blur(const float* values, float* next, std::size_t channels, std::size_t axis,
            Range part) const {
    for (std::size_t v = part.begin; v < part.end; ++v) {
      const std::int32_t* pair = &neighbours_[(v * corners_ + axis) * 2];
      const float* a = values + pair[0] * channels;
      const float* b = values + pair[1] * channels;
      const float* centre = values + v * channels;
      for (std::size_t c = 0; c < channels; ++c)
        next[v * channels + c] = centre[c] + 0.5f * (a[c] + b[c]);
    }
  }

  void slice(const float* values, float* out, std::size_t channels, Range part) const {
    // The gain of splat, blur and slice: makes a kernel whose peak is near 1.
    const float alpha = 1.0f / (1.0f + std::pow(2.0f, -static_cast<float>(dimensions_)));
    for (std::size_t i = part.begin; i < part.end; ++i) {
      float* target = out + i * channels;
      std::fill(target, target + channels, 0.0f);
      for (std::size_t corner = 0; corner < corners_; ++corner) {
        const float w = alpha * weight_[i * corners_ + corner];
        const float* source = values + vertex_[i * corners_ + corner] * channels;
        for (std::size_t c = 0; c < channels; ++c) target[c] += w * source[c];
      }
    }
  }

  int dimensions_;
  std::size_t points_, corners_, vertices_ = 0;
  std::vector<std::int32_t> vertex_, neighbours_;
  std::vector<float> weight_;
};

}  // namespace figureground
