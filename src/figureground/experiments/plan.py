"""What is trained for a reproduction: runs, in chains of stages that each start from the last."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from figureground.data import Samples, open_samples
from figureground.errors import InputError
from figureground.experiments.scale import Scale, Stage
from figureground.files import atomic
from figureground.training.recipe import read_recipe

EVALUATION_SPLIT, HELD_OUT_SPLIT = "val", "train"

SWEEP = tuple(step / 10 for step in range(11))
"""The weights Wp of the paper's study; Ws = 1 - Wp. At 0 the loss is the softmax loss."""


@dataclass(frozen=True)
class Run:
    """One training run: its name, a bundled recipe, and what it changes there."""

    name: str
    recipe: str
    settings: tuple[str, ...]

    def folder(self, out: Path) -> Path:
        """Where its log, checkpoint and network lie."""
        return run_folder(out, self.name)

    def network(self, out: Path) -> Path:
        """Its trained network."""
        return network_file(out, self.name)

    @property
    def epochs(self) -> int:
        """How long it is."""
        return int(read_recipe(self.recipe, self.settings)["schedule"]["epochs"])


Chain = tuple[Run, ...]
"""Runs that must follow each other."""


@dataclass(frozen=True)
class Study:
    """A scale on a data set, with a folder for what comes of it.

    Attributes:
        scale: how much is trained and measured.
        data: the data set's folder, with splits "train" and "val".
        also: more data to train on, such as SBD; its photos of "val" are left out.
        out: where everything is written.
    """

    scale: Scale
    data: Path
    also: Path | None
    out: Path

    @cached_property
    def evaluation(self) -> Samples:
        """The photos that figures are reported on. Nothing is trained or chosen on them."""
        return open_samples(self.data, EVALUATION_SPLIT)

    @cached_property
    def held_out(self) -> Samples:
        """The photos of train that nothing is trained on: all choices are made on these."""
        return open_samples(self.data, HELD_OUT_SPLIT)[:: self.scale.held_out_every]

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that the mean IoU is over."""
        return self.scale.classes or self.evaluation.classes

    def chain(self, loss: str, seed: int, positive_sharing_weight: float) -> Chain:
        """The stages of one loss and seed."""
        runs: list[Run] = []
        for stage in self.scale.stages:
            name = run_name(loss, stage.stride, seed)
            start = runs[-1].network(self.out) if runs else None
            runs.append(self._run(name, stage, seed, positive_sharing_weight, start=start))
        return tuple(runs)

    def sweep(self) -> list[Run]:
        """The first stage at every weight of the study of the weights, by the first seed."""
        first, seed = self.scale.stages[0], self.scale.seeds[0]
        stage = Stage(first.stride, (*first.settings, *self.scale.sweep))
        return [self._run(sweep_name(weight), stage, seed, weight) for weight in SWEEP]

    def _run(
        self, name: str, stage: Stage, seed: int, weight: float, *, start: Path | None = None
    ) -> Run:
        settings = [
            *self.scale.settings,
            *stage.settings,
            *self._data_settings(),
            f"seed={seed}",
            f"network.stride={stage.stride}",
            f"loss.softmax_weight={1 - weight:.10g}",
            f"loss.positive_sharing_weight={weight:.10g}",
            _quoted("stem_cache.folder", self.out / "training" / "stem_cache"),
        ]
        if start:
            settings.append(_quoted("network.start", start))
        return Run(name, self.scale.recipe, tuple(settings))

    def _data_settings(self) -> list[str]:
        entries = [(self.data, self._training_split())]
        entries += [(self.also, split) for split in ("train", "val")] if self.also else []
        left_out = json.dumps(str(self.evaluation_list()))
        tables = [
            f"{{path={json.dumps(str(path.resolve()))}, split={json.dumps(split)}, "
            f"leave_out={left_out}}}"
            for path, split in entries
        ]
        return [
            f"data.train=[{', '.join(tables)}]",
            _quoted("data.held_out.path", self.data.resolve()),
            _quoted("data.held_out.split", HELD_OUT_SPLIT),
            f"data.held_out.every={self.scale.held_out_every}",
            f"data.held_out.classes={json.dumps(list(self.scale.classes))}",
        ]

    def evaluation_list(self) -> Path:
        """A file with the names of the photos that figures are reported on."""
        return (self.out / "evaluation.txt").resolve()

    def prepare(self) -> None:
        """Write the list of the photos that no run may train on."""
        with atomic(self.evaluation_list()) as path:
            path.write_text("".join(f"{sample.name}\n" for sample in self.evaluation))

    def _training_split(self) -> str:
        for split in self.scale.train:
            try:
                open_samples(self.data, split)
            except InputError:
                continue
            return split
        wanted = " or ".join(self.scale.train)
        raise InputError(f"{self.data}: has no split {wanted} to train on")


def run_folder(out: Path, name: str) -> Path:
    """Where the log, checkpoint and network of a run lie."""
    return out / "training" / name


def network_file(out: Path, name: str) -> Path:
    """The trained network of a run."""
    return run_folder(out, name) / "network.safetensors"


def run_name(loss: str, stride: int, seed: int) -> str:
    """The name of a run of the tables."""
    return f"{loss}-{stride}s-{seed}"


def sweep_name(weight: float) -> str:
    """The name of a run of the study of the weights."""
    return f"weight-{weight:.1f}"


def epochs_of(chains: Sequence[Chain]) -> int:
    """How many epochs the runs of some chains have together."""
    return sum(run.epochs for chain in chains for run in chain)


def _quoted(key: str, path: object) -> str:
    return f"{key}={json.dumps(str(path))}"
