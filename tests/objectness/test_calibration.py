import numpy as np
import pytest

from figureground.errors import InputError
from figureground.objectness import Calibration, load_calibration
from figureground.objectness.calibration import (
    MOST_EVIDENCE,
    calibrate,
    log_loss,
    logistic_regression,
)


def drawn(odds: np.ndarray, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pixels of objects among ten a superpixel, where the log odds are true."""
    counted = np.full(len(odds), 10, np.float32)
    p = 1 / (1 + np.exp(-odds))
    return np.random.default_rng(seed).binomial(10, p).astype(np.float32), counted


def normal(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 2, 20_000).astype(np.float32)


def test_logistic_regression_finds_the_coefficients() -> None:
    inputs = np.stack([normal(0), normal(1), np.ones(20_000, np.float32)])
    true = np.array([0.7, -0.4, 0.2])
    found = logistic_regression(inputs, *drawn(true @ inputs))
    np.testing.assert_allclose(found, true, atol=0.03)


def test_classes_that_can_be_parted_keep_the_coefficients_finite() -> None:
    inputs = np.array([[-1, 1], [1, 1]], np.float32)
    some = np.array([5, 5], np.float32)
    assert np.isfinite(logistic_regression(inputs, np.array([0, 5], np.float32), some)).all()


def test_a_map_that_tells_nothing_new_is_no_evidence() -> None:
    network, idle = normal(0), normal(1)
    calibration = calibrate(network, idle, *drawn(network))
    assert calibration.image_evidence(idle).max() < 0.3


def test_a_network_that_is_too_sure_is_found_out() -> None:
    network, other = normal(0), normal(1)
    fitted = calibrate(3 * network, other, *drawn(network + 0.5 * other + 0.3))
    assert fitted.slope < 0.4
    assert fitted.weight == pytest.approx(3 * 0.5, abs=0.1)
    assert fitted.constant == pytest.approx(3 * 0.3, abs=0.1)


def test_lifted_by_the_evidence_the_network_says_what_the_map_says() -> None:
    calibration = Calibration(0.5, 0.1, 1, 0)
    network, odds = np.float32([-1, -2, 0]), np.float32([1, -0.5, 0.2])
    lifted = network + calibration.network_evidence(odds, network)
    np.testing.assert_allclose(0.5 * lifted, odds, atol=1e-6)


def test_evidence_only_lifts_and_is_bounded() -> None:
    far, kept = np.float32([-1e3, 1e3]), [0, MOST_EVIDENCE]
    assert Calibration(1, 0, 1, 0).image_evidence(far).tolist() == kept
    assert Calibration(1, 0, 1, 0).network_evidence(far, far * 0).tolist() == kept


def test_a_network_that_says_nothing_cannot_be_calibrated() -> None:
    network = normal(0)
    with pytest.raises(InputError, match="says nothing"):
        calibrate(network, normal(1), *drawn(-network))


def test_log_loss_is_that_of_the_pixels() -> None:
    odds, foreground = np.float32([2, -1]), np.float32([3, 1])
    p = 1 / (1 + np.exp(-odds))
    expected = -(3 * np.log(p[0]) + np.log(1 - p[0]) + np.log(p[1]) + 5 * np.log(1 - p[1])) / 10
    assert log_loss(odds, foreground, np.float32([4, 6])) == pytest.approx(expected, rel=1e-5)


def test_a_written_calibration_is_read_back(tmp_path) -> None:
    calibration = Calibration(0.75, -0.15, 0.8, 0.2)
    calibration.save(tmp_path / "a.json")
    assert load_calibration(tmp_path / "a.json") == calibration


@pytest.mark.parametrize(
    "text", ["", "{}", "[1, 2]", '{"slope": -1, "offset": 0, "weight": 0, "constant": 0}']
)
def test_files_that_are_no_calibration_are_refused(tmp_path, text) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(InputError, match=r"a\.json"):
        load_calibration(tmp_path / "a.json")
