"""Looking through a data set for the mistakes that training would hide."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from figureground.arrays import VOID
from figureground.data.samples import Sample, Samples
from figureground.errors import InputError


def _counts() -> NDArray[np.int64]:
    return np.zeros(256, np.int64)


@dataclass
class Findings:
    """What a data set holds: pixels and images of every label, and what is wrong."""

    classes: tuple[str, ...]
    modes: dict[str, int] = field(default_factory=dict)
    pixels: NDArray[np.int64] = field(default_factory=_counts)
    present: NDArray[np.int64] = field(default_factory=_counts)
    usable: list[Sample] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def images(self) -> int:
        """How many samples can be used."""
        return len(self.usable)

    @property
    def void_share(self) -> float:
        """Share of all pixels that are void."""
        return float(self.pixels[VOID] / max(1, self.pixels.sum()))

    def table(self) -> dict[str, dict[str, float]]:
        """Class → images that show it, and its share of the pixels that count."""
        counted = max(1, int(self.pixels[:VOID].sum()))
        return {
            name: {"images": int(self.present[k]), "share": float(self.pixels[k] / counted)}
            for k, name in enumerate(self.classes)
        }

    def warnings(self) -> list[str]:
        """Likely mistakes, each with its fix."""
        found = []
        objects = int(self.pixels[1:VOID].sum())
        if self.images and not objects and self.pixels[VOID]:
            found.append(
                "the masks hold 0 and 255 alone: 255 is void and never learned; if it marks the "
                "object, write 1 instead"
            )
        elif self.images and not objects:
            found.append("no mask shows any object")
        if objects and not self.pixels[0]:
            found.append(
                "no pixel is background (0): if the first class is numbered 0, add 1 to all labels"
            )
        if self.void_share > 0.3:
            found.append(f"{self.void_share:.0%} of the pixels are void and never learned")
        unseen = [n for k, n in enumerate(self.classes) if k and not self.present[k]]
        if objects and unseen:
            found.append(f"no photo shows {', '.join(unseen)}")
        return found


def check(samples: Samples, progress: Iterable[Sample] | None = None) -> Findings:
    """Read every photo and mask of a data set.

    Files that cannot be used are listed, with the reason, in `broken`; the rest is counted.
    `progress` may be the same samples, wrapped to show how far it is.
    """
    findings = Findings(samples.classes)
    for sample in progress or samples:
        try:
            _, labels = sample.pair()
            form = sample.form()
        except InputError as error:
            findings.broken.append(str(error))
            continue
        counts = np.bincount(labels.ravel(), minlength=256)
        findings.usable.append(sample)
        findings.modes[form] = findings.modes.get(form, 0) + 1
        findings.pixels += counts
        findings.present += counts > 0
    return findings
