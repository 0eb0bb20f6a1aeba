"""Runs a study from the data to the report; what is finished already is not done again."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from figureground.console import say
from figureground.experiments import (
    classes,
    controls,
    figures,
    overview,
    recall,
    table1,
    table2,
    weights,
)
from figureground.experiments.choosing import choose_weight
from figureground.experiments.learning import learn
from figureground.experiments.measuring import Trained
from figureground.experiments.plan import Study
from figureground.files import atomic
from figureground.report.html import page
from figureground.report.section import Figure, Section

EXPERIMENTS: dict[str, Callable[[Trained], Section]] = {
    "table1": table1.section,
    "table2": table2.section,
    "recall": recall.section,
    "weights": weights.section,
    "classes": classes.section,
    "controls": controls.section,
    "figures": figures.section,
}
"""By the names that the command line takes."""


def reproduce(
    study: Study,
    names: Sequence[str],
    *,
    threads: int | None = None,
    gpus: int = 0,
    photos: bool = True,
) -> Path:
    """Train what is needed, measure it, and write the report.

    Args:
        study: what to train, and on what.
        names: of `EXPERIMENTS`.
        threads: processors to use; None for all.
        gpus: see `learn`.
        photos: whether the report shows photos.

    Returns:
        the report's path; metrics.json, tables/*.csv and figures/* lie beside it.
    """
    study.prepare()
    seeds = study.scale.seeds
    softmax = [study.chain("softmax", seed, 0.0) for seed in seeds]
    compares = set(names) != {"weights"}
    first = [*(softmax if compares else ()), *((run,) for run in study.sweep())]
    learn(first, study.out, jobs=threads, gpus=gpus)
    if compares:
        weight = choose_weight(study)
        say(f"the fused loss has Wp = {weight:g}, by the photos held out")
        fused = [study.chain("fused", seed, weight) for seed in seeds]
        learn(fused, study.out, jobs=threads, gpus=gpus)
    trained = Trained(study, threads, photos)
    sections = {name: EXPERIMENTS[name](trained) for name in names}
    return write_report(study.out, overview.section(trained, names, compares=compares), sections)


def write_report(out: Path, summary: Section, sections: dict[str, Section]) -> Path:
    """Write report.html, metrics.json, tables/*.csv and figures/*."""
    everything = [summary, *sections.values()]
    for section in everything:
        for table in section.tables:
            _write(out / "tables" / f"{table.name}.csv", table.csv())
        for figure in section.figures:
            _write_figure(out / "figures", figure)
    metrics = {name: section.metrics for name, section in {"study": summary, **sections}.items()}
    _write(out / "metrics.json", json.dumps(metrics, indent=1) + "\n")
    return _write(out / "report.html", page("Figure and ground: the study", everything))


def _write_figure(folder: Path, figure: Figure) -> None:
    if isinstance(figure.content, str):
        _write(folder / f"{figure.name}.svg", figure.content)
        return
    with atomic(folder / f"{figure.name}.png") as path:
        figure.content.save(path)


def _write(path: Path, text: str) -> Path:
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path
