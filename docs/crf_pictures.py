"""Draws the pictures of crf.md: python docs/crf_pictures.py."""

from pathlib import Path

import numpy as np
from PIL import Image

import figureground as fg
from figureground.crf import DenseCRF, Gaussian, unary
from figureground.files import read_image

DOCS = Path(__file__).parent
PHOTO = Path(fg.__file__).parent / "photos" / "cat.jpg"
WIDTH = 240


def shaded(image, labels):
    """Return the photo with its background darkened."""
    return np.where((labels > 0)[..., None], image, image // 4)


def main() -> None:
    """Write one strip: photo, network, Gaussian alone, default, pydensecrf's example."""
    image = read_image(PHOTO)
    u = unary(fg.Segmenter(refine="none")(image).probabilities)
    settings = ([Gaussian(3, 3)], "default", "pydensecrf-example")
    refined = [DenseCRF(image, kernels).map(u) for kernels in settings]
    strip = [image, *(shaded(image, labels) for labels in (u.argmin(axis=0), *refined))]
    height = round(image.shape[0] * WIDTH / image.shape[1])
    small = [Image.fromarray(part).resize((WIDTH, height)) for part in strip]
    picture = Image.fromarray(np.concatenate([np.array(part) for part in small], axis=1))
    picture.save(DOCS / "crf.jpg", quality=82)


if __name__ == "__main__":
    main()
