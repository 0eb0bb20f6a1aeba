"""How large a reproduction is: TOML files beside this one, checked like recipes."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from figureground.training.recipe import Recipe, complete

SCALES = Path(__file__).parent / "scales"

NAMES = tuple(path.stem for path in sorted(SCALES.glob("*.toml")))

DEFAULTS: Recipe = {
    "about": str,
    "recipe": str,
    "settings": [],
    "train": list,
    "held_out_every": int,
    "classes": [],
    "seeds": list,
    "stages": list,
    "sweep": [],
    "crf_photos": int,
    "crf_trials": int,
    "bonuses": list,
    "resamples": int,
    "pictures": int,
}

STAGE: Recipe = {"stride": int, "settings": []}


@dataclass(frozen=True)
class Stage:
    """A step of the stage-wise training: its network's stride, and what its recipe changes."""

    stride: int
    settings: tuple[str, ...]


@dataclass(frozen=True)
class Scale:
    """How much is trained and measured.

    Attributes:
        name: "smoke", "cpu" or "full".
        about: a sentence on what it is, for the report.
        recipe: the bundled training recipe that every run starts from.
        settings: what all runs change in it, as `train --set` takes them.
        train: splits to train on, the first that the data set has.
        held_out_every: every so manieth photo of train is not trained on; all choices are made
            on these.
        classes: names that the mean IoU is over; empty for all.
        seeds: of the runs of each loss.
        stages: 32s, then 16s, then 8s, each started from the one before.
        sweep: what the runs of the study of the weights change in the first stage.
        crf_photos: held-out photos that the CRF is tuned on.
        crf_trials: settings of the CRF that are tried, the presets first.
        bonuses: nats of the constants that are the objectness' control.
        resamples: draws of the bootstrap.
        pictures: rows of each of the picture grids, times three: best, median and worst.
    """

    name: str
    about: str
    recipe: str
    settings: tuple[str, ...]
    train: tuple[str, ...]
    held_out_every: int
    classes: tuple[str, ...]
    seeds: tuple[int, ...]
    stages: tuple[Stage, ...]
    sweep: tuple[str, ...]
    crf_photos: int
    crf_trials: int
    bonuses: tuple[float, ...]
    resamples: int
    pictures: int

    @property
    def strides(self) -> tuple[int, ...]:
        """The networks' strides, the coarsest first."""
        return tuple(stage.stride for stage in self.stages)


def read_scale(name: str) -> Scale:
    """Read a scale by its name; InputError where there is none."""
    path = SCALES / f"{name}.toml"
    given = complete(tomllib.loads(path.read_text(encoding="utf-8")), DEFAULTS, path.name)
    stages = [complete(stage, STAGE, f"{path.name}: stages") for stage in given.pop("stages")]
    fields: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in given.items()
    }
    fields["stages"] = tuple(Stage(stage["stride"], tuple(stage["settings"])) for stage in stages)
    return Scale(name=name, **fields)
