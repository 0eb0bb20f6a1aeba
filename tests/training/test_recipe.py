from pathlib import Path

import pytest

from figureground.errors import InputError
from figureground.training.kinds import KINDS, train
from figureground.training.recipe import BUNDLED, complete, data_root, read_recipe

DEFAULTS = {"steps": int, "loss": {"weight": 0.5}, "name": "", "extra": None}


def test_defaults_are_filled_in() -> None:
    recipe = complete({"steps": 3}, DEFAULTS)
    assert recipe == {"steps": 3, "loss": {"weight": 0.5}, "name": "", "extra": None}


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ({"steps": 3, "losss": {}}, "unknown key 'losss'; did you mean 'loss'"),
        ({"steps": 3, "loss": {"wieght": 1.0}}, r"recipe\.loss: unknown key 'wieght'"),
        ({"steps": "3"}, "steps must be a int, got '3'"),
        ({"steps": True}, "steps must be a int"),
        ({}, "needs 'steps'"),
        ({"steps": 1, "loss": 2}, "loss must be a dict"),
    ],
)
def test_mistakes_are_named(recipe: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        complete(recipe, DEFAULTS)


def test_a_whole_number_serves_as_a_float() -> None:
    assert complete({"steps": 1, "loss": {"weight": 1}}, DEFAULTS)["loss"]["weight"] == 1.0


def test_settings_change_keys(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("steps = 1\n[loss]\nweight = 0.1\n")
    recipe = read_recipe(path, ["loss.weight=0.9", "name=plain words", "list=[1, 2]"])
    assert recipe == {"steps": 1, "loss": {"weight": 0.9}, "name": "plain words", "list": [1, 2]}


@pytest.mark.parametrize(
    ("setting", "message"), [("steps", "expected KEY=VALUE"), ("steps.a=1", "steps is no table")]
)
def test_bad_settings(tmp_path: Path, setting: str, message: str) -> None:
    path = tmp_path / "a.toml"
    path.write_text("steps = 1")
    with pytest.raises(InputError, match=message):
        read_recipe(path, [setting])


def test_unknown_recipe_lists_the_bundled() -> None:
    with pytest.raises(InputError, match=r"bundled: .*fcn8s-mobilenetv2"):
        read_recipe("nothing")


def test_broken_toml(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("steps = = 1")
    with pytest.raises(InputError, match="not TOML"):
        read_recipe(path)


def test_unknown_kind(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("kind = 'knitting'")
    with pytest.raises(InputError, match=r"'knitting' is none of .*segmentation"):
        train(str(path), [], tmp_path, resume=False)


@pytest.mark.parametrize("path", sorted(BUNDLED.glob("*.toml")), ids=lambda path: path.stem)
def test_bundled_recipes_are_complete(path: Path) -> None:
    from importlib import import_module

    recipe = read_recipe(path)
    module = import_module(KINDS[recipe.pop("kind")].split(":")[0])
    complete(recipe, module.DEFAULTS)


def test_data_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIGUREGROUND_DATA", "/d")
    assert data_root({"root": ""}) == Path("/d")
    assert data_root({"root": "/e"}) == Path("/e")
