#include "proposals.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <memory>

namespace nb = nanobind;
namespace fg = figureground;

namespace {

using Map = nb::ndarray<const float, nb::shape<-1, -1>, nb::c_contig, nb::device::cpu>;
template <class T>
using Array = nb::ndarray<nb::numpy, T>;

/// Hands a vector over to NumPy without a copy.
template <class T>
Array<T> give(std::vector<T> values, std::initializer_list<std::size_t> shape) {
  auto* owned = new std::vector<T>(std::move(values));
  nb::capsule owner(owned, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
  return Array<T>(owned->data(), shape, owner);
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
  bool* data = owned.release();
  nb::capsule owner(data, [](void* p) noexcept { delete[] static_cast<bool*>(p); });
  return Array<bool>(data, {rows, columns}, owner);
}

fg::Size size_of(const Map& map) {
  return {static_cast<int>(map.shape(0)), static_cast<int>(map.shape(1))};
}

nb::tuple give_graph(fg::Graph&& graph) {
  const std::size_t edges = graph.edges.size();
  return nb::make_tuple(give_rows(graph.edges), give(std::move(graph.strength), {edges}),
                        give(std::move(graph.length), {edges}));
}

nb::typed<nb::dict, nb::str, nb::any> propose(const Map& strength, int superpixels, int seeds,
                                              int levels, float max_iou, int smallest, bool singles,
                                              int threads) {
  const fg::Size size = size_of(strength);
  fg::Proposals p = [&] {
    const nb::gil_scoped_release unlocked;
    fg::Team team(threads);
    return fg::propose(strength.data(), size,
                       {superpixels, seeds, levels, max_iou, smallest, singles}, team);
  }();
  const std::size_t h = size.height, w = size.width, count = p.segments.scores.size();
  const std::size_t seeds_found = p.seeds.size();
  nb::typed<nb::dict, nb::str, nb::any> result;
  result["superpixels"] = give(std::move(p.superpixels.labels), {h, w});
  result["segments"] = give_sets(p.segments.sets);
  result["scores"] = give(std::move(p.segments.scores), {count});
  result["boxes"] = give_rows(p.boxes);
  result["seeds"] = give(std::move(p.seeds), {seeds_found});
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

}  // namespace

NB_MODULE(_native, m) {
  m.doc() = "Geodesic object proposals: the native stages.";
  m.def("propose", &propose, nb::arg("strength"), nb::arg("superpixels"), nb::arg("seeds"),
        nb::arg("levels"), nb::arg("max_iou"), nb::arg("smallest"), nb::arg("singles"),
        nb::arg("threads"));
  m.def("thin", &thin, nb::arg("strength"), nb::arg("threads"));
}
