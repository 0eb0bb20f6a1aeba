import subprocess
import sys
from pathlib import Path

import pytest

from figureground.errors import InputError
from figureground.extras import extra


def test_a_missing_package_is_named_with_the_fix() -> None:
    message = r"needs nowhere: pip install 'figureground\[train\]'"
    with pytest.raises(InputError, match=message), extra("train"):
        import nowhere.inside  # noqa: F401


def test_a_missing_part_of_ours_is_a_defect() -> None:
    with pytest.raises(ModuleNotFoundError), extra("train"):
        import figureground.nowhere  # noqa: F401


@pytest.mark.parametrize(
    "words", [["train", "fcn8s-mobilenetv2"], ["export", "x.safetensors", "--onnx", "x.onnx"]]
)
def test_training_without_torch_is_one_line(tmp_path: Path, words: list[str]) -> None:
    program = f"""
import sys
sys.modules["torch"] = None
sys.argv = ["figureground", *{words!r}]
from figureground.cli.app import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr == "figureground: this needs torch: pip install 'figureground[train]'\n"
