"""Recipes: TOML files that say how a network is trained, checked in one strict place."""

import copy
import difflib
import os
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from figureground.errors import InputError

Recipe = dict[str, Any]

BUNDLED = Path(__file__).parent / "recipes"


def read_recipe(name_or_path: str | os.PathLike[str], settings: Iterable[str] = ()) -> Recipe:
    """Read a bundled recipe by its name, or a TOML file, and apply settings `a.b=value`."""
    path = Path(name_or_path)
    if path.suffix != ".toml":
        path = BUNDLED / f"{name_or_path}.toml"
    if not path.is_file():
        bundled = ", ".join(sorted(recipe.stem for recipe in BUNDLED.glob("*.toml")))
        raise InputError(f"{name_or_path}: no such recipe; bundled: {bundled}; or give a TOML file")
    try:
        recipe = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not TOML ({error})") from None
    for setting in settings:
        _apply(recipe, setting)
    return recipe


def complete(recipe: Recipe, defaults: Recipe, where: str = "recipe") -> Recipe:
    """Fill in the defaults; unknown keys and values of the wrong type are InputErrors.

    A default of None takes any value; one that is a class (`str`, `list` …) must be given.
    """
    for key in recipe.keys() - defaults.keys():
        near = difflib.get_close_matches(key, defaults, 1, 0.0)
        raise InputError(f"{where}: unknown key {key!r}; did you mean {near[0]!r}?")
    return {key: _value(key, recipe, default, where) for key, default in defaults.items()}


def data_root(recipe: Recipe) -> Path:
    """Where the recipe's paths start: its `root`, else $FIGUREGROUND_DATA, else ../shared."""
    return Path(recipe.get("root") or os.environ.get("FIGUREGROUND_DATA") or "../shared")


def _value(key: str, recipe: Recipe, default: Any, where: str) -> Any:
    if key not in recipe:
        if isinstance(default, type):
            raise InputError(f"{where}: needs {key!r}, a {default.__name__}")
        return copy.deepcopy(default)
    value = recipe[key]
    wanted: type = default if isinstance(default, type) else type(default)
    if default is None:
        return value
    if isinstance(value, int) and wanted is float and not isinstance(value, bool):
        value = float(value)
    if type(value) is not wanted:
        raise InputError(
            f"{where}: {key} must be a {wanted.__name__}, got {value!r} ({type(value).__name__})"
        )
    if isinstance(default, dict) and isinstance(value, dict) and default:
        return complete(value, default, f"{where}.{key}")
    return value


def _apply(recipe: Recipe, setting: str) -> None:
    path, equals, text = setting.partition("=")
    if not equals:
        raise InputError(f"--set {setting}: expected KEY=VALUE, such as loss.softmax_weight=0.8")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    *tables, key = path.strip().split(".")
    for table in tables:
        recipe = recipe.setdefault(table, {})
        if not isinstance(recipe, dict):
            raise InputError(f"--set {setting}: {table} is no table")
    recipe[key] = value
