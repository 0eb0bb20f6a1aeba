// The loss of the true class and of its group of classes, and the closed-form gradient.
//
// Per pixel, with groups g of classes, m_g the largest score in g, S_g = sum exp(s_l - m_g) and
// P_g the probability of g: -log p_y and -log P_g(y). All differences are taken before any
// exponential, so that neither a probability of 1 nor scores of 1e4 lose digits.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

#include "parallel.hpp"

#if defined(__x86_64__) && defined(__GNUC__)
#define FIGUREGROUND_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FIGUREGROUND_CLONES
#endif
#define FIGUREGROUND_INLINE inline __attribute__((always_inline))

namespace figureground {

// exp(x) for x <= 0 to 2 units in the last place; 0 below -87. No branches, so that it vectorises.
FIGUREGROUND_INLINE float exp_of_nonpositive(float x) {
  const float bounded = x < -87.0F ? -87.0F : x;
  const float shifted = bounded * 1.44269504F + 12582912.0F;  // rounds to a whole number
  const float n = shifted - 12582912.0F;
  const float r = (bounded - n * 0.693359375F) + n * 2.12194440e-4F;
  float series = 1.9875691500e-4F;
  series = series * r + 1.3981999507e-3F;
  series = series * r + 8.3334519073e-3F;
  series = series * r + 4.1665795894e-2F;
  series = series * r + 1.6666665459e-1F;
  series = series * r + 5.0000001201e-1F;
  series = (series * r * r + r) + 1.0F;
  const auto power = std::bit_cast<float>((static_cast<std::int32_t>(n) + 127) << 23);
  return x < -87.0F ? 0.0F : series * power;
}

// log(x) for x >= 1, finite, to 2 units in the last place. No branches.
FIGUREGROUND_INLINE float log_of_at_least_one(float x) {
  const auto bits = std::bit_cast<std::int32_t>(x);
  const std::int32_t above = (bits & 0x7fffff) > 0x3504f3 ? 1 : 0;  // mantissa above sqrt(2)
  const auto exponent = static_cast<float>((bits >> 23) - 127 + above);
  const auto f =
      std::bit_cast<float>((bits & 0x7fffff) | ((127 - above) << 23)) - 1.0F;  // in (-.3, .42)
  float series = 7.0376836292e-2F;
  series = series * f - 1.1514610310e-1F;
  series = series * f + 1.1676998740e-1F;
  series = series * f - 1.2420140846e-1F;
  series = series * f + 1.4249322787e-1F;
  series = series * f - 1.6668057665e-1F;
  series = series * f + 2.0000714765e-1F;
  series = series * f - 2.4999993993e-1F;
  series = series * f + 3.3333331174e-1F;
  const float square = f * f;
  const float small = series * f * square - exponent * 2.12194440e-4F - 0.5F * square;
  return (f + small) + exponent * 0.693359375F;
}

// What the loss is made of; images are (classes, pixels), one after another.
struct GroupLossSettings {
  std::int64_t ignored;
  std::vector<std::int32_t> group_of;  // of each class, 0, 1, …
};

// One value a pixel for each of the two terms: of the true class, and of its group.
template <typename Value>
struct TwoTerms {
  Value* of_class;
  Value* of_group;

  TwoTerms operator+(std::size_t pixels) const { return {of_class + pixels, of_group + pixels}; }
};

class GroupLoss {
 public:
  explicit GroupLoss(GroupLossSettings settings)
      : settings_(std::move(settings)),
        classes_(settings_.group_of.size()),
        groups_(static_cast<std::size_t>(
                    *std::max_element(settings_.group_of.begin(), settings_.group_of.end())) +
                1) {}

  // Throws where the scores have another number of classes.
  void require_classes(std::size_t classes) const {
    if (classes != classes_) throw std::invalid_argument("scores have another number of classes");
  }

  // Writes each pixel's losses. Returns a label that is no class, or `ignored` where all are good.
  std::int64_t losses(const float* scores, const std::int64_t* labels, TwoTerms<float> out,
                      std::size_t images, std::size_t pixels, int threads) const {
    std::atomic<std::int64_t> bad{settings_.ignored};
    over_blocks(images, pixels, threads, [&](Block& block, std::size_t image, Range range) {
      const std::size_t at = image * pixels + range.begin;
      const std::int64_t wrong = prepare(block, scores + image * classes_ * pixels + range.begin,
                                         pixels, labels + at, range.end - range.begin);
      if (wrong != settings_.ignored) bad = wrong;
      write_losses(block, out + at);
    });
    return bad;
  }

