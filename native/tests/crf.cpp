// The CRF's core without Python, so that the sanitizers see it: filters against all pairs, mean
// field in odd sizes, and the same result for any number of threads.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <memory>
#include <numeric>
#include <vector>

#include "exact.hpp"
#include "gaussian.hpp"
#include "mean_field.hpp"
#include "noise.hpp"
#include "permutohedral.hpp"
#include "require.hpp"

using namespace figureground;

namespace {

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

// Of a field's only filter, normalised after the kernel, against all pairs.
double filter_error(MeanField& field, const std::vector<float>& features,
                    const std::vector<float>& values, std::size_t channels) {
  const std::size_t points = field.points(), dimensions = features.size() / points;
  std::vector<float> out(values.size());
  field.filter(0, values.data(), out.data(), channels, false, row_kernels(channels));
  auto wanted = all_pairs(features, dimensions, values, channels);
  const auto mass = all_pairs(features, dimensions, std::vector<float>(points, 1.0f), 1);
  for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] /= mass[i % points];
  return relative_error(out, wanted);
}

double lattice_error(const std::vector<float>& features, int dimensions,
                     const std::vector<float>& values, std::size_t channels) {
  MeanField field({values.size() / channels}, 2);
  field.add(
      std::make_unique<Permutohedral>(features.data(), dimensions, field.tiling(), field.team()),
      Normalization::after, false);
  return filter_error(field, features, values, channels);
}

void lattice_is_the_kernel_matrix(int dimensions, std::size_t points, std::size_t channels) {
  auto values = noise(points * channels, 1.0f, 2);
  for (float& value : values) value = std::abs(value);
  // A few hundred points are very sparse in the highest dimensions.
  require(lattice_error(noise(points * dimensions, 1.0f, 1), dimensions, values, channels) <
              (dimensions <= 5 ? 0.05 : 0.3),
          "the lattice is near the kernel matrix");
}

// (axes, points), in units of sigma.
std::vector<float> positions(const std::vector<std::size_t>& shape, double sigma) {
  std::size_t points = 1;
  for (const std::size_t size : shape) points *= size;
  std::vector<float> features(shape.size() * points);
  for (std::size_t a = 0, inner = points; a < shape.size(); ++a) {
    inner /= shape[a];
    for (std::size_t i = 0; i < points; ++i)
      features[a * points + i] =
          static_cast<float>(static_cast<double>(i / inner % shape[a]) / sigma);
  }
  return features;
}

// Along one, two and three axes, over several tiles; with a node at every point, and with nodes far
// apart.
void grid_is_the_kernel_matrix() {
  for (const std::vector<std::size_t>& shape :
       {std::vector<std::size_t>{2500}, {45, 70}, {20, 10, 18}})
    for (const double sigma : {1.0, 3.0, 12.0}) {
      MeanField field(shape, 2);
      field.add(std::make_unique<GridGaussian>(shape, std::vector<double>(shape.size(), sigma),
                                               field.tiling()),
                Normalization::after, false);
      auto values = noise(2 * field.points(), 1.0f, 16);
      for (float& value : values) value = std::abs(value);
      require(filter_error(field, positions(shape, sigma), values, 2) < 0.005,
              "the grid is near the kernel matrix");
    }
}

