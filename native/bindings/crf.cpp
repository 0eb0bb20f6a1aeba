// figureground.crf._native: checks shapes, hands over, releases the GIL.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <functional>

#include "exact.hpp"
#include "gaussian.hpp"
#include "mean_field.hpp"
#include "permutohedral.hpp"

namespace nb = nanobind;
namespace fg = figureground;

template <typename Real>
using Matrix = nb::ndarray<const Real, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
template <typename Real>
using Output = nb::ndarray<Real, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

namespace {

template <typename A, typename B>
void require_same_shape(const A& a, const B& b) {
  if (a.shape(0) != b.shape(0) || a.shape(1) != b.shape(1))
    throw std::invalid_argument("the two arrays differ in shape");
}

template <typename A>
void require_points(const fg::MeanField& field, const A& array) {
  if (array.shape(1) != field.points() || array.shape(0) == 0)
    throw std::invalid_argument("the array's second axis is not the number of pixels");
}

void require_term(const fg::MeanField& field, std::size_t term) {
  if (term >= field.terms()) throw std::out_of_range("there is no such kernel");
}

// Whether Python has a signal to handle, such as the one of ctrl-C.
bool interrupted() {
  const nb::gil_scoped_acquire acquire;
  return PyErr_CheckSignals() != 0;
}

void add_features(fg::MeanField& self, Matrix<float> features, fg::Normalization normalization,
                  bool exclude_self) {
  require_points(self, features);
  if (features.shape(0) > fg::kMaxDimensions)
    throw std::invalid_argument("features: at most 8 dimensions");
  const nb::gil_scoped_release release;
  self.add(std::make_unique<fg::Permutohedral>(features.data(), static_cast<int>(features.shape(0)),
                                               self.tiling(), self.team()),
           normalization, exclude_self);
}

void add_grid(fg::MeanField& self, const std::vector<double>& sigmas,
              fg::Normalization normalization, bool exclude_self) {
  if (sigmas.size() != self.shape().size() || sigmas.empty())
    throw std::invalid_argument("sigmas: expected one an axis");
  const nb::gil_scoped_release release;
  self.add(std::make_unique<fg::GridGaussian>(self.shape(), sigmas, self.tiling()), normalization,
           exclude_self);
}

void set_compatibility(fg::MeanField& self, std::size_t term, Matrix<float> matrix) {
  require_term(self, term);
  std::vector<float> values(matrix.data(), matrix.data() + matrix.size());
  // One row is the diagonal form.
  if (matrix.shape(0) == 1)
    self.set_compatibility(term, {std::move(values), {}});
  else
    self.set_compatibility(term, {{}, std::move(values)});
}

// The classes whose energy comes within so much of a pixel's least somewhere, or is not finite.
std::vector<std::size_t> supported(fg::MeanField& self, Matrix<float> unary, float within) {
  require_points(self, unary);
  const nb::gil_scoped_release release;
  return fg::supported(unary.data(), unary.shape(0), unary.shape(1), within, self.team()).kept;
}

// Returns how many iterations were made; a negative number if some of unary is not finite. Only the
// classes kept, which ascend, are looked at; the others' q becomes zero.
int infer(fg::MeanField& self, Matrix<float> unary, Output<float> q, std::vector<std::size_t> kept,
          int iterations, float step, float tolerance, bool warm) {
  require_points(self, unary);
  require_same_shape(unary, q);
  if (kept.empty() || kept.back() >= unary.shape(0) ||
      std::adjacent_find(kept.begin(), kept.end(), std::greater_equal<>()) != kept.end())
    throw std::out_of_range("kept: expected classes, ascending");
  const fg::Classes classes(unary.shape(0), std::move(kept));
  const nb::gil_scoped_release release;
  return self.infer(unary.data(), q.data(), classes, {iterations, step, tolerance, warm});
}

template <typename Real>
void filter(fg::MeanField& self, std::size_t term, Matrix<Real> values, Output<Real> out,
            bool transposed) {
  require_term(self, term);
  require_points(self, values);
  require_same_shape(values, out);
  const nb::gil_scoped_release release;
  const fg::RowKernels& kernels = sizeof(Real) == sizeof(double) ? fg::precise::row_kernels()
                                                                 : fg::row_kernels(values.shape(0));
  self.filter(term, values.data(), out.data(), values.shape(0), transposed, kernels);
}

void exact(Matrix<double> features, Matrix<double> values,
           nb::ndarray<const std::int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu> rows,
           Output<double> out, int threads) {
  const std::size_t points = features.shape(1);
  if (values.shape(1) != points || out.shape(0) != values.shape(0) || out.shape(1) != rows.shape(0))
    throw std::invalid_argument("the arrays' shapes do not match");
  for (std::size_t r = 0; r < rows.shape(0); ++r)
    if (rows(r) < 0 || static_cast<std::size_t>(rows(r)) >= points)
      throw std::out_of_range("rows: there is no such pixel");
  const nb::gil_scoped_release release;
  fg::Team team(threads, interrupted);
  fg::exact_filter(features.data(), features.shape(0), points, values.data(), values.shape(0),
                   rows.data(), rows.shape(0), out.data(), team);
}

void diagonal(const fg::MeanField& self, std::size_t term, Output<float> out) {
  require_term(self, term);
  require_points(self, out);
  const std::vector<float> values = self.diagonal(term);
  std::copy(values.begin(), values.end(), out.data());
}

}  // namespace

NB_MODULE(_native, m) {
  m.doc() = "The dense CRF's core.";
  // Python has the error already, see `interrupted`.
  nb::register_exception_translator([](const std::exception_ptr& error, void*) {
    try {
      std::rethrow_exception(error);
    } catch (const fg::Stopped&) {
    }
  });
  m.def(
      "instruction_set", [] { return fg::simd().wide.name; },
      "Which build of the inner loops is in use.");
  m.def("exact", exact, nb::arg("features"), nb::arg("values"), nb::arg("rows"), nb::arg("out"),
        nb::arg("threads"));

  nb::enum_<fg::Normalization>(m, "Normalization")
      .value("none", fg::Normalization::none)
      .value("before", fg::Normalization::before)
      .value("after", fg::Normalization::after)
      .value("symmetric", fg::Normalization::symmetric);

  nb::class_<fg::MeanField>(m, "MeanField")
      .def(
          "__init__",
          [](fg::MeanField* self, const std::vector<std::size_t>& shape, int threads) {
            new (self) fg::MeanField(shape, threads, interrupted);
          },
          nb::arg("shape"), nb::arg("threads"))
      .def("add_features", add_features, nb::arg("features"), nb::arg("normalization"),
           nb::arg("exclude_self"))
      .def("add_grid", add_grid, nb::arg("sigmas"), nb::arg("normalization"),
           nb::arg("exclude_self"))
      .def("nodes", &fg::MeanField::nodes, nb::arg("term"))
      .def("diagonal", diagonal, nb::arg("term"), nb::arg("out"))
      .def("set_compatibility", set_compatibility, nb::arg("term"), nb::arg("matrix"))
      .def("supported", supported, nb::arg("unary"), nb::arg("within"))
      .def("infer", infer, nb::arg("unary"), nb::arg("q"), nb::arg("kept"), nb::arg("iterations"),
           nb::arg("step"), nb::arg("tolerance"), nb::arg("warm"))
      .def("filter", filter<float>, nb::arg("term"), nb::arg("values"), nb::arg("out"),
           nb::arg("transposed"))
      .def("filter", filter<double>, nb::arg("term"), nb::arg("values"), nb::arg("out"),
           nb::arg("transposed"));
}
