#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "superpixels.hpp"
#include "tasks.hpp"

namespace figureground {

using Colour = std::array<float, 3>;

/// CIE L*a*b* over 270 of linear RGB in [0, 1] (sRGB primaries, D65).
inline Colour lab_of(const Colour& rgb) {
  const auto [r, g, b] = rgb;
  const float x = (0.430574f * r + 0.341550f * g + 0.178325f * b) / 0.950456f;
  const float y = 0.222015f * r + 0.706655f * g + 0.071330f * b;
  const float z = (0.020183f * r + 0.129553f * g + 0.939180f * b) / 1.088754f;
  const auto lightness = [](float v) {
    return (v > 0.008856f ? 116 * std::cbrt(v) - 16 : 903.3f * v) / 270;
  };
  const float lx = lightness(x), ly = lightness(y), lz = lightness(z);
  return {ly, 500.0f / 116 * (lx - ly), 200.0f / 116 * (ly - lz)};
}

/// What the learned seeds and masks see of a superpixel.
struct Look {
  std::array<float, 6> position;  // means of x, y, x², y², |x|, |y|, each axis from -.5 to .5
  std::array<float, 6> colour;    // mean red, green, blue in [0, 1], then L*a*b*
  bool on_border;                 // holds a pixel of the image's first or last row or column
};

/// The palette has as many colours as the authors' trained masks expect.
inline constexpr int kPalette = 30;

struct Appearance {
  std::vector<Look> looks;
  /// histogram[c][n]: the share of superpixel n's pixels that are nearest to palette colour c.
  std::array<std::vector<float>, kPalette> histogram;
};

namespace detail {

inline constexpr int kBits = 5;  // a channel's bits in the colour tables

inline int table_index(const std::uint8_t* rgb) {
  return rgb[0] >> 3 << 10 | rgb[1] >> 3 << 5 | rgb[2] >> 3;
}

/// L*a*b* of the middle of every cell of the colour table.
inline const std::vector<Colour>& lab_table() {
  static const std::vector<Colour> table = [] {
    std::vector<Colour> values(1 << 3 * kBits);
    for (int i = 0; i < static_cast<int>(values.size()); ++i) {
      const auto level = [&](int shift) { return ((i >> shift & 31) * 8 + 3.5f) / 255; };
      values[i] = lab_of({level(10), level(5), level(0)});
    }
    return values;
  }();
  return table;
}

inline int nearest(const std::vector<Colour>& palette, const Colour& colour) {
  int best = 0;
  float least = std::numeric_limits<float>::max();
  for (int c = 0; c < static_cast<int>(palette.size()); ++c) {
    float distance = 0;
    for (int k = 0; k < 3; ++k) {
      distance += (palette[c][k] - colour[k]) * (palette[c][k] - colour[k]);
    }
    if (distance < least) least = distance, best = c;
  }
  return best;
}

/// kPalette colours of the image by k-means over pixels taken at equal steps.
inline std::vector<Colour> make_palette(const std::uint8_t* rgb, Size size) {
  constexpr int kSamples = 1000, kRounds = 3;
  std::vector<Colour> samples(kSamples);
  for (int i = 0; i < kSamples; ++i) {
    const auto pixel = static_cast<std::int64_t>(i) * size.pixels() / kSamples;
    samples[i] = lab_table()[table_index(rgb + 3 * pixel)];
  }
  std::vector<Colour> palette(kPalette);
  for (int c = 0; c < kPalette; ++c) palette[c] = samples[c * kSamples / kPalette];
  for (int round = 0; round < kRounds; ++round) {
    std::vector<std::array<float, 4>> sums(kPalette, {0, 0, 0, 0});
    for (const Colour& sample : samples) {
      auto& sum = sums[nearest(palette, sample)];
      for (int k = 0; k < 3; ++k) sum[k] += sample[k];
      ++sum[3];
    }
    for (int c = 0; c < kPalette; ++c) {
      for (int k = 0; k < 3 && sums[c][3] > 0; ++k) palette[c][k] = sums[c][k] / sums[c][3];
    }
  }
  return palette;
}

/// Sums over the pixels of one superpixel.
struct Sums {
  std::array<double, 6> position{};
  std::array<double, 6> colour{};
  double pixels = 0;
  bool on_border = false;
};

inline void add_pixel(Sums& sums, Size size, int y, int x, const std::uint8_t* rgb) {
  const float u = size.width > 1 ? static_cast<float>(x) / (size.width - 1) - 0.5f : 0.0f;
  const float v = size.height > 1 ? static_cast<float>(y) / (size.height - 1) - 0.5f : 0.0f;
  const std::array<float, 6> place = {u, v, u * u, v * v, std::abs(u), std::abs(v)};
  const Colour& lab = lab_table()[table_index(rgb)];
  for (int k = 0; k < 6; ++k) sums.position[k] += place[k];
  for (int k = 0; k < 3; ++k) sums.colour[k] += rgb[k] / 255.0, sums.colour[3 + k] += lab[k];
  sums.on_border |= x == 0 || y == 0 || x == size.width - 1 || y == size.height - 1;
  ++sums.pixels;
}

}  // namespace detail

/// Gathers what the learned stages see of every superpixel of an (H, W, 3) RGB image.
inline Appearance appearance(const Superpixels& s, const std::uint8_t* rgb, Team& team) {
  const std::vector<Colour> palette = detail::make_palette(rgb, s.size);
  std::vector<std::uint8_t> nearest(detail::lab_table().size());
  run_blocks(team, static_cast<int>(nearest.size()), 2048, [&](int first, int last) {
    for (int i = first; i < last; ++i) {
      nearest[i] = static_cast<std::uint8_t>(detail::nearest(palette, detail::lab_table()[i]));
    }
  });
  std::vector<detail::Sums> sums(s.count);
  Appearance result;
  for (auto& shares : result.histogram) shares.assign(s.count, 0.0f);
  for (int y = 0; y < s.size.height; ++y) {
    for (int x = 0; x < s.size.width; ++x) {
      const int pixel = s.size.at(y, x), label = s.labels[pixel];
      const std::uint8_t* colour = rgb + 3 * static_cast<std::ptrdiff_t>(pixel);
      detail::add_pixel(sums[label], s.size, y, x, colour);
      ++result.histogram[nearest[detail::table_index(colour)]][label];
    }
  }
  for (int n = 0; n < s.count; ++n) {
    Look look{{}, {}, sums[n].on_border};
    const double scale = 1 / sums[n].pixels;
    for (int k = 0; k < 6; ++k) {
      look.position[k] = static_cast<float>(sums[n].position[k] * scale);
      look.colour[k] = static_cast<float>(sums[n].colour[k] * scale);
    }
    result.looks.push_back(look);
    for (auto& shares : result.histogram) shares[n] *= static_cast<float>(scale);
  }
  return result;
}

}  // namespace figureground
