import re
from pathlib import Path

import numpy as np

from figureground.files import read_image
from figureground.photos import PHOTOS

README = Path(__file__).parents[1] / "README.md"


def test_the_python_example_runs() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    image = read_image(PHOTOS[1])
    names = {"image": image, "probabilities": np.full((2, *image.shape[:2]), 0.5)}
    exec(example, names)
    assert names["refined"].shape == (2, *image.shape[:2])
    assert names["result"].labels.shape == image.shape[:2]


def test_every_page_that_is_linked_exists() -> None:
    pages = [README, *README.parent.glob("docs/*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links {target}"
