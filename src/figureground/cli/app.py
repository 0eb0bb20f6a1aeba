"""The command line's entrance: registers the verbs and turns bad input into one line.

A verb's file imports what it runs inside its function, so that `--help` is quick.
"""

import signal
import sys
from collections.abc import Callable

import typer

from figureground.cli.benchmark import benchmark
from figureground.cli.calibrate import calibrate
from figureground.cli.contours import contours
from figureground.cli.data import data
from figureground.cli.demo import demo
from figureground.cli.doctor import doctor
from figureground.cli.evaluate import evaluate
from figureground.cli.export import export
from figureground.cli.objectness import objectness
from figureground.cli.propose import propose
from figureground.cli.refine import refine
from figureground.cli.reproduce import reproduce
from figureground.cli.segment import segment
from figureground.cli.train import train
from figureground.cli.tune import tune
from figureground.console import say
from figureground.errors import InputError

VERBS: tuple[Callable[..., None], ...] = (
    demo,
    segment,
    refine,
    contours,
    propose,
    objectness,
    train,
    evaluate,
    reproduce,
    export,
    doctor,
    tune,
    calibrate,
    benchmark,
)

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130

app = typer.Typer(
    name="figureground",
    help="Tell the object from its background: segment photos, refine any network's output.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for verb in VERBS:
    app.command()(verb)
app.add_typer(data)


def main() -> None:
    """Run the command line; exit 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    # Told to end, like ctrl-C: what was begun in other processes is ended too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app()
    except InputError as error:
        say(f"figureground: {error}")
        sys.exit(FAILED)
    except KeyboardInterrupt:
        say("figureground: interrupted; finished work is kept")
        sys.exit(INTERRUPTED)
