"""What can be trained: each kind of recipe and the function that runs it."""

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from figureground.errors import InputError
from figureground.extras import extra
from figureground.training.recipe import complete, read_recipe

KINDS = {
    "objectness": "figureground.training.objectness:run",
    "segmentation": "figureground.training.segmentation:run",
    "contours": "figureground.training.contours:run",
    "gop": "figureground.training.gop:run",
}
"""A recipe's `kind` → "module:function".

The module also holds `DEFAULTS`, the nested dict of all keys that its recipes may have. The
function is `run(recipe: dict, out: Path, resume: bool) -> None`; its recipe is complete.
"""


def train(name_or_path: str, settings: Iterable[str], out: Path, resume: bool) -> None:
    """Run a recipe; results go to the folder `out`."""
    recipe = read_recipe(name_or_path, settings)
    kind = recipe.pop("kind", None)
    if kind not in KINDS:
        raise InputError(f"{name_or_path}: kind {kind!r} is none of {', '.join(KINDS)}")
    module_name, function = KINDS[kind].split(":")
    with extra("train"):
        module = import_module(module_name)
    getattr(module, function)(complete(recipe, module.DEFAULTS, str(name_or_path)), out, resume)