  // Writes the gradient with respect to the scores, given that with respect to each pixel's losses.
  void gradient(const float* scores, const std::int64_t* labels, TwoTerms<const float> upstream,
                float* out, std::size_t images, std::size_t pixels, int threads) const {
    over_blocks(images, pixels, threads, [&](Block& block, std::size_t image, Range range) {
      const std::size_t plane = image * classes_ * pixels + range.begin;
      const std::size_t at = image * pixels + range.begin;
      prepare(block, scores + plane, pixels, labels + at, range.end - range.begin);
      write_gradient(block, upstream + at, out + plane, pixels);
    });
  }

 private:
  static constexpr std::size_t kBlock = 256;  // pixels; a block's scores stay in the first cache

  // Scratch of one thread, for one block of pixels: rows of kBlock values.
  struct Block {
    std::size_t count = 0;
    std::vector<float> exponentials;                   // a row a class: exp(s_l - m_g)
    std::vector<float> highest, sum, log_probability;  // a row a group: m_g, S_g, log P_g
    std::vector<std::int32_t> label, group;            // of each pixel, -1 where ignored
    std::vector<float> own;                            // of each pixel: m_g(y) - s_y
  };

  template <typename Task>
  void over_blocks(std::size_t images, std::size_t pixels, int threads, Task task) const {
    const std::size_t blocks = (pixels + kBlock - 1) / kBlock;
    const auto size = static_cast<int>(
        std::min<std::size_t>(static_cast<std::size_t>(std::max(threads, 1)), images * blocks));
    Team team(size);
    team.for_ranges(images * blocks, [&](Range range) {
      Block block = make_block();
      for (std::size_t k = range.begin; k < range.end; ++k) {
        const std::size_t begin = k % blocks * kBlock;
        task(block, k / blocks, Range{begin, std::min(begin + kBlock, pixels)});
      }
    });
  }

  Block make_block() const {
    Block block;
    block.exponentials.resize(classes_ * kBlock);
    for (auto* rows : {&block.highest, &block.sum, &block.log_probability})
      rows->resize(groups_ * kBlock);
    for (auto* row : {&block.label, &block.group}) row->resize(kBlock);
    block.own.resize(kBlock);
    return block;
  }

  std::int64_t prepare(Block& block, const float* scores, std::size_t stride,
                       const std::int64_t* labels, std::size_t count) const {
    block.count = count;
    std::int64_t bad = settings_.ignored;
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t label = labels[i];
      const bool known = label >= 0 && label < static_cast<std::int64_t>(classes_);
      if (!known && label != settings_.ignored) bad = label;
      const bool counted = known && label != settings_.ignored;
      const std::size_t index = counted ? static_cast<std::size_t>(label) : 0;
      block.label[i] = counted ? static_cast<std::int32_t>(label) : -1;
      block.group[i] = counted ? settings_.group_of[index] : -1;
    }
    sum_groups(classes_, groups_, settings_.group_of.data(), scores, stride, count,
               block.label.data(), block.exponentials.data(), block.highest.data(),
               block.sum.data(), block.own.data());
    compare_groups(groups_, count, block.highest.data(), block.sum.data(),
                   block.log_probability.data());
    return bad;
  }

  // m_g, exp(s_l - m_g), S_g, and m_g(y) - s_y.
  FIGUREGROUND_CLONES static void sum_groups(std::size_t classes, std::size_t groups,
                                             const std::int32_t* group_of, const float* scores,
                                             std::size_t stride, std::size_t count,
                                             const std::int32_t* label, float* exponentials,
                                             float* highest, float* sum, float* own) {
    std::fill_n(highest, groups * kBlock, std::numeric_limits<float>::lowest());
    std::fill_n(sum, groups * kBlock, 0.0F);
    for (std::size_t c = 0; c < classes; ++c) {
      const float* row = scores + c * stride;
      float* high = highest + static_cast<std::size_t>(group_of[c]) * kBlock;
      for (std::size_t i = 0; i < count; ++i) high[i] = row[i] > high[i] ? row[i] : high[i];
    }
    for (std::size_t c = 0; c < classes; ++c) {
      const float* row = scores + c * stride;
      const float* high = highest + static_cast<std::size_t>(group_of[c]) * kBlock;
      float* total = sum + static_cast<std::size_t>(group_of[c]) * kBlock;
      float* exponential = exponentials + c * kBlock;
      const auto self = static_cast<std::int32_t>(c);
      for (std::size_t i = 0; i < count; ++i) {
        const float below = row[i] - high[i];
        const float e = exp_of_nonpositive(below);
        exponential[i] = e;
        total[i] += e;
        own[i] = label[i] == self ? -below : own[i];
      }
    }
  }

