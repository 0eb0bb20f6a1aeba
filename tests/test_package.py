import ast
import subprocess
import sys
from pathlib import Path

import pytest

import figureground

SOURCE = Path(figureground.__file__).parent

LAYERS = (
    *("errors", "extras", "arrays", "classes", "threads", "files", "console", "photos", "report"),
    *("losses", "networks", "contours", "proposals", "objectness", "crf", "pipeline"),
    *("data", "evaluation", "training", "experiments", "pydensecrf", "cli", "__main__"),
)
"""The paper's diagram as a line: a part may use only what stands before it."""

EXTRAS = {
    "torch": ("losses", "networks/torch", "training", "experiments", "crf/layer"),
    "matplotlib": (),
    "scipy": (),
    "safetensors": ("networks/torch", "training"),
    "onnx": ("networks/torch", "training"),
    "ai_edge_litert": (),
}
"""Packages of the extras, and the only places that may import them at their top."""

MODULES = sorted(SOURCE.rglob("*.py"))


def imports(path: Path, *, top_only: bool) -> set[str]:
    tree = ast.parse(path.read_text())
    nodes = tree.body if top_only else ast.walk(tree)
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_a_part_uses_only_what_stands_before_it(path) -> None:
    part = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    if part == "__init__":
        return
    for name in imports(path, top_only=False):
        package, _, rest = name.partition(".")
        other = rest.partition(".")[0]
        if package == "figureground" and other and other != part:
            assert LAYERS.index(other) < LAYERS.index(part), f"{part} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_extras_are_imported_at_the_top_of_their_own_places_only(path) -> None:
    place = path.relative_to(SOURCE).as_posix()
    for name in imports(path, top_only=True):
        allowed = EXTRAS.get(name.partition(".")[0])
        assert allowed is None or place.startswith(allowed), f"{place} imports {name}"


def test_the_default_install_is_enough() -> None:
    """Segmenting a photo with every package of the extras hidden."""
    program = f"""
import sys
for hidden in {[*EXTRAS, "torchvision", "cv2", "pydensecrf"]!r}:
    sys.modules[hidden] = None
import figureground as fg
from figureground.cli.app import app
from figureground.files import read_image
from figureground.photos import PHOTOS
fg.Segmenter()(read_image(PHOTOS[1])).panel()
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_public_names_are_loaded_when_first_used() -> None:
    program = "import figureground, sys; assert 'numpy' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
    assert set(figureground.__all__) <= set(dir(figureground))


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        figureground.nothing  # noqa: B018
