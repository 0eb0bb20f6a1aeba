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

/// The features that need no histogram; 0 in the place of the others.
inline MaskFeature plain_features(const Look& look, const Look& seed, bool near_border) {
  const float dx = look.position[0] - seed.position[0], dy = look.position[1] - seed.position[1];
  const float ax = look.position[4], ay = look.position[5];
  MaskFeature f = {1,
                   0,
                   dx,
                   dy,
                   std::abs(dx),
                   std::abs(dy),
                   ax,
                   ay,
                   ax - seed.position[4],
                   ay - seed.position[5]};
  for (int k = 0; k < 6; ++k) {
    const float difference = look.colour[k] - seed.colour[k];
    f[10 + k] = difference * difference;
  }
  f[kMaskFeatures - 1] = near_border;
  return f;
}

inline constexpr int kFirstHistogram = 16;

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
    rows[n] = detail::plain_features(a.looks[n], a.looks[seed], near_border[n]);
    for (int c = 0; c < kPalette; ++c) {
      rows[n][detail::kFirstHistogram + c] =
          detail::chi_squared(a.histogram[c][n], a.histogram[c][seed]);
    }
  }
  rows[seed][1] = 1;
  return rows;
}

/// The superpixels that a mask takes for a seed; may be none.
inline std::vector<int> mask_members(const Mask& mask, const Appearance& a,
                                     const std::vector<char>& near_border, int seed) {
  std::vector<float> value(a.looks.size(), mask.bias);
  for (std::size_t n = 0; n < value.size(); ++n) {
    const MaskFeature f = detail::plain_features(a.looks[n], a.looks[seed], near_border[n]);
    for (int k = 0; k < detail::kFirstHistogram; ++k) value[n] += mask.weights[k] * f[k];
    value[n] += mask.weights[kMaskFeatures - 1] * f[kMaskFeatures - 1];
  }
  value[seed] += mask.weights[1];
  for (int c = 0; c < kPalette; ++c) {
    const float weight = mask.weights[detail::kFirstHistogram + c];
    const float* shares = a.histogram[c].data();
    const float own = shares[seed];
    for (std::size_t n = 0; n < value.size(); ++n) {
      value[n] += weight * detail::chi_squared(shares[n], own);
    }
  }
  std::vector<int> members;
  for (std::size_t n = 0; n < value.size(); ++n) {
    if (value[n] < 0) members.push_back(static_cast<int>(n));
  }
  return members;
}

}  // namespace figureground
