// The CRF's core without Python, so that the sanitizers see it: filters against all pairs, mean
// field in odd sizes, the lattice's index, and the same result for any number of threads.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>
#include <random>
#include <vector>

#include "exact.hpp"
#include "gaussian.hpp"
#include "mean_field.hpp"
#include "permutohedral.hpp"
#include "require.hpp"

using namespace figureground;

namespace {

std::vector<float> noise(std::size_t count, float scale, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0f, scale);
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

std::vector<double> all_pairs(const std::vector<float>& features, std::size_t dimensions,
                              const std::vector<float>& values, std::size_t channels) {
  const std::size_t points = values.size() / channels;
  const std::vector<double> f(features.begin(), features.end()), v(values.begin(), values.end());
  std::vector<std::int64_t> rows(points);
  for (std::size_t i = 0; i < points; ++i) rows[i] = static_cast<std::int64_t>(i);
  std::vector<double> out(values.size());
  Team team(2);
  exact_filter(f.data(), dimensions, points, v.data(), channels, rows.data(), points, out.data(),
               team);
  return out;
}

double relative_error(const std::vector<float>& got, const std::vector<double>& wanted) {
  double difference = 0, size = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    difference += (got[i] - wanted[i]) * (got[i] - wanted[i]);
    size += wanted[i] * wanted[i];
  }
  return std::sqrt(difference / size);
}

// Of the lattice, normalised, against all pairs.
double lattice_error(const std::vector<float>& features, int dimensions,
                     const std::vector<float>& values, std::size_t channels) {
  const std::size_t points = values.size() / channels;
  MeanField field({points}, 2);
  field.add(
      std::make_unique<Permutohedral>(features.data(), dimensions, field.tiling(), field.team()),
      Normalization::after, false);
  std::vector<float> out(values.size());
  field.filter(0, values.data(), out.data(), channels, false, row_kernels(channels));
  auto wanted = all_pairs(features, dimensions, values, channels);
  const auto mass = all_pairs(features, dimensions, std::vector<float>(points, 1.0f), 1);
  for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] /= mass[i % points];
  return relative_error(out, wanted);
}

void lattice_is_the_kernel_matrix(int dimensions, std::size_t points, std::size_t channels) {
  auto values = noise(points * channels, 1.0f, 2);
  for (float& value : values) value = std::abs(value);
  // A few hundred points are very sparse in the highest dimensions.
  require(lattice_error(noise(points * dimensions, 1.0f, 1), dimensions, values, channels) <
              (dimensions <= 5 ? 0.05 : 0.3),
          "the lattice is near the kernel matrix");
}

std::vector<float> inferred(std::size_t height, std::size_t width, std::size_t classes, int threads,
                            const Schedule& schedule) {
  const std::size_t points = height * width;
  MeanField field({height, width}, threads);
  const auto features = noise(points * 5, 3.0f, 3);
  field.add(std::make_unique<Permutohedral>(features.data(), 5, field.tiling(), field.team()),
            Normalization::symmetric, schedule.step < 1);
  field.add(
      std::make_unique<GridGaussian>(field.shape(), std::vector<double>{3.0, 1.0}, field.tiling()),
      Normalization::symmetric, schedule.step < 1);
  for (std::size_t term = 0; term < 2; ++term)
    field.set_compatibility(term, {std::vector<float>(classes, 3.0f), {}});
  const auto unary = noise(points * classes, 20.0f, 4);
  std::vector<float> q(points * classes);
  field.infer(unary.data(), q.data(), Classes(classes), schedule, [] { return false; });
  return q;
}

// Going part of the way, without what a point says to itself; and with strips that rest.
void marginals_sum_to_one_and_do_not_depend_on_threads() {
  for (const Schedule& schedule : {Schedule{4, 0.9f, 1e-6f, false}, Schedule{12, 1, -1, false}})
    for (const auto& [height, width, classes] :
         {std::array<std::size_t, 3>{1, 1, 1}, {1, 70, 2}, {65, 1, 9}, {23, 31, 21}, {9, 9, 70}}) {
      const auto one = inferred(height, width, classes, 1, schedule);
      require(one == inferred(height, width, classes, 3, schedule),
              "threads do not change the result");
      const float accuracy = schedule.step < 1 ? 1e-2f : 1e-5f;
      for (std::size_t i = 0; i < height * width; ++i) {
        float sum = 0;
        for (std::size_t c = 0; c < classes; ++c) sum += one[c * height * width + i];
        require(std::abs(sum - 1) < accuracy, "marginals sum to one");
      }
    }
}

void energies_that_are_not_finite_are_noticed() {
  for (const std::size_t classes : {1, 5, 21, 40})
    for (const float value : {std::nanf(""), -std::numeric_limits<float>::infinity()}) {
      MeanField field({7, 80}, 2);
      std::vector<float> unary(7 * 80 * classes, 1.0f), q(unary.size());
      const auto infer = [&] {
        return field.infer(unary.data(), q.data(), Classes(classes), {2, 1, -1, false},
                           [] { return false; });
      };
      require(infer() == 2, "finite energies are taken");
      unary[unary.size() - 3] = value;
      require(infer() == MeanField::kNotFinite, "others are noticed");
    }
}

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

// Weights for points that could lie anywhere leave an error of .037 here.
void points_in_a_plane_are_predicted_from_how_they_lie() {
  const std::size_t points = 2000;
  auto features = noise(points * 5, 1.5f, 9);
  for (std::size_t i = 0; i < points; ++i) {
    features[2 * points + i] = 0.7f * features[i];
    features[3 * points + i] = features[i] - features[points + i];
    features[4 * points + i] = 0.5f * features[points + i];
  }
  std::vector<float> values(points);
  for (std::size_t i = 0; i < points; ++i) values[i] = std::sin(features[i]);
  require(lattice_error(features, 5, values, 1) < 0.034, "the weights know the plane");
}

}  // namespace

int main() {
  eigenvectors_rebuild_their_matrix();
  pair_moments_are_those_of_a_normal_distribution();
  points_in_a_plane_are_predicted_from_how_they_lie();
  weights_are_barycentric_and_then_those_of_the_best_prediction();
  for (int dimensions = 1; dimensions <= kMaxDimensions; ++dimensions)
    lattice_is_the_kernel_matrix(dimensions, 300, 3);
  marginals_sum_to_one_and_do_not_depend_on_threads();
  energies_that_are_not_finite_are_noticed();
  neighbours_are_those_that_a_search_finds();
  vertices_are_the_distinct_keys_for_any_number_of_threads();
  tiny_and_huge_ranges_are_defined();
  std::puts("crf: ok");
}
