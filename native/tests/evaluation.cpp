// Boundary matching and thinning without Python, for the sanitizers: small random maps of many
// shapes, against plain oracles.
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>

#include "boundary_matching.hpp"
#include "line_thinning.hpp"
#include "require.hpp"

namespace {

using namespace figureground;

/// A map in which about `share` of the pixels are above 0, with many equal values.
std::vector<float> random_map(Size size, std::mt19937& random, double share) {
  std::bernoulli_distribution set(share);
  std::uniform_int_distribution<int> level(1, 5);
  std::vector<float> map(size.pixels());
  for (float& v : map) v = set(random) ? static_cast<float>(level(random)) / 5 : 0.0f;
  return map;
}

/// The size of a largest matching of the detections from `threshold` on, by augmenting paths from
/// scratch (Kuhn).
int largest_matching(const std::vector<float>& strength, const std::vector<std::uint8_t>& truth,
                     Size size, double radius, float threshold) {
  std::vector<int> partner(size.pixels(), -1);
  std::vector<char> tried;
  const auto near = [&](int a, int b) {
    const int dy = a / size.width - b / size.width, dx = a % size.width - b % size.width;
    return dy * dy + dx * dx <= radius * radius;
  };
  const std::function<bool(int)> augment = [&](int detection) {
    for (int pixel = 0; pixel < size.pixels(); ++pixel) {
      if (!truth[pixel] || tried[pixel] || !near(detection, pixel)) continue;
      tried[pixel] = 1;
      if (partner[pixel] >= 0 && !augment(partner[pixel])) continue;
      partner[pixel] = detection;
      return true;
    }
    return false;
  };
  int pairs = 0;
  for (int pixel = 0; pixel < size.pixels(); ++pixel) {
    if (strength[pixel] <= 0 || strength[pixel] < threshold) continue;
    tried.assign(size.pixels(), 0);
    pairs += augment(pixel);
  }
  return pairs;
}

void test_matching_is_largest_for_every_threshold() {
  std::mt19937 random(1);
  for (const Size size : {Size{1, 1}, Size{1, 9}, Size{7, 1}, Size{6, 8}, Size{12, 11}}) {
    for (const double radius : {0.0, 1.0, 1.5, 2.9, 40.0}) {
      for (const double share : {0.0, 0.2, 0.6, 1.0}) {
        const std::vector<float> strength = random_map(size, random, share);
        std::vector<std::uint8_t> truth;
        for (const float v : random_map(size, random, 0.3)) truth.push_back(v > 0);
        const auto matched = BoundaryMatching(truth.data(), size, radius).match(strength.data());
        for (const float threshold : {0.1f, 0.3f, 0.5f, 0.7f, 0.9f}) {
          int pairs = 0;
          for (int pixel = 0; pixel < size.pixels(); ++pixel) {
            REQUIRE(!matched[pixel] || strength[pixel] > 0);
            pairs += matched[pixel] && strength[pixel] >= threshold;
          }
          REQUIRE(pairs == largest_matching(strength, truth, size, radius, threshold));
        }
      }
    }
  }
}

/// How many 8-connected pieces the pixels above 0 form, or 4-connected the others, the outside of
/// the map among them.
int pieces(const std::vector<float>& strength, Size size, bool lines) {
  const Size framed{size.height + 2, size.width + 2};
  std::vector<char> open(framed.pixels(), !lines);
  for (int pixel = 0; pixel < size.pixels(); ++pixel) {
    const int at = framed.at(pixel / size.width + 1, pixel % size.width + 1);
    open[at] = (strength[pixel] > 0) == lines;
  }
  int count = 0;
  std::vector<int> waiting;
  for (int start = 0; start < framed.pixels(); ++start) {
    if (!open[start]) continue;
    ++count;
    open[start] = 0;
    waiting.assign(1, start);
    while (!waiting.empty()) {
      const int y = waiting.back() / framed.width, x = waiting.back() % framed.width;
      waiting.pop_back();
      for (int v = std::max(y - 1, 0); v <= std::min(y + 1, framed.height - 1); ++v) {
        for (int u = std::max(x - 1, 0); u <= std::min(x + 1, framed.width - 1); ++u) {
          const int next = framed.at(v, u);
          if (!open[next] || (!lines && v != y && u != x)) continue;
          open[next] = 0;
          waiting.push_back(next);
        }
      }
    }
  }
  return count;
}

void test_thinning_keeps_pieces_and_holes() {
  std::mt19937 random(2);
  for (const Size size : {Size{1, 1}, Size{1, 9}, Size{7, 1}, Size{6, 8}, Size{23, 17}}) {
    for (const double share : {0.0, 0.3, 0.6, 0.9, 1.0}) {
      const std::vector<float> before = random_map(size, random, share);
      std::vector<float> after = before;
      thin_lines(after, size);
      for (int i = 0; i < size.pixels(); ++i) REQUIRE(after[i] == before[i] || after[i] == 0);
      for (const bool lines : {true, false}) {
        REQUIRE(pieces(after, size, lines) == pieces(before, size, lines));
      }
      std::vector<float> again = after;
      thin_lines(again, size);
      REQUIRE(again == after);
    }
  }
}

void test_a_ridge_becomes_its_crest() {
  const Size size{9, 20};
  std::vector<float> strength(size.pixels());
  for (int i = 0; i < size.pixels(); ++i) {
    strength[i] = 1.0f - 0.2f * static_cast<float>(std::abs(i / size.width - 4));
  }
  thin_lines(strength, size);
  for (int i = 0; i < size.pixels(); ++i) REQUIRE(strength[i] == 0 || i / size.width == 4);
  for (int x = 4; x < 16; ++x) REQUIRE(strength[size.at(4, x)] == 1);
}

}  // namespace

int main() {
  test_matching_is_largest_for_every_threshold();
  test_thinning_keeps_pieces_and_holes();
  test_a_ridge_becomes_its_crest();
}
