// figureground.crf._native: checks shapes, hands over, releases the GIL.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include "mean_field.hpp"

namespace nb = nanobind;
using figureground::MeanField;
using figureground::Normalization;

using Matrix = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Output = nb::ndarray<float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

NB_MODULE(_native, m) {
  m.doc() = "The dense CRF's core.";

  nb::enum_<Normalization>(m, "Normalization")
      .value("none", Normalization::none)
      .value("before", Normalization::before)
      .value("after", Normalization::after)
      .value("symmetric", Normalization::symmetric);

  nb::class_<MeanField>(m, "MeanField")
      .def(nb::init<std::size_t, int>(), nb::arg("points"), nb::arg("threads"))
      .def(
          "add_kernel",
          [](MeanField& self, Matrix features, Normalization normalization) {
            const nb::gil_scoped_release release;
            self.add_kernel(features.data(), static_cast<int>(features.shape(0)), normalization);
          },
          nb::arg("features"), nb::arg("normalization"))
      .def(
          "set_compatibility",
          [](MeanField& self, std::size_t kernel, Matrix matrix) {
            self.set_compatibility(kernel, {matrix.data(), matrix.data() + matrix.size()});
          },
          nb::arg("kernel"), nb::arg("matrix"))
      .def(
          "infer",
          [](MeanField& self, Matrix unary, Output q, int iterations) {
            const nb::gil_scoped_release release;
            self.infer(unary.data(), q.data(), unary.shape(0), iterations);
          },
          nb::arg("unary"), nb::arg("q"), nb::arg("iterations"));
}
