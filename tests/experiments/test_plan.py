from dataclasses import replace
from pathlib import Path

import pytest

from figureground.errors import InputError
from figureground.experiments.plan import SWEEP, Study
from figureground.experiments.scale import NAMES, read_scale
from figureground.experiments.scenes import make_scenes
from figureground.training.assemble import open_data
from figureground.training.kinds import complete
from figureground.training.recipe import read_recipe
from figureground.training.segmentation import DEFAULTS


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study(read_scale("smoke"), make_scenes(tmp_path / "scenes"), None, tmp_path / "out")


def recipe_of(run) -> dict:
    recipe = read_recipe(run.recipe, run.settings)
    recipe.pop("kind")
    return complete(recipe, DEFAULTS)


@pytest.mark.parametrize("name", NAMES)
def test_every_run_of_a_scale_is_a_valid_recipe(name: str, study: Study) -> None:
    study = replace(study, scale=replace(read_scale(name), train=("train",), classes=()))
    runs = [*study.chain("fused", 1, 0.2), *study.sweep()]
    assert [recipe_of(run)["network"]["stride"] for run in runs[:3]] == [32, 16, 8]


def test_a_stage_starts_from_the_one_before(study: Study) -> None:
    first, second, third = study.chain("softmax", 1, 0.0)
    assert recipe_of(first)["network"]["start"] == ""
    assert recipe_of(second)["network"]["start"] == str(first.network(study.out))
    assert recipe_of(third)["network"]["start"] == str(second.network(study.out))


def test_the_sweep_shares_all_but_the_weights(study: Study) -> None:
    recipes = [recipe_of(run) for run in study.sweep()]
    losses = [recipe.pop("loss") for recipe in recipes]
    assert all(recipe == recipes[0] for recipe in recipes)
    weights = [loss["positive_sharing_weight"] for loss in losses]
    assert weights == pytest.approx(SWEEP)
    assert [loss["softmax_weight"] + w for loss, w in zip(losses, weights, strict=True)] == (
        pytest.approx([1.0] * len(SWEEP))
    )


def test_nothing_is_trained_on_the_photos_that_are_reported_or_chosen_on(study: Study) -> None:
    study.prepare()
    (study.data / "train.txt").write_text(  # as SBD's lists, which hold photos of val
        (study.data / "train.txt").read_text() + (study.data / "val.txt").read_text()
    )
    train, held_out = open_data(recipe_of(study.sweep()[0])["data"], Path())
    names = {sample.name for sample in train}
    assert names
    assert not names & {sample.name for sample in study.evaluation}
    assert not names & {sample.name for sample in held_out}


def test_a_data_set_without_a_training_split_is_refused(study: Study) -> None:
    study = replace(study, scale=replace(study.scale, train=("trainval", "all")))
    with pytest.raises(InputError, match="no split trainval or all"):
        study.sweep()
