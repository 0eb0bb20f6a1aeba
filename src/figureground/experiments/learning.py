"""Trains the runs of a study: several at once on a processor, or one by one on several GPUs."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Event

from figureground.console import progress, say
from figureground.errors import InputError
from figureground.experiments.plan import Chain, Run, epochs_of
from figureground.files import atomic
from figureground.threads import thread_count
from figureground.training.state import CHECKPOINT

POLL_S = 0.5


def learn(chains: Sequence[Chain], out: Path, *, jobs: int | None = None, gpus: int = 0) -> None:
    """Train all runs that are not finished yet; the runs of a chain follow each other.

    Every run is a process of its own, `figureground train`, that goes on from its checkpoint.

    Args:
        chains: what to train.
        out: the study's folder.
        jobs: chains trained at a time; None for one a processor.
        gpus: with 1 or more, each run is shared by so many processes of torchrun, one run at a
            time.
    """
    for run in _runs(chains):
        check_settings(run, out)
    todo = [chain for chain in chains if not all(is_finished(run, out) for run in chain)]
    if not todo:
        return
    open_runs = sum(not is_finished(run, out) for run in _runs(todo))
    say(f"training: {open_runs} runs to go, in {out / 'training'}")
    stop = Event()
    with ThreadPoolExecutor(1 if gpus else thread_count(jobs)) as pool:
        futures = [pool.submit(_train_chain, chain, out, gpus, stop) for chain in todo]
        try:
            for _ in progress(_epochs(futures, chains, out), "epochs", epochs_of(chains)):
                pass
        finally:
            stop.set()


def is_finished(run: Run, out: Path) -> bool:
    """Whether a run has come to its end."""
    return (run.folder(out) / "finished").exists()


def check_settings(run: Run, out: Path) -> None:
    """A folder may only hold a run of the same settings: InputError where it is another."""
    path = run.folder(out) / "settings.json"
    if path.exists() and tuple(json.loads(path.read_text())) != run.settings:
        raise InputError(f"{path.parent}: holds a run of other settings; use another --out")


def command(run: Run, out: Path, gpus: int = 0) -> list[str]:
    """The command that trains a run, or goes on with it."""
    start = [sys.executable, "-m"]
    if gpus:
        start += ["torch.distributed.run", f"--nproc-per-node={gpus}", "-m"]
    given = [argument for setting in run.settings for argument in ("--set", setting)]
    resume = ["--resume"] if (run.folder(out) / CHECKPOINT).exists() else []
    folder = ["--out", str(run.folder(out))]
    return [*start, "figureground", "train", run.recipe, *given, *folder, *resume]


def held_out_figures(run: Run, out: Path) -> dict[str, float]:
    """What the last line of a finished run's log says of the photos held out."""
    last: dict[str, float] = _lines(run.folder(out) / "log.jsonl")[-1]
    return last


def _train_chain(chain: Chain, out: Path, gpus: int, stop: Event) -> None:
    for run in chain:
        if not is_finished(run, out) and not stop.is_set():
            _train(run, out, gpus, stop)


def _train(run: Run, out: Path, gpus: int, stop: Event) -> None:
    """Train one run; what it says goes to a file beside its log."""
    folder = run.folder(out)
    with atomic(folder / "settings.json") as path:
        path.write_text(json.dumps(run.settings))
    said = folder / "output.txt"
    with said.open("a") as output:
        process = subprocess.Popen(command(run, out, gpus), stdout=output, stderr=output)
        while (code := _ended(process)) is None:
            if stop.is_set():
                process.terminate()
    if stop.is_set():
        return
    if code:
        lines = said.read_text().strip().splitlines()
        raise InputError(f"training {run.name} failed: {lines[-1] if lines else code}; see {said}")
    (folder / "finished").touch()


def _ended(process: "subprocess.Popen[bytes]") -> int | None:
    try:
        return process.wait(POLL_S)
    except subprocess.TimeoutExpired:
        return None


def _runs(chains: Sequence[Chain]) -> Iterable[Run]:
    return (run for chain in chains for run in chain)


def _lines(log: Path) -> list[dict[str, float]]:
    """The log's lines of epochs."""
    if not log.exists():
        return []
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return [line for line in lines if "loss" in line]


def _epochs(futures: Sequence[Future[None]], chains: Sequence[Chain], out: Path) -> Iterator[int]:
    """Yield at every epoch that ends anywhere; raise what a worker raises."""
    shown, pending = 0, set(futures)
    while pending:
        done, pending = wait(pending, POLL_S, FIRST_EXCEPTION)
        for future in done:
            future.result()
        finished = sum(
            len({line["epoch"] for line in _lines(run.folder(out) / "log.jsonl")})
            for run in _runs(chains)
        )
        yield from range(shown, finished)
        shown = finished
