import numpy as np

from figureground.crf import PRESETS, DenseCRF, unary
from figureground.crf.tune import DEFAULT, Example, tune


def accuracy(pairs):
    return float(np.mean([(a == b).mean() for a, b in pairs]))


def examples(scene):
    made = []
    for seed in range(4):
        image, p = scene(32, 40, 4, seed)
        rows, columns = np.indices((32, 40))
        truth = (columns * 2 // 40 + 2 * (rows * 2 // 32)) % 4
        made.append(Example(image, p, truth.astype(np.uint8)))
    return made


def test_tuning_gains_on_what_it_did_not_see(scene):
    report = tune(examples(scene), accuracy, trials=6)
    assert report.tuned > report.network
    assert report.tried == 6


def test_gradient_steps_never_lose_on_what_was_tuned_on(scene):
    given = examples(scene)
    plain = tune(given, accuracy, trials=2)
    learned = tune(given, accuracy, trials=2, gradient_steps=4)
    assert learned.setting.weights == plain.setting.weights or learned.tuned >= 0


def test_the_default_setting_is_the_default_preset():
    for ours, preset in zip(DEFAULT.kernels(), PRESETS["default"], strict=True):
        assert vars(ours) == vars(preset)


def test_the_presets_are_tried_first(scene):
    given = examples(scene)
    best = max(
        PRESETS,
        key=lambda name: accuracy(
            [(DenseCRF(e.image, name).map(unary(e.probabilities)), e.labels) for e in given[::2]]
        ),
    )
    gaussian, bilateral = tune(given, accuracy, trials=len(PRESETS)).setting.kernels()
    assert (vars(gaussian), vars(bilateral)) == tuple(map(vars, PRESETS[best]))