  // log P_g from m_g and S_g.
  FIGUREGROUND_CLONES static void compare_groups(std::size_t groups, std::size_t count,
                                                 const float* highest, const float* sum,
                                                 float* log_probability) {
    float top[kBlock], best[kBlock], total[kBlock];
    std::fill_n(top, kBlock, std::numeric_limits<float>::lowest());
    std::fill_n(best, kBlock, std::numeric_limits<float>::lowest());
    std::fill_n(total, kBlock, 0.0F);
    for (std::size_t g = 0; g < groups; ++g)
      for (std::size_t i = 0; i < count; ++i) {
        const float high = highest[g * kBlock + i];
        top[i] = high > top[i] ? high : top[i];
      }
    for (std::size_t g = 0; g < groups; ++g)
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t at = g * kBlock + i;
        const float level = (highest[at] - top[i]) + log_of_at_least_one(sum[at]);
        log_probability[at] = level;
        best[i] = level > best[i] ? level : best[i];
      }
    for (std::size_t g = 0; g < groups; ++g)
      for (std::size_t i = 0; i < count; ++i)
        total[i] += exp_of_nonpositive(log_probability[g * kBlock + i] - best[i]);
    for (std::size_t i = 0; i < count; ++i) total[i] = log_of_at_least_one(total[i]);
    for (std::size_t g = 0; g < groups; ++g)
      for (std::size_t i = 0; i < count; ++i)
        log_probability[g * kBlock + i] = (log_probability[g * kBlock + i] - best[i]) - total[i];
  }

  static void write_losses(const Block& block, TwoTerms<float> out) {
    for (std::size_t i = 0; i < block.count; ++i) {
      const std::size_t at = static_cast<std::size_t>(std::max(block.group[i], 0)) * kBlock + i;
      const float within = block.own[i] + log_of_at_least_one(block.sum[at]);
      const float between = -block.log_probability[at];
      out.of_class[i] = block.label[i] < 0 ? 0.0F : within + between;
      out.of_group[i] = block.label[i] < 0 ? 0.0F : between;
    }
  }

  void write_gradient(Block& block, TwoTerms<const float> upstream, float* out,
                      std::size_t stride) const {
    float of_class[kBlock], of_group[kBlock];
    for (std::size_t i = 0; i < block.count; ++i) {
      of_class[i] = block.label[i] < 0 ? 0.0F : upstream.of_class[i];
      of_group[i] = block.label[i] < 0 ? 0.0F : upstream.of_group[i];
    }
    // The rows of P_g become the factors of the exponentials.
    scale_groups(groups_, block.count, block.group.data(), of_class, of_group, block.sum.data(),
                 block.log_probability.data());
    combine(classes_, block.count, settings_.group_of.data(), block.label.data(), of_class,
            block.exponentials.data(), block.log_probability.data(), out, stride);
  }

  FIGUREGROUND_CLONES static void scale_groups(std::size_t groups, std::size_t count,
                                               const std::int32_t* group, const float* of_class,
                                               const float* of_group, const float* sum,
                                               float* log_probability) {
    for (std::size_t g = 0; g < groups; ++g) {
      const auto self = static_cast<std::int32_t>(g);
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t at = g * kBlock + i;
        const float p = exp_of_nonpositive(log_probability[at]);
        const float slope =
            (of_class[i] + of_group[i]) * p - (group[i] == self ? of_group[i] : 0.0F);
        log_probability[at] = slope / sum[at];
      }
    }
  }

  FIGUREGROUND_CLONES static void combine(std::size_t classes, std::size_t count,
                                          const std::int32_t* group_of, const std::int32_t* label,
                                          const float* of_class, const float* exponentials,
                                          const float* scales, float* out, std::size_t stride) {
    for (std::size_t c = 0; c < classes; ++c) {
      const float* exponential = exponentials + c * kBlock;
      const float* scale = scales + static_cast<std::size_t>(group_of[c]) * kBlock;
      float* row = out + c * stride;
      const auto self = static_cast<std::int32_t>(c);
      for (std::size_t i = 0; i < count; ++i)
        row[i] = exponential[i] * scale[i] - (label[i] == self ? of_class[i] : 0.0F);
    }
  }

  GroupLossSettings settings_;
  std::size_t classes_, groups_;
};

}  // namespace figureground
