// figureground.proposals._native: checks shapes, hands over, releases the GIL.
#include "proposals.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <memory>
#include <stdexcept>

namespace nb = nanobind;
namespace fg = figureground;

namespace {

using Map = nb::ndarray<const float, nb::shape<-1, -1>, nb::c_contig, nb::device::cpu>;
using Image = nb::ndarray<const std::uint8_t, nb::shape<-1, -1, 3>, nb::c_contig, nb::device::cpu>;
using Rankers =
    nb::ndarray<const float, nb::shape<-1, fg::kSeedFeatures>, nb::c_contig, nb::device::cpu>;
using Masks = nb::ndarray<const float, nb::shape<-1, 2, fg::kMaskFeatures + 1>, nb::c_contig,
                          nb::device::cpu>;
template <class T>
using Array = nb::ndarray<nb::numpy, T>;
using Dict = nb::typed<nb::dict, nb::str, nb::any>;

/// Hands a vector over to NumPy without a copy.
template <class T>
Array<T> give(std::vector<T> values, std::initializer_list<std::size_t> shape) {
  auto owned = std::make_unique<std::vector<T>>(std::move(values));
  T* data = owned->data();
  nb::capsule owner(owned.get(), [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
  owned.release();
  return Array<T>(data, shape, owner);
}

template <class T, std::size_t N>
Array<T> give_rows(const std::vector<std::array<T, N>>& rows) {
  std::vector<T> flat;
  flat.reserve(rows.size() * N);
  for (const auto& row : rows) flat.insert(flat.end(), row.begin(), row.end());
  return give(std::move(flat), {rows.size(), N});
}

Array<bool> give_sets(const fg::BitMatrix& sets) {
  const std::size_t rows = sets.rows(), columns = sets.columns();
  auto owned = std::make_unique<bool[]>(rows * columns);
  for (std::size_t i = 0; i < rows; ++i) {
    sets.for_each(static_cast<int>(i), [&](int n) { owned[i * columns + n] = true; });
  }
  bool* data = owned.get();
  nb::capsule owner(data, [](void* p) noexcept { delete[] static_cast<bool*>(p); });
  owned.release();
  return Array<bool>(data, {rows, columns}, owner);
}

template <class Shaped>
fg::Size size_of(const Shaped& map) {
  return {static_cast<int>(map.shape(0)), static_cast<int>(map.shape(1))};
}

nb::tuple give_graph(fg::Graph&& graph) {
  const std::size_t edges = graph.edges.size();
  return nb::make_tuple(give_rows(graph.edges), give(std::move(graph.strength), {edges}),
                        give(std::move(graph.length), {edges}));
}

fg::Mask mask_from(const float* row) {
  fg::Mask mask;
  std::copy_n(row, fg::kMaskFeatures, mask.weights.begin());
  mask.bias = row[fg::kMaskFeatures];
  return mask;
}

fg::Model model_from(const Rankers& rankers, const Masks& masks) {
  fg::Model model;
  for (std::size_t i = 0; i < rankers.shape(0); ++i) {
    std::copy_n(rankers.data() + i * fg::kSeedFeatures, fg::kSeedFeatures,
                model.rankers.emplace_back().begin());
  }
  constexpr std::size_t kRow = fg::kMaskFeatures + 1;
  for (std::size_t i = 0; i < masks.shape(0); ++i) {
    const float* pair = masks.data() + 2 * i * kRow;
    model.masks.push_back({mask_from(pair), mask_from(pair + kRow)});
  }
  return model;
}

void require_same_size(const Map& strength, const Image& image) {
  if (strength.shape(0) != image.shape(0) || strength.shape(1) != image.shape(1)) {
    throw std::invalid_argument("image and strength must have one size");
  }
}

Dict propose(const Map& strength, const Image& image, int superpixels, int seeds, int levels,
             float max_iou, int smallest, bool singles, fg::SeedKind kind,
             std::uint64_t random_seed, const Rankers& rankers, const Masks& masks, int threads) {
  require_same_size(strength, image);
  const fg::Size size = size_of(strength);
  const fg::Model model = model_from(rankers, masks);
  const fg::ProposalOptions options{superpixels, seeds,   levels, max_iou,
                                    smallest,    singles, kind,   random_seed};
  fg::Proposals p = [&] {
    const nb::gil_scoped_release unlocked;
    fg::Team team(threads);
    return fg::propose(strength.data(), image.data(), size, options, model, team);
  }();
  const std::size_t h = size.height, w = size.width, count = p.segments.scores.size();
  const std::size_t placed = p.seeds.size();
  Dict result;
  result["superpixels"] = give(std::move(p.superpixels.labels), {h, w});
  result["segments"] = give_sets(p.segments.sets);
  result["scores"] = give(std::move(p.segments.scores), {count});
  result["boxes"] = give_rows(p.boxes);
  result["seeds"] = give(std::move(p.seeds), {placed});
  result["graph"] = give_graph(std::move(p.graph));
  return result;
}

Array<float> thin(const Map& strength, int threads) {
  const fg::Size size = size_of(strength);
  std::vector<float> result = [&] {
    const nb::gil_scoped_release unlocked;
    fg::Team team(threads);
    return fg::thin(strength.data(), size, team);
  }();
  return give(std::move(result), {strength.shape(0), strength.shape(1)});
}

/// The learned stages' view of one image, for training and for pictures.
class Scene {
 public:
  Scene(const Map& strength, const Image& image, int superpixels, int threads) {
    require_same_size(strength, image);
    const nb::gil_scoped_release unlocked;
    fg::Team team(threads);
    const fg::Size size = size_of(strength);
    const std::vector<float> thinned = fg::thin(strength.data(), size, team);
    pixels_ = fg::superpixels(thinned.data(), strength.data(), size, superpixels, team);
    graph_ = fg::superpixel_graph(pixels_, strength.data(), team);
    looks_ = fg::appearance(pixels_, image.data(), team);
    near_border_ = fg::near_border(fg::border_sides(pixels_), pixels_.count);
    features_ = std::make_unique<fg::SeedFeatures>(graph_, looks_);
  }

  Array<std::int32_t> superpixels() const {
    return give(pixels_.labels, {static_cast<std::size_t>(pixels_.size.height),
                                 static_cast<std::size_t>(pixels_.size.width)});
  }

  Array<std::int32_t> edges() const { return give_rows(graph_.edges); }

  Array<float> seed_features() const { return give_rows(features_->rows()); }

  void add_seed(int seed) {
    require_node(seed);
    features_->add(seed);
  }

  Array<float> mask_features(int seed) const {
    require_node(seed);
    return give_rows(fg::mask_features(looks_, near_border_, seed));
  }

  Array<float> distance(int seed) const {
    require_node(seed);
    std::vector<float> distance(graph_.nodes, fg::kFar);
    fg::update_distance(graph_, fg::edge_costs(graph_, 3, 2e-3f), {seed}, distance);
    const std::size_t nodes = distance.size();
    return give(std::move(distance), {nodes});
  }

 private:
  void require_node(int seed) const {
    if (seed < 0 || seed >= graph_.nodes) throw std::out_of_range("no such superpixel");
  }

  fg::Superpixels pixels_;
  fg::Graph graph_;
  fg::Appearance looks_;
  std::vector<char> near_border_;
  std::unique_ptr<fg::SeedFeatures> features_;
};

}  // namespace

NB_MODULE(_native, m) {
  m.doc() = "Geodesic object proposals: the native stages.";

  nb::enum_<fg::SeedKind>(m, "SeedKind")
      .value("geodesic", fg::SeedKind::geodesic)
      .value("regular", fg::SeedKind::regular)
      .value("random", fg::SeedKind::random)
      .value("segmentation", fg::SeedKind::segmentation)
      .value("learned", fg::SeedKind::learned);

  m.def("propose", &propose, nb::arg("strength"), nb::arg("image"), nb::arg("superpixels"),
        nb::arg("seeds"), nb::arg("levels"), nb::arg("max_iou"), nb::arg("smallest"),
        nb::arg("singles"), nb::arg("seed_kind"), nb::arg("random_seed"), nb::arg("rankers"),
        nb::arg("masks"), nb::arg("threads"));
  m.def("thin", &thin, nb::arg("strength"), nb::arg("threads"));

  nb::class_<Scene>(m, "Scene")
      .def(nb::init<const Map&, const Image&, int, int>(), nb::arg("strength"), nb::arg("image"),
           nb::arg("superpixels"), nb::arg("threads"))
      .def("superpixels", &Scene::superpixels)
      .def("edges", &Scene::edges)
      .def("seed_features", &Scene::seed_features)
      .def("add_seed", &Scene::add_seed, nb::arg("seed"))
      .def("mask_features", &Scene::mask_features, nb::arg("seed"))
      .def("distance", &Scene::distance, nb::arg("seed"));
}
