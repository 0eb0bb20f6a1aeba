"""figureground train: run a recipe."""

from pathlib import Path
from typing import Annotated

import typer


def train(
    recipe: Annotated[str, typer.Argument(help="A bundled recipe's name, or a TOML file.")],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change a key of the recipe: loss.softmax_weight=0.8"),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder.", show_default="runs/RECIPE")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint.")] = False,
) -> None:
    """Train what a recipe describes; log, checkpoint and network are written to the folder."""
    from figureground.training.kinds import train

    train(recipe, settings or [], out or Path("runs") / Path(recipe).stem, resume)
