// The permutohedral lattice's parts without Python, so that the sanitizers see them: its index, the
// neighbours and the blur over them, and with what weights points predict.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <random>
#include <vector>

#include "noise.hpp"
#include "permutohedral.hpp"
#include "require.hpp"

using namespace figureground;

namespace {

std::vector<std::uint64_t> random_keys(std::size_t count, std::uint64_t range, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<std::uint64_t> keys(count);
  for (std::uint64_t& key : keys) key = range == 0 ? random() : random() % range;
  return keys;
}

// Dense keys, and keys over all 64 bits, where steps wrap round.
void neighbours_are_those_that_a_search_finds() {
  for (const std::uint64_t range : {std::uint64_t{900}, std::uint64_t{0}}) {
    std::vector<std::uint64_t> keys = random_keys(500, range, 6);
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    std::vector<std::uint64_t> steps{0, 1, 7, 0 - std::uint64_t{1}, 0 - std::uint64_t{40}};
    for (const std::size_t v : {3, 170, 250}) {
      steps.push_back(keys[v] - keys[v + 5]);
      steps.push_back(keys[v + 90] - keys[v]);
      steps.push_back(keys[10] - keys[v]);
    }
    const Range part{40, 257};
    Neighbours near(steps.size(), part.end - part.begin);
    near.find(keys, steps, part);
    for (std::size_t s = 0; s < steps.size(); ++s)
      for (std::size_t v = part.begin; v < part.end; ++v) {
        const auto at = std::lower_bound(keys.begin(), keys.end(), keys[v] + steps[s]);
        const bool there = at != keys.end() && *at == keys[v] + steps[s];
        require(near(s, v - part.begin) == (there ? at - keys.begin() : Neighbours::kNone),
                "a neighbour is the vertex that the step leads to");
      }
  }
}

// The places where a row of the blur reads, whatever their weights.
std::vector<std::vector<std::size_t>> read_by_blur(const LatticeBlur& blur, std::size_t pass,
                                                   std::size_t rows) {
  std::vector<std::vector<std::size_t>> read(rows);
  for (std::size_t b = 0; b < blur.blocks(); ++b)
    blur.over_parts(pass, b, [&](const StepRows& part) {
      const std::uint16_t* entry = part.entry;
      for (std::size_t n = 0; n <= StepRows::kMost; ++n)
        for (std::size_t i = part.of[n]; i < part.of[n + 1]; ++i)
          for (std::size_t k = 0; k < n; ++k, ++entry) {
            const std::uint32_t full =
                part.code[*entry / StepRows::kReach] + *entry * std::uint32_t{StepRows::kTaps};
            read[part.first + part.row[i]].push_back(full / StepRows::kTaps);
          }
      require(entry == part.entry + part.entries, "rows have all entries");
    });
  for (auto& places : read) std::sort(places.begin(), places.end());
  return read;
}

// Lines of vertices, every second sparse, so that the neighbours of a few hundred may be thousands
// of places apart.
void blur_reads_the_vertices_one_step_away() {
  const auto features = noise(500 * 2, 1000.0f, 12);
  Team team(2);
  const Frame frame(features.data(), 2, 500, team);
  std::vector<std::uint64_t> keys;
  for (std::uint64_t line = 1; line <= 6; ++line)
    for (std::uint64_t k = 0; k < 5000; k += line % 2 == 0 ? 1 : 1 + k % 37)
      keys.push_back(line * frame.step(2) + k * frame.step(1));
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  const LatticeBlur blur(frame, keys, team);
  require(blur.passes() == 1, "three axes are one group");
  const auto read = read_by_blur(blur, 0, keys.size());
  for (std::size_t v = 0; v < keys.size(); ++v) {
    std::vector<std::size_t> expected;
    for (int code = 0; code < 27; ++code) {
      std::uint64_t key = keys[v];
      for (int axis = 0, rest = code; axis < 3; ++axis, rest /= 3)
        key += static_cast<std::uint64_t>(std::int64_t{rest % 3 - 1}) * frame.step(axis);
      const auto at = std::lower_bound(keys.begin(), keys.end(), key);
      if (code != 13 && at != keys.end() && *at == key)
        expected.push_back(static_cast<std::size_t>(at - keys.begin()));
    }
    std::sort(expected.begin(), expected.end());
    require(read[v] == expected, "a row reads what lies one step along any of its axes away");
  }
}

void vertices_are_the_distinct_keys_for_any_number_of_threads() {
  const std::vector<std::vector<std::uint64_t>> lists{
      random_keys(700, 5000, 7), {}, random_keys(300, 0, 8), random_keys(1, 10, 9)};
  const std::vector<std::uint32_t> start{0, 700, 700, 1000, 1001};
  for (const int threads : {1, 3, 7}) {
    Team team(threads);
    const Vertices vertices(lists, start, team);
    require(std::is_sorted(vertices.keys.begin(), vertices.keys.end()), "vertices ascend");
    require(std::adjacent_find(vertices.keys.begin(), vertices.keys.end()) == vertices.keys.end(),
            "vertices are distinct");
    std::size_t place = 0;
    for (const auto& list : lists)
      for (const std::uint64_t key : list)
        require(vertices.keys[vertices.number[place++]] == key, "a place has its key's number");
  }
}

void tiny_and_huge_ranges_are_defined() {
  for (const float scale : {0.0f, 1e-20f, 1e3f, 1e12f}) {
    const auto features = noise(200 * 8, scale, 5);
    Team team(2);
    const Permutohedral lattice(features.data(), 8, Tiling({200}), team);
    const std::size_t nodes = lattice.nodes().size();
    require(nodes >= 9 && nodes <= 200 * 9, "a sane number of vertices");
  }
}

void eigenvectors_rebuild_their_matrix() {
  for (const std::size_t size : {1, 2, 5, 8}) {
    const auto factor = noise(size * size, 1.0f, 6);
    std::vector<double> matrix(size * size, 0.0);
    for (std::size_t a = 0; a < size; ++a)
      for (std::size_t b = 0; b < size; ++b)
        for (std::size_t k = 0; k < size; ++k)
          matrix[a * size + b] += factor[a * size + k] * factor[b * size + k];
    const Eigen eigen(matrix, size);
    for (std::size_t a = 0; a < size; ++a)
      for (std::size_t b = 0; b < size; ++b) {
        double sum = 0, product = 0;
        for (std::size_t m = 0; m < size; ++m) {
          sum += eigen.value(m) * eigen.vector(m, a) * eigen.vector(m, b);
          product += eigen.vector(a, m) * eigen.vector(b, m);
        }
        require(std::abs(sum - matrix[a * size + b]) < 1e-9, "values and vectors make the matrix");
        require(std::abs(product - (a == b)) < 1e-9, "vectors are orthonormal");
      }
  }
}

// Like points of a normal distribution of variance t have differences of variance
// (1 + 1 / 2t)^-1, and the kernel has the mean (1 + 2t)^-1/2 over all pairs.
void pair_moments_are_those_of_a_normal_distribution() {
  const std::size_t points = 20000;
  const auto wide = noise(points, 2.0f, 7), narrow = noise(points, 0.5f, 8);
  const std::vector<const float*> planes{wide.data(), narrow.data()};
  Team team(3);
  const PairMoments pairs(planes, points, team);
  const double expected[] = {8.0 / 9.0, 0, 0, 1.0 / 3.0};
  for (std::size_t k = 0; k < 4; ++k)
    require(std::abs(pairs.second()[k] - expected[k]) < 0.05, "the moments of like pairs");
  require(std::abs(pairs.likeness() - 1 / std::sqrt(9 * 1.5)) < 0.02, "the kernel's mean");
}

using Predicted = std::array<double, 2>;

// The weights of two vertices, at these distances from a point, with which Gaussians of the
// variance v around them are nearest to the kernel over like points of a normal distribution; by
// quadrature, but for a factor that is the same everywhere.
Predicted best_weights(double mean, double variance, Predicted vertex) {
  double both[3] = {}, one[2] = {}, square = 0;
  const double v = Prediction::kVariance;
  for (double y = -10; y < 10; y += 0.01) {
    const double like = std::exp(-0.5 * (y - mean) * (y - mean) / variance);
    const double kernel = std::exp(-0.5 * y * y);
    double value[2];
    for (int a = 0; a < 2; ++a) value[a] = std::exp(-0.5 * (y - vertex[a]) * (y - vertex[a]) / v);
    for (int a = 0; a < 2; ++a) one[a] += like * value[a];
    for (int a = 0; a < 3; ++a) both[a] += like / kernel * value[a / 2] * value[(a + 1) / 2];
    square += like / kernel * std::exp(-y * y / v);
  }
  for (const int a : {0, 2}) both[a] += static_cast<double>(Prediction::kNugget) * square;
  const double determinant = both[0] * both[2] - both[1] * both[1];
  return {(both[2] * one[0] - both[1] * one[1]) / determinant,
          (both[0] * one[1] - both[1] * one[0]) / determinant};
}

void weights_are_barycentric_and_then_those_of_the_best_prediction() {
  const auto points = noise(400, 1.0f, 10);
  Team team(1);
  const Frame frame(points.data(), 1, points.size(), team);
  const LatticeFrame view = frame.view();
  const double variance = PairMoments(std::vector{points.data()}, points.size(), team).second()[0];
  std::array<float, kBatch> mean;
  std::array<float, 2 * kBatch> moments, weights;
  std::array<std::uint64_t, 2 * kBatch> keys;
  for (std::size_t i = 0; i < kBatch; ++i) {
    mean[i] = 0.1f * (static_cast<float>(i) - 8);
    moments[i] = 2;
    moments[kBatch + i] = 2 * (points[i] - view.low[0] + mean[i]);
  }
  std::array<Predicted, kBatch> vertex;  // that of an even number first
  simd().locate(view, points.data(), keys.data(), weights.data());
  for (std::size_t i = 0; i < kBatch; ++i) {
    const double place = (points[i] - view.low[0]) * view.gain[0], below = std::floor(place);
    const bool odd = std::fmod(below, 2) != 0;
    vertex[i] = {below + odd - place, below + !odd - place};
    const double first = weights[i], second = weights[kBatch + i];
    require(std::abs(first + second - 1) < 1e-5, "barycentric weights sum to one");
    require(std::abs(first * vertex[i][0] + second * vertex[i][1]) < 1e-4,
            "the point is the mean of its vertices");
  }
  simd().weigh(view, points.data(), moments.data(), weights.data());
  double factor = 0;
  for (std::size_t i = 0; i < kBatch; ++i) {
    const Predicted best = best_weights(Prediction::kTrust * mean[i], variance,
                                        {vertex[i][0] / view.gain[0], vertex[i][1] / view.gain[0]});
    if (i == 0) factor = weights[0] / best[0];
    for (std::size_t a = 0; a < 2; ++a)
      require(std::abs(weights[a * kBatch + i] - factor * best[a]) < 1e-3 * std::abs(factor),
              "the weights have the least mean squared error");
  }
}

}  // namespace

int main() {
  eigenvectors_rebuild_their_matrix();
  pair_moments_are_those_of_a_normal_distribution();
  weights_are_barycentric_and_then_those_of_the_best_prediction();
  neighbours_are_those_that_a_search_finds();
  blur_reads_the_vertices_one_step_away();
  vertices_are_the_distinct_keys_for_any_number_of_threads();
  tiny_and_huge_ranges_are_defined();
  std::puts("lattice: ok");
}
