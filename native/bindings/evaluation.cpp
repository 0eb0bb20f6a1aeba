// figureground.evaluation._native: checks shapes, hands over, releases the GIL.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include "boundary_matching.hpp"
#include "line_thinning.hpp"
#include "thinning.hpp"

namespace nb = nanobind;
namespace fg = figureground;

using Map = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Mask = nb::ndarray<const std::uint8_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using MapOut = nb::ndarray<float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using MaskOut = nb::ndarray<std::uint8_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

namespace {

template <class A, class B>
void check_sizes(const A& a, const B& b) {
  if (a.shape(0) != b.shape(0) || a.shape(1) != b.shape(1))
    throw nb::value_error("expected maps of one size");
}

fg::Size size_of(const Map& map) {
  return {static_cast<int>(map.shape(0)), static_cast<int>(map.shape(1))};
}

}  // namespace

NB_MODULE(_native, m) {
  m.doc() = "Boundaries: thinning and matching.";

  m.def(
      "thin_boundaries",
      [](Map strength, MapOut out) {
        check_sizes(strength, out);
        const nb::gil_scoped_release release;
        fg::Team team(1);
        std::vector<float> thin = fg::thin(strength.data(), size_of(strength), team);
        fg::thin_lines(thin, size_of(strength));
        std::copy(thin.begin(), thin.end(), out.data());
      },
      nb::arg("strength"), nb::arg("out"));

  m.def(
      "match_boundaries",
      [](Map strength, Mask truth, double radius, MaskOut out) {
        check_sizes(strength, truth);
        check_sizes(strength, out);
        const nb::gil_scoped_release release;
        const auto matched =
            fg::BoundaryMatching(truth.data(), size_of(strength), radius).match(strength.data());
        std::copy(matched.begin(), matched.end(), out.data());
      },
      nb::arg("strength"), nb::arg("truth"), nb::arg("radius"), nb::arg("out"));
}
