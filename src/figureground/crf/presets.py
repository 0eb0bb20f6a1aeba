"""Named settings of the CRF's kernels."""

from collections.abc import Mapping

from figureground.crf.kernels import Bilateral, Gaussian, Kernel

PRESETS: Mapping[str, tuple[Kernel, ...]] = {
    "default": (Gaussian(sxy=1, compat=3), Bilateral(sxy=67, srgb=3, compat=4)),
    "deeplab": (Gaussian(sxy=3, compat=3), Bilateral(sxy=50, srgb=10, compat=5)),
    "deeplab-largefov": (Gaussian(sxy=3, compat=3), Bilateral(sxy=121, srgb=5, compat=4)),
    "deeplab-msc-largefov": (Gaussian(sxy=3, compat=3), Bilateral(sxy=83, srgb=5, compat=4)),
    "deeplab-coco": (Gaussian(sxy=3, compat=3), Bilateral(sxy=67, srgb=3, compat=5)),
    "pydensecrf-example": (Gaussian(sxy=3, compat=3), Bilateral(sxy=80, srgb=13, compat=10)),
}
"""Kernels by name.

"default" is the setting most copied in public code and the one of these that improved every
network we measured. The deeplab settings are those published with DeepLab (Chen et al., ICLR
2015). "pydensecrf-example" comes from pydensecrf's README; it is strong, and harmed the networks
we measured: it is here for comparison.
"""
