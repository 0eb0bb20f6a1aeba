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
          [](GroupLoss* self, float class_share, float group_share, std::int64_t ignored,
             std::vector<std::int32_t> group_of, std::vector<float> weight_of) {
            if (group_of.empty() || group_of.size() != weight_of.size())
              throw nb::value_error("expected a group and a weight for every class");
            for (const std::int32_t group : group_of)
              if (group < 0 || static_cast<std::size_t>(group) >= group_of.size())
                throw nb::value_error("groups are numbered from 0");
            new (self) GroupLoss(
                {class_share, group_share, ignored, std::move(group_of), std::move(weight_of)});
          },
          nb::arg("class_share"), nb::arg("group_share"), nb::arg("ignored"), nb::arg("group_of"),
          nb::arg("weight_of"))
      .def(
          "losses",
          [](const GroupLoss& self, Scores scores, Labels labels, PixelsOut out, int threads) {
            check_pixels(scores, labels);
            check_pixels(scores, out);
            self.require_classes(scores.shape(1));
            const nb::gil_scoped_release release;
            return self.losses(scores.data(), labels.data(), out.data(), scores.shape(0),
                               scores.shape(2), threads);
          },
          nb::arg("scores"), nb::arg("labels"), nb::arg("out"), nb::arg("threads"))
      .def(
          "gradient",
          [](const GroupLoss& self, Scores scores, Labels labels, PerPixel upstream, ScoresOut out,
             int threads) {
            check_pixels(scores, labels);
            check_pixels(scores, upstream);
            self.require_classes(scores.shape(1));
            self.require_classes(out.shape(1));
            if (out.size() != scores.size()) throw nb::value_error("out: expected scores' shape");
            const nb::gil_scoped_release release;
            self.gradient(scores.data(), labels.data(), upstream.data(), out.data(),
                          scores.shape(0), scores.shape(2), threads);
          },
          nb::arg("scores"), nb::arg("labels"), nb::arg("upstream"), nb::arg("out"),
          nb::arg("threads"));
}
