import numpy as np
import pytest


def _scene(height=40, width=56, classes=4, seed=0):
    rng = np.random.default_rng(seed)
    rows, columns = np.indices((height, width))
    truth = (columns * 2 // width + 2 * (rows * 2 // height)) % classes
    colours = rng.integers(30, 225, (classes, 3))
    image = np.clip(colours[truth] + rng.normal(0, 6, (height, width, 3)), 0, 255)
    scores = 1.5 * np.eye(classes)[truth] + rng.normal(0, 1, (height, width, classes))
    p = np.exp(scores).transpose(2, 0, 1)
    return image.astype(np.uint8), (p / p.sum(axis=0)).astype(np.float32)


@pytest.fixture
def scene():
    """Make a photo-like image and noisy probabilities of its regions."""
    return _scene
