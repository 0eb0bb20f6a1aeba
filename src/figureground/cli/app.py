"""The command line's entrance: registers the verbs and turns bad input into one line."""

import sys
from importlib import import_module

import typer

from figureground.errors import InputError

app = typer.Typer(
    name="figureground",
    help="Tell the object from its background: segment photos, refine any network's output.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


@app.callback()
def _root() -> None:
    """Keep the verbs apart even where there is only one."""


def main() -> None:
    """Run the command line; exit 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    try:
        app()
    except InputError as error:
        print(f"figureground: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(FAILED)
    except KeyboardInterrupt:
        print("figureground: interrupted; finished work is kept", file=sys.stderr)  # noqa: T201
        sys.exit(INTERRUPTED)


VERBS = ("contours",)
"""The modules of this package that register a verb with `app` when they are imported."""

for verb in VERBS:
    import_module(f"figureground.cli.{verb}")
