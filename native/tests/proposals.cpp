// The proposals without Python, for the sanitizers: every stage on maps of many shapes and kinds.
#include "proposals.hpp"

#include <cstdio>
#include <cstdlib>
#include <random>
#include <stdexcept>

#include "require.hpp"

namespace {

using namespace figureground;

std::vector<float> random_map(Size size, std::mt19937& random, float most) {
  std::uniform_real_distribution<float> value(0, most);
  std::vector<float> map(size.pixels());
  for (float& v : map) v = value(random);
  return map;
}

std::vector<std::uint8_t> random_image(Size size, std::mt19937& random) {
  std::vector<std::uint8_t> image(3 * static_cast<std::size_t>(size.pixels()));
  for (std::uint8_t& v : image) v = static_cast<std::uint8_t>(random());
  return image;
}

Model random_model(std::mt19937& random) {
  std::normal_distribution<float> weight;
  Model model;
  for (int i = 0; i < 12; ++i) {
    for (float& w : model.rankers.emplace_back()) w = weight(random);
  }
  for (int i = 0; i < 3; ++i) {
    MaskPair& pair = model.masks.emplace_back();
    for (Mask* mask : {&pair.foreground, &pair.background}) {
      for (float& w : mask->weights) w = weight(random);
      mask->bias = weight(random);
    }
  }
  return model;
}

bool same(const Proposals& a, const Proposals& b) {
  if (a.superpixels.labels != b.superpixels.labels || a.seeds != b.seeds) return false;
  if (a.segments.scores != b.segments.scores || a.boxes != b.boxes) return false;
  for (int i = 0; i < a.segments.sets.rows(); ++i) {
    const std::uint64_t *x = a.segments.sets.row(i), *y = b.segments.sets.row(i);
    if (!std::equal(x, x + a.segments.sets.words(), y)) return false;
  }
  return true;
}

void test_any_size_and_thread_count() {
  std::mt19937 random(1);
  const Model model = random_model(random);
  for (const Size size : {Size{1, 1}, Size{1, 400}, Size{400, 1}, Size{2, 3}, Size{37, 53}}) {
    for (const float most : {0.0f, 1.0f}) {
      const auto map = random_map(size, random, most);
      const auto image = random_image(size, random);
      for (const int wanted : {1, 40, 100000}) {
        for (const SeedKind kind : {SeedKind::geodesic, SeedKind::regular, SeedKind::random,
                                    SeedKind::segmentation, SeedKind::learned}) {
          const ProposalOptions options{wanted, 20, 5, 0.8f, 1, true, kind, 7};
          Team one(1), three(3);
          const Model& used = kind == SeedKind::learned ? model : Model{};
          const auto a = propose(map.data(), image.data(), size, options, used, one);
          const auto b = propose(map.data(), image.data(), size, options, used, three);
          REQUIRE(same(a, b));
        }
      }
    }
  }
}

/// Bellman and Ford's algorithm over all pixels.
std::vector<std::int64_t> brute_force_distances(const std::vector<std::int32_t>& costs, Size size,
                                                const std::vector<int>& centres) {
  constexpr std::int64_t kUnreached = std::int64_t{1} << 60;
  std::vector<std::int64_t> distance(size.pixels(), kUnreached);
  for (const int centre : centres) distance[centre] = 0;
  for (bool changed = true; changed;) {
    changed = false;
    for (int p = 0; p < size.pixels(); ++p) {
      const auto step = [&](int q) {
        const std::int64_t reached = distance[q] + std::max(costs[p], costs[q]);
        if (reached < distance[p]) distance[p] = reached, changed = true;
      };
      if (p % size.width > 0) step(p - 1);
      if (p % size.width + 1 < size.width) step(p + 1);
      if (p >= size.width) step(p - size.width);
      if (p + size.width < size.pixels()) step(p + size.width);
    }
  }
  return distance;
}

void test_superpixels_are_the_nearest_centres() {
  std::mt19937 random(2);
  const Size size{23, 31};
  const auto map = random_map(size, random, 1);
  Team team(2);
  const auto costs = pixel_costs(map.data(), map.data(), size, team);
  const auto centres = superpixel_centres(costs, size, 25);
  const auto labels = nearest_centres(costs, size, centres);
  const auto least = brute_force_distances(costs, size, centres);
  for (std::size_t k = 0; k < centres.size(); ++k) {
    const auto own = brute_force_distances(costs, size, {centres[k]});
    for (int p = 0; p < size.pixels(); ++p) {
      if (labels[p] == static_cast<int>(k)) REQUIRE(own[p] == least[p]);
    }
  }
}

void test_sweeps_equal_dijkstra() {
  std::mt19937 random(3);
  const Size size{60, 80};
  const auto map = random_map(size, random, 1);
  Team team(2);
  const Superpixels pixels = superpixels(map.data(), map.data(), size, 150, team);
  const Graph graph = superpixel_graph(pixels, map.data(), team);
  const auto costs = edge_costs(graph, 3, 2e-3f);
  NodeSets sources = {{0}, {5, 9}, {}, {graph.nodes - 1}};
  const auto lanes = distances_from(graph, costs, sources);
  for (std::size_t k = 0; k < sources.size(); ++k) {
    std::vector<float> distance(graph.nodes, kFar);
    update_distance(graph, costs, sources[k], distance);
    REQUIRE(distance == lane_of(lanes, static_cast<int>(k)));
  }
}

void test_float_sort() {
  std::mt19937 random(4);
  std::normal_distribution<float> value;
  for (const int count : {0, 1, 2, 1000}) {
    std::vector<float> values(count);
    for (float& v : values) v = value(random);
    if (count > 2) values[0] = kFar, values[1] = -kFar, values[2] = 0;
    std::vector<float> expected = values;
    std::sort(expected.begin(), expected.end());
    FloatSorter().sort(values);
    REQUIRE(values == expected);
  }
}

void test_level_sets_hold_what_they_say() {
  std::mt19937 random(5);
  std::uniform_real_distribution<float> value(-1, 1);
  std::vector<float> distance(150);
  for (float& d : distance) d = value(random);
  Segments segments(150);
  Cutter({10, 0.9f, 3, 112}).cut(distance, segments);
  REQUIRE(segments.sets.rows() > 0);
  for (int i = 0; i < segments.sets.rows(); ++i) {
    int members = 0;
    float highest = -kFar, lowest_outside = kFar;
    for (int n = 0; n < 150; ++n) {
      if (segments.sets.has(i, n)) {
        ++members, highest = std::max(highest, distance[n]);
      } else {
        lowest_outside = std::min(lowest_outside, distance[n]);
      }
    }
    REQUIRE(members == segments.sizes[i] && members >= 3 && members <= 112);
    REQUIRE(highest < lowest_outside);
    REQUIRE(segments.scores[i] == lowest_outside - highest);
  }
}

void test_an_error_of_a_task_arrives() {
  Team team(3);
  bool caught = false;
  try {
    run_tasks(team, 50, [](int i) {
      if (i == 17) throw std::runtime_error("task");
    });
  } catch (const std::runtime_error&) {
    caught = true;
  }
  REQUIRE(caught);
}

}  // namespace

int main() {
  test_any_size_and_thread_count();
  test_superpixels_are_the_nearest_centres();
  test_sweeps_equal_dijkstra();
  test_float_sort();
  test_level_sets_hold_what_they_say();
  test_an_error_of_a_task_arrives();
}