void transposed_filters_are_adjoint() {
  const std::vector<std::size_t> shape{45, 70};
  const std::size_t points = 45 * 70;
  const auto features = noise(points * 5, 3.0f, 3);
  MeanField field(shape, 2);
  field.add(std::make_unique<Permutohedral>(features.data(), 5, field.tiling(), field.team()),
            Normalization::before, false);
  for (const double sigma : {1.0, 12.0})
    field.add(
        std::make_unique<GridGaussian>(shape, std::vector<double>{sigma, 3.0}, field.tiling()),
        Normalization::before, false);
  const auto x = noise(points, 1.0f, 17), y = noise(points, 1.0f, 18);
  const std::vector<double> a(x.begin(), x.end()), b(y.begin(), y.end());
  std::vector<double> forwards(points), backwards(points);
  for (std::size_t term = 0; term < field.terms(); ++term) {
    field.filter(term, a.data(), forwards.data(), 1, false, precise::row_kernels());
    field.filter(term, b.data(), backwards.data(), 1, true, precise::row_kernels());
    const double one = std::inner_product(b.begin(), b.end(), forwards.begin(), 0.0);
    const double other = std::inner_product(a.begin(), a.end(), backwards.begin(), 0.0);
    require(std::abs(one - other) < 1e-9, "the transpose is the adjoint");
  }
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
  field.infer(unary.data(), q.data(), Classes(classes), schedule);
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

template <typename Work>
bool stops(Work work) {
  try {
    work();
  } catch (const Stopped&) {
    return true;
  }
  return false;
}

void what_takes_long_stops_when_asked() {
  const std::vector<std::size_t> shape{40, 70};
  const std::size_t points = 40 * 70;
  const auto features = noise(points * 5, 3.0f, 19), unary = noise(points * 4, 3.0f, 20);
  bool asked = false;
  MeanField field(shape, 2, [&] { return asked; }), other(shape, 2);
  const auto add = [&](MeanField& to) {
    to.add(std::make_unique<Permutohedral>(features.data(), 5, to.tiling(), to.team()),
           Normalization::symmetric, false);
    to.set_compatibility(0, {std::vector<float>(4, 3.0f), {}});
  };
  const auto infer = [&](MeanField& of, int iterations) {
    std::vector<float> q(unary.size());
    of.infer(unary.data(), q.data(), Classes(4), {iterations, 1, -1, false});
    return q;
  };
  MeanField impatient(shape, 2, [] { return true; });
  require(stops([&] { add(impatient); }) && impatient.terms() == 0, "building stops");
  add(field);
  add(other);
  asked = true;
  require(stops([&] { infer(field, 1 << 30); }), "inference stops");
  asked = false;
  require(infer(field, 5) == infer(other, 5), "and goes on as if nothing had been");

  Team team(2, [] { return true; });
  const std::vector<double> values(points, 1.0);
  const std::vector<std::int64_t> rows(1, 0);
  std::vector<double> out(1);
  require(stops([&] {
            exact_filter(values.data(), 1, points, values.data(), 1, rows.data(), 1, out.data(),
                         team);
          }),
          "all pairs stop");
}

void energies_that_are_not_finite_are_noticed() {
  for (const std::size_t classes : {1, 5, 21, 40})
    for (const float value : {std::nanf(""), -std::numeric_limits<float>::infinity()}) {
      MeanField field({7, 80}, 2);
      std::vector<float> unary(7 * 80 * classes, 1.0f), q(unary.size());
      const auto infer = [&] {
        return field.infer(unary.data(), q.data(), Classes(classes), {2, 1, -1, false});
      };
      require(infer() == 2, "finite energies are taken");
      unary[unary.size() - 3] = value;
      require(infer() == MeanField::kNotFinite, "others are noticed");
    }
}

void classes_are_kept_that_a_point_speaks_for() {
  const std::size_t classes = 9, points = 5000;
  auto unary = noise(points * classes, 1.0f, 14);
  for (std::size_t i = 0; i < points; ++i) {
    unary[3 * points + i] += 20;
    unary[5 * points + i] += i == 4321 ? -9 : 20;
    unary[7 * points + i] += 20;
  }
  unary[7 * points + 17] = std::nanf("");
  for (const int threads : {1, 3}) {
    Team team(threads);
    const Classes found = supported(unary.data(), classes, points, 0.5f, team);
    require(found.all == classes && found.kept == std::vector<std::size_t>{0, 1, 2, 4, 5, 6, 7, 8},
            "what no point speaks for is left out, but not what is to be noticed");
  }
}

// What is worked on is what an array without the others would give.
void classes_left_out_get_nothing() {
  const std::size_t height = 40, width = 70, points = height * width;
  const auto unary = noise(points * 6, 3.0f, 15);
  MeanField field({height, width}, 2);
  field.add(
      std::make_unique<GridGaussian>(field.shape(), std::vector<double>{1.0, 1.0}, field.tiling()),
      Normalization::symmetric, false);
  const Classes some(6, {1, 2, 5});
  std::vector<float> few, q(unary.size(), -1.0f);
  for (const std::size_t c : some.kept)
    few.insert(few.end(), &unary[c * points], &unary[c * points] + points);
  std::vector<float> expected(few.size());
  field.set_compatibility(0, {std::vector<float>(3, 2.0f), {}});
  const Schedule schedule{5, 1, -1, false};
  field.infer(few.data(), expected.data(), Classes(3), schedule);
  field.infer(unary.data(), q.data(), some, schedule);
  for (std::size_t c = 0, k = 0; c < 6; ++c) {
    const bool kept = k < 3 && some.kept[k] == c;
    for (std::size_t i = 0; i < points; ++i)
      require(q[c * points + i] == (kept ? expected[k * points + i] : 0.0f),
              "classes kept are as alone, others zero");
    k += kept;
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
  points_in_a_plane_are_predicted_from_how_they_lie();
  for (int dimensions = 1; dimensions <= kMaxDimensions; ++dimensions)
    lattice_is_the_kernel_matrix(dimensions, 300, 3);
  grid_is_the_kernel_matrix();
  transposed_filters_are_adjoint();
  marginals_sum_to_one_and_do_not_depend_on_threads();
  what_takes_long_stops_when_asked();
  energies_that_are_not_finite_are_noticed();
  classes_are_kept_that_a_point_speaks_for();
  classes_left_out_get_nothing();
  std::puts("crf: ok");
}
