"""What the pages tell the reader to type: every recipe and every key of it exists."""

import re
import shlex
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import pytest

from figureground.training.kinds import KINDS
from figureground.training.recipe import complete, read_recipe

DOCS = Path(__file__).parents[2] / "docs"


def commands(page: Path) -> list[list[str]]:
    """The page's training commands, its shell variables put in."""
    lines = re.findall(r"^[A-Z]+='.*'$|figureground train [^`\n]*", page.read_text(), re.MULTILINE)
    variables, found = {}, []
    for line in lines:
        name, equals, value = line.partition("='")
        if equals and name.isupper():
            variables[f"${name}"] = value.rstrip("'")
            continue
        for variable, text in variables.items():
            line = line.replace(variable, text)
        found.append(shlex.split(line, comments=True)[2:])
    return [words for words in found if words[0].strip(".").islower()]


@pytest.mark.parametrize(
    "words",
    [words for page in sorted(DOCS.rglob("*.md")) for words in commands(page)],
    ids=" ".join,
)
def test_training_commands_fit_their_recipes(words: list[str]) -> None:
    settings = [value for option, value in pairwise(words) if option == "--set"]
    recipe = read_recipe(words[0], settings)
    module = import_module(KINDS[recipe.pop("kind")].split(":")[0])
    complete(recipe, module.DEFAULTS)


def test_training_page_has_commands() -> None:
    assert len(commands(DOCS / "training.md")) >= 5
