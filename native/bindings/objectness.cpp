// figureground.objectness._native: checks shapes, hands over, releases the GIL.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include "region_sums.hpp"
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

void spread_segments(In<bool, 2> segments, In<float, 2> values, Out sums) {
  if (sums.shape(0) != segments.shape(1) || sums.shape(1) != values.shape(1))
    throw nb::value_error("sums must have a row a superpixel and a column a value");
  const fg::Rows rows = rows_of(values, segments.shape(0));
  const nb::gil_scoped_release unlocked;
  fg::spread_segments(segments.data(), static_cast<int>(segments.shape(1)),
                      static_cast<int>(segments.shape(0)), rows, sums.data());
}

using Labels = In<std::int32_t, 2>;
template <class T>
using Sums = nb::ndarray<T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

/// Checks that every label has a row of the sums, and that these have so many columns.
template <class T>
void check_rows(const Labels& labels, const Sums<T>& sums, std::size_t columns) {
  if (sums.shape(1) != columns) throw nb::value_error("sums have the wrong number of columns");
  const auto last = static_cast<std::int64_t>(sums.shape(0));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels.data()[i] < 0 || labels.data()[i] >= last)
      throw nb::value_error("a label has no row in the sums");
  }
}

fg::LabelImage image_of(const Labels& labels) {
  return {labels.data(), static_cast<int>(labels.shape(0)), static_cast<int>(labels.shape(1))};
}

void sum_regions(Labels labels, In<std::uint8_t, 3> image, Sums<double> sums,
                 Sums<std::int32_t> colours) {
  check_rows(labels, sums, fg::kRegionSums);
  check_rows(labels, colours, fg::kColours);
  if (image.size() != 3 * labels.size() || image.shape(2) != 3 || image.shape(1) != labels.shape(1))
    throw nb::value_error("the image must have the labels' size");
  const nb::gil_scoped_release unlocked;
  fg::sum_regions(image_of(labels), image.data(), sums.data(), colours.data());
}

void sum_foreground(Labels labels, In<float, 2> foreground, In<float, 2> odds, Sums<double> sums) {
  check_rows(labels, sums, fg::kForegroundSums);
  for (const auto& map : {foreground, odds}) {
    if (map.shape(0) != labels.shape(0) || map.shape(1) != labels.shape(1))
      throw nb::value_error("the maps must have the labels' size");
  }
  const nb::gil_scoped_release unlocked;
  fg::sum_foreground(image_of(labels), foreground.data(), odds.data(), sums.data());
}

}  // namespace

NB_MODULE(_native, m) {
  m.doc() = "Sums over superpixels, and over the inside, the contour and the ring of segments.";
  m.attr("REGION_SUMS") = fg::kRegionSums;
  m.attr("COLOURS") = fg::kColours;
  m.attr("FOREGROUND_SUMS") = fg::kForegroundSums;
  m.def("sum_regions", &sum_regions, nb::arg("labels"), nb::arg("image"), nb::arg("sums"),
        nb::arg("colours"));
  m.def("sum_foreground", &sum_foreground, nb::arg("labels"), nb::arg("foreground"),
        nb::arg("odds"), nb::arg("sums"));
  m.def("spread_segments", &spread_segments, nb::arg("segments"), nb::arg("values"),
        nb::arg("sums"));
  m.def("sum_segments", &sum_segments, nb::arg("segments"), nb::arg("edges"), nb::arg("lengths"),
        nb::arg("members"), nb::arg("contour"), nb::arg("ring"), nb::arg("member_sums"),
        nb::arg("contour_sums"), nb::arg("ring_sums"), nb::arg("threads"));
}
