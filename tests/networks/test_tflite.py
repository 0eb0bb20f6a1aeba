import subprocess
import sys

import numpy as np
import pytest

from figureground.classes import VOC_CLASSES
from figureground.errors import InputError
from figureground.files import read_image
from figureground.networks import load_network
from figureground.photos import PHOTOS

FILES = (
    "deeplabv3_mnv2_pascal_quant.tflite",
    "deeplabv3_mnv2_dm05_pascal_quant.tflite",
    "deeplabv3_257_mv_gpu.tflite",
)


@pytest.fixture(scope="module")
def cat() -> np.ndarray:
    return read_image(PHOTOS[1])


@pytest.mark.shared
@pytest.mark.parametrize("file", FILES)
def test_published_networks_see_a_cat(shared, cat, file) -> None:
    pytest.importorskip("ai_edge_litert")
    network = load_network(shared / "weights" / file)
    p = network(cat)
    assert network.classes == VOC_CLASSES
    assert p.shape == (21, *cat.shape[:2])
    np.testing.assert_allclose(p.sum(axis=0), 1, atol=1e-4)
    labels = p.argmax(axis=0)
    assert np.bincount(labels[100:200, 150:300].ravel()).argmax() == VOC_CLASSES.index("cat")


@pytest.mark.shared
def test_scores_behind_an_argmax_agree_with_it(shared, cat) -> None:
    pytest.importorskip("ai_edge_litert")
    network = load_network(shared / "weights" / FILES[0])
    square = np.asarray(cat[:300, :300])
    labels = network(square).argmax(axis=0)
    interpreter = network._interpreter
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0]
    at = ((np.arange(300) + 0.5) * 513 / 300).astype(int)
    assert (labels == found[np.ix_(at, at)]).mean() > 0.98


@pytest.mark.shared
def test_other_numbers_of_classes_are_refused(shared) -> None:
    pytest.importorskip("ai_edge_litert")
    for file in FILES[1:]:
        with pytest.raises(InputError, match=r"\.tflite"):
            load_network(shared / "weights" / file, classes=("background", "cat"))


@pytest.mark.parametrize("content", [b"", b"TFL3 nothing that could be run" * 9])
def test_files_that_are_no_network_are_refused(tmp_path, content) -> None:
    pytest.importorskip("ai_edge_litert")
    (tmp_path / "a.tflite").write_bytes(content)
    with pytest.raises(InputError, match="not a TFLite network"):
        load_network(tmp_path / "a.tflite")


def test_a_missing_runtime_is_one_line_with_the_fix(tmp_path) -> None:
    (tmp_path / "a.tflite").write_bytes(b"")
    program = f"""
import sys
sys.modules["ai_edge_litert"] = None
sys.argv = ["figureground", "segment", {str(PHOTOS[1])!r}, "--network", "a.tflite"]
from figureground.cli.app import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "figureground[tflite]" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_missing_file_is_named() -> None:
    with pytest.raises(InputError, match="no such file"):
        load_network("nothing.tflite")
