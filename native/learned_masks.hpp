#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "appearance.hpp"

namespace figureground {

inline constexpr int kMaskFeatures = 47;

/// A linear classifier of superpixels, seen from a seed; those below zero belong to the mask.
///
/// The features, in order: constant; whether it is the seed; position relative to the seed dx, dy,
/// |dx|, |dy|, then mean |x|, |y| and their differences to the seed's (8); squared differences in
/// RGB (3) and Lab (3); chi-squared terms of the palette histograms (30); whether it is near the
/// border.
struct Mask {
  std::array<float, kMaskFeatures> weights;
  float bias;
};

/// Foreground and background sets for a seed.
struct MaskPair {
  Mask foreground;
  Mask background;
};

using MaskFeature = std::array<float, kMaskFeatures>;

namespace detail {

inline constexpr int kFirstHistogram = 16;
inline constexpr int kLast = kMaskFeatures - 1;  // near the border

/// The features before the histograms; whether it is the seed is left 0.
inline std::array<float, kFirstHistogram> plain_features(const Look& look, const Look& seed) {
  const float dx = look.position[0] - seed.position[0], dy = look.position[1] - seed.position[1];
  const float ax = look.position[4], ay = look.position[5];
  std::array<float, kFirstHistogram> f = {1, 0, dx, dy, std::abs(dx), std::abs(dy), ax, ay};
  f[8] = ax - seed.position[4];
  f[9] = ay - seed.position[5];
  for (int k = 0; k < 6; ++k) {
    const float difference = look.colour[k] - seed.colour[k];
    f[10 + k] = difference * difference;
  }
  return f;
}

inline float chi_squared(float share, float own) {
  const float difference = share - own;
  return difference * difference / (share + own + 1e-10f);
}

}  // namespace detail

/// All features of every superpixel, seen from a seed.
inline std::vector<MaskFeature> mask_features(const Appearance& a,
                                              const std::vector<char>& near_border, int seed) {
  std::vector<MaskFeature> rows(a.looks.size());
  for (std::size_t n = 0; n < rows.size(); ++n) {
    const auto plain = detail::plain_features(a.looks[n], a.looks[seed]);
    std::copy(plain.begin(), plain.end(), rows[n].begin());
    rows[n][detail::kLast] = near_border[n];
    for (int c = 0; c < kPalette; ++c) {
      rows[n][detail::kFirstHistogram + c] =
          detail::chi_squared(a.histogram[c][n], a.histogram[c][seed]);
    }
  }
  rows[seed][1] = 1;
  return rows;
}

/// The members of a mask that knows only whether a superpixel is the seed.
inline std::vector<int> members_of_constant(const Mask& mask, int superpixels, int seed) {
  const float elsewhere = mask.weights[0] + mask.bias;
  std::vector<int> members;
  for (int n = 0; n < superpixels; ++n) {
    if (elsewhere + (n == seed ? mask.weights[1] : 0) < 0) members.push_back(n);
  }
  return members;
}

/// The superpixels that a mask takes for a seed; may be none.
inline std::vector<int> mask_members(const Mask& mask, const Appearance& a,
                                     const std::vector<char>& near_border, int seed) {
  if (std::all_of(mask.weights.begin() + 2, mask.weights.end(), [](float w) { return w == 0; })) {
    return members_of_constant(mask, static_cast<int>(a.looks.size()), seed);
  }
  std::vector<float> value(a.looks.size());
  for (std::size_t n = 0; n < value.size(); ++n) {
    const auto f = detail::plain_features(a.looks[n], a.looks[seed]);
    float sum = mask.bias + mask.weights[detail::kLast] * near_border[n];
    for (int k = 0; k < detail::kFirstHistogram; ++k) sum += mask.weights[k] * f[k];
    value[n] = sum;
  }
  value[seed] += mask.weights[1];
  for (int c = 0; c < kPalette; ++c) {
    const float weight = mask.weights[detail::kFirstHistogram + c];
    if (weight == 0) continue;
    const float* shares = a.histogram[c].data();
    const float own = shares[seed];
    float* out = value.data();
    for (std::size_t n = 0; n < value.size(); ++n) {
      out[n] += weight * detail::chi_squared(shares[n], own);
    }
  }
  std::vector<int> members;
  for (std::size_t n = 0; n < value.size(); ++n) {
    if (value[n] < 0) members.push_back(static_cast<int>(n));
  }
  return members;
}

}  // namespace figureground
