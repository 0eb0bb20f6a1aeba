import numpy as np
import pytest
from PIL import Image

from figureground.errors import InputError
from figureground.proposals import Preset, load_model, propose
from figureground.training.kinds import train


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Photos of a bright disc somewhere, and where it is."""
    root = tmp_path_factory.mktemp("discs")
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:64, :80]
    for folder in ("images", "masks"):
        (root / "set" / folder).mkdir(parents=True)
    for k in range(6):
        cy, cx = rng.integers(20, 44), rng.integers(20, 60)
        inside = np.hypot(y - cy, x - cx) < 14
        image = np.where(inside[..., None], (220, 180, 40), (40, 60, 90)).astype(np.uint8)
        Image.fromarray(image).save(root / "set" / "images" / f"{k}.png")
        Image.fromarray(inside.astype(np.uint8)).save(root / "set" / "masks" / f"{k}.png")
    return root


def recipe(tmp_path, data):
    path = tmp_path / "discs.toml"
    path.write_text(
        f'kind = "gop"\nroot = "{data}"\nsuperpixels = 80\n[data]\ntrain = [{{ path = "set" }}]\n'
        "[seeds]\ncount = 3\n[masks]\nper_photo = 2\nrounds = 2\n"
    )
    return path


def test_the_first_seed_lies_in_the_object(tmp_path, data):
    train(str(recipe(tmp_path, data)), [], tmp_path / "out", False)
    model = load_model(tmp_path / "out" / "gop.npz")
    assert model.rankers.shape == (3, 23)
    assert model.masks.shape == (3, 2, 48)
    preset = Preset(1, 5, 0.8, 80, seed_kind="learned", masks="learned")
    for k in range(6):
        image = np.asarray(Image.open(data / "set" / "images" / f"{k}.png"))
        inside = np.asarray(Image.open(data / "set" / "masks" / f"{k}.png")) > 0
        p = propose(image, preset=preset, model=model)
        assert inside[p.superpixels == p.seeds[0]].mean() > 0.5


def test_a_finished_run_is_not_overwritten(tmp_path, data):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "gop.npz").write_bytes(b"")
    with pytest.raises(InputError, match="holds a run already"):
        train(str(recipe(tmp_path, data)), [], tmp_path / "out", False)
