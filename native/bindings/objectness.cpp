// figureground.objectness._native: checks shapes, hands over, releases the GIL.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include "segment_sums.hpp"

namespace nb = nanobind;
namespace fg = figureground;

namespace {

template <class T, int N>
using In = nb::ndarray<const T, nb::ndim<N>, nb::c_contig, nb::device::cpu>;
using Out = nb::ndarray<float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

fg::Rows rows_of(const In<float, 2>& table, std::size_t rows) {
  if (table.shape(0) != rows) throw nb::value_error("a table has the wrong number of rows");
  return {table.data(), static_cast<int>(table.shape(1))};
}

float* sums_of(const Out& sums, const In<bool, 2>& segments, const In<float, 2>& values) {
  if (sums.shape(0) != segments.shape(0) || sums.shape(1) != values.shape(1))
    throw nb::value_error("sums must have a row a segment and a column a value");
  return sums.data();
}

void sum_segments(In<bool, 2> segments, In<std::int32_t, 2> edges, In<float, 1> lengths,
                  In<float, 2> members, In<float, 2> contour, In<float, 2> ring, Out member_sums,
                  Out contour_sums, Out ring_sums, int threads) {
  const std::size_t nodes = segments.shape(1), count = edges.shape(0);
  if (edges.shape(1) != 2 || lengths.shape(0) != count) throw nb::value_error("expected E edges");
  for (std::size_t i = 0; i < 2 * count; ++i) {
    if (edges.data()[i] < 0 || static_cast<std::size_t>(edges.data()[i]) >= nodes)
      throw nb::value_error("an edge joins superpixels that there are not");
  }
  const auto* pairs = reinterpret_cast<const std::array<std::int32_t, 2>*>(edges.data());
  const fg::SumInputs in{static_cast<int>(nodes), {pairs, count},          lengths.data(),
                         rows_of(members, nodes), rows_of(contour, count), rows_of(ring, nodes)};
  const fg::SumOutputs out{sums_of(member_sums, segments, members),
                           sums_of(contour_sums, segments, contour),
                           sums_of(ring_sums, segments, ring)};
  const nb::gil_scoped_release unlocked;
  fg::Team team(threads);
  fg::sum_segments(in, segments.data(), static_cast<int>(segments.shape(0)), out, team);
}

}  // namespace

NB_MODULE(_native, m) {
  m.doc() = "Sums over the inside, the contour and the ring of segments.";
  m.def("sum_segments", &sum_segments, nb::arg("segments"), nb::arg("edges"), nb::arg("lengths"),
        nb::arg("members"), nb::arg("contour"), nb::arg("ring"), nb::arg("member_sums"),
        nb::arg("contour_sums"), nb::arg("ring_sums"), nb::arg("threads"));
}
