// figureground.losses._native: checks shapes, hands over, releases the GIL.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/vector.h>

#include "group_loss.hpp"

namespace nb = nanobind;
using figureground::GroupLoss;

using Scores = nb::ndarray<const float, nb::ndim<3>, nb::c_contig, nb::device::cpu>;
using Labels = nb::ndarray<const std::int64_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using PerPixel = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using PixelsOut = nb::ndarray<float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using ScoresOut = nb::ndarray<float, nb::ndim<3>, nb::c_contig, nb::device::cpu>;

namespace {

template <typename Rows>
void check_pixels(const Scores& scores, const Rows& rows) {
  if (rows.shape(0) != scores.shape(0) || rows.shape(1) != scores.shape(2))
    throw nb::value_error("expected one value a pixel");
}

}  // namespace

NB_MODULE(_native, m) {
  m.doc() = "The losses' core: scores are (images, classes, pixels).";

  nb::class_<GroupLoss>(m, "GroupLoss")
      .def(
          "__init__",
          [](GroupLoss* self, std::int64_t ignored, std::vector<std::int32_t> group_of) {
            if (group_of.empty()) throw nb::value_error("expected the group of every class");
            for (const std::int32_t group : group_of)
              if (group < 0 || static_cast<std::size_t>(group) >= group_of.size())
                throw nb::value_error("groups are numbered from 0");
            new (self) GroupLoss({ignored, std::move(group_of)});
          },
          nb::arg("ignored"), nb::arg("group_of"))
      .def(
          "losses",
          [](const GroupLoss& self, Scores scores, Labels labels, PixelsOut of_class,
             PixelsOut of_group, int threads) {
            check_pixels(scores, labels);
            check_pixels(scores, of_class);
            check_pixels(scores, of_group);
            self.require_classes(scores.shape(1));
            const nb::gil_scoped_release release;
            return self.losses(scores.data(), labels.data(), {of_class.data(), of_group.data()},
                               scores.shape(0), scores.shape(2), threads);
          },
          nb::arg("scores"), nb::arg("labels"), nb::arg("of_class"), nb::arg("of_group"),
          nb::arg("threads"))
      .def(
          "gradient",
          [](const GroupLoss& self, Scores scores, Labels labels, PerPixel of_class,
             PerPixel of_group, ScoresOut out, int threads) {
            check_pixels(scores, labels);
            check_pixels(scores, of_class);
            check_pixels(scores, of_group);
            self.require_classes(scores.shape(1));
            self.require_classes(out.shape(1));
            if (out.size() != scores.size()) throw nb::value_error("out: expected scores' shape");
            const nb::gil_scoped_release release;
            self.gradient(scores.data(), labels.data(), {of_class.data(), of_group.data()},
                          out.data(), scores.shape(0), scores.shape(2), threads);
          },
          nb::arg("scores"), nb::arg("labels"), nb::arg("of_class"), nb::arg("of_group"),
          nb::arg("out"), nb::arg("threads"));
}
