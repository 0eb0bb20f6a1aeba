"""What the call takes and promises beyond plain mean field."""

import os
import signal
import subprocess
import sys
import threading
import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figureground.crf import Bilateral, DenseCRF, Gaussian, unary, unary_from_labels
from figureground.errors import InputError


@pytest.fixture
def crf(scene):
    image, _ = scene()
    return DenseCRF(image)


@pytest.fixture
def u(scene):
    return unary(scene()[1])


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.int32])
def test_any_real_dtype(crf, u, dtype):
    converted = u.astype(dtype)
    np.testing.assert_array_equal(crf(converted), crf(converted.astype(np.float32)))


def test_any_memory_layout(crf, u):
    expected = crf(u)
    fortran = np.asfortranarray(u)
    wide = np.zeros((*u.shape[:2], u.shape[2] * 2), np.float32)
    wide[:, :, ::2] = u
    read_only = u.copy()
    read_only.flags.writeable = False
    for array in (fortran, wide[:, :, ::2], read_only, u[:, :, ::-1][:, :, ::-1]):
        np.testing.assert_array_equal(crf(array), expected)


def test_a_batch_is_its_members(crf, u):
    batch = np.stack([u, u[::-1]])
    q = crf(batch)
    np.testing.assert_array_equal(q[0], crf(u))
    np.testing.assert_array_equal(q[1], crf(u[::-1]))


def test_a_warm_start_goes_on(crf, u):
    np.testing.assert_allclose(crf(u, 3, initial=crf(u, 2)), crf(u, 5), atol=2e-3)


def test_no_iterations_leave_the_start_as_it_is(crf, u, scene):
    given = scene(seed=1)[1]
    np.testing.assert_array_equal(crf(u, 0, initial=given), given)
    np.testing.assert_allclose(crf(u, 0), scene()[1], atol=1e-6)


def test_strips_at_rest_change_next_to_nothing(scene):
    image, p = scene(240, 320)
    crf, u = DenseCRF(image), unary(p)
    resting, every = crf(u, 10), crf(u, 10, tolerance=0.0)
    assert not np.array_equal(resting, every)
    np.testing.assert_allclose(resting, every, atol=0.02)
    np.testing.assert_allclose(resting.sum(axis=0), 1, atol=1e-5)  # nothing is left in 16 bits
    assert np.abs(resting - every).mean() < 1e-3
    assert (resting.argmax(axis=0) != every.argmax(axis=0)).mean() < 1e-4


def test_labels_spread_from_a_few_seeds_through_strips_that_were_quiet(scene):
    image, _ = scene(240, 320)
    seeds = np.zeros((2, 240, 320), np.float32)
    seeds[1, 58:63, 78:83] = seeds[0, 178:183, 238:243] = 2
    crf = DenseCRF(image, [Gaussian(3, 3), Bilateral(80, 13, 10)])
    resting, every = crf(seeds, 10), crf(seeds, 10, tolerance=0.0)
    sure = every.max(axis=0) > 0.9
    assert sure.mean() > 0.5
    assert (resting.argmax(axis=0) != every.argmax(axis=0))[sure].mean() < 1e-3


def test_a_tolerance_stops_early_near_the_end(crf, u):
    np.testing.assert_allclose(crf(u, 200, tolerance=1e-3), crf(u, 200), atol=0.02)


def test_converge_never_raises_the_energy(crf, u):
    q, energies = crf.converge(u, 20)
    assert all(b <= a + 1e-6 * abs(a) for a, b in pairwise(energies))
    assert energies[-1] < energies[0]
    np.testing.assert_allclose(q.sum(axis=0), 1, atol=1e-3)


def test_a_step_goes_part_of_the_way(crf, u):
    start, whole, half = crf(u, 0), crf(u, 1), crf(u, 1, step=0.5)
    np.testing.assert_allclose(half, (start + whole) / 2, atol=2e-3)


def test_map_gives_the_largest_marginal(crf, u):
    np.testing.assert_array_equal(crf.map(u), crf(u).argmax(axis=0))


def test_dropped_classes_change_little(scene):
    image, p = scene()
    many = np.concatenate([p * (1 - 1e-6), np.full((17, *p.shape[1:]), 1e-6 / 17)])
    u = unary(many.astype(np.float32), smallest=1e-9)
    crf = DenseCRF(image)
    q, whole = crf(u, drop=1e-4), crf(u)
    assert q.shape == whole.shape
    assert (q[4:] == 0).all()
    np.testing.assert_allclose(q, whole, atol=1e-2)


def test_classes_that_some_pixel_supports_are_kept(scene):
    image, p = scene()
    p = np.concatenate([p, np.full((2, *p.shape[1:]), 1e-5, np.float32)])
    p[5, 20, 30] = 0.1 * p[:4, 20, 30].max()
    q = DenseCRF(image)(-np.log(p), drop=0.09)
    assert [c for c in range(6) if q[c].any()] == [0, 1, 2, 3, 5]


def test_a_bad_value_of_a_class_without_support_is_refused(scene):
    image, p = scene()
    u = -np.log(np.concatenate([p, np.full((1, *p.shape[1:]), 1e-9, np.float32)]))
    u[4, 3, 2] = np.nan
    with pytest.raises(InputError, match=r"pixel \(3, 2\)"):
        DenseCRF(image)(u, drop=1e-3)


@pytest.mark.parametrize("classes", [1, 2, 8, 9, 21, 40, 70])
def test_any_number_of_classes(scene, classes):
    image, _ = scene()
    u = np.random.default_rng(0).random((classes, *image.shape[:2]))
    np.testing.assert_allclose(DenseCRF(image)(u).sum(axis=0), 1, atol=1e-3)


@pytest.mark.parametrize("bad", [np.nan, -np.inf])
def test_a_bad_pixel_is_refused_or_contained(scene, bad):
    image, p = scene()
    u = unary(p)
    u[1, 20, 30] = bad
    crf = DenseCRF(image)
    with pytest.raises(InputError, match=r"pixel \(20, 30\)"):
        crf(u)
    q = crf(u, nonfinite="ignore")
    assert np.isfinite(q).all()
    np.testing.assert_allclose(q[:, :10], crf(unary(p))[:, :10], atol=0.02)


def test_an_impossible_label_stays_impossible(scene):
    image, p = scene()
    u = unary(p)
    u[2] = np.inf
    assert DenseCRF(image)(u, nonfinite="ignore")[2].max() < 1e-6


@settings(max_examples=25, deadline=None)
@given(
    size=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    scale=st.sampled_from([1e-6, 1e-2, 1.0, 1e3, 1e9]),
    colour=st.sampled_from([1e-6, 1e-2, 1.0, 1e3, 1e9]),
    classes=st.integers(1, 4),
)
def test_tiny_and_huge_scales_and_images(size, scale, colour, classes):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
    crf = DenseCRF(image, [Gaussian(scale), Bilateral(scale, colour)])
    q = crf(rng.random((classes, *size)) * 5)
    assert np.isfinite(q).all()
    np.testing.assert_allclose(q.sum(axis=0), 1, atol=2e-3)


def test_an_image_without_pixels_is_refused():
    with pytest.raises(InputError, match="image"):
        DenseCRF(np.zeros((0, 4, 3), np.uint8))


def test_energies_beyond_half_precision(crf, u):
    q = crf(u * 1e6)
    assert np.isfinite(q).all()
    np.testing.assert_array_equal(q.argmax(axis=0), u.argmin(axis=0))


def test_other_threads_run_meanwhile(scene):
    image, p = scene(200, 300)
    crf = DenseCRF(image, threads=1)
    counted = []
    worker = threading.Thread(target=lambda: counted.append(crf(unary(p), 30)))
    worker.start()
    turns = 0
    while worker.is_alive():
        turns += 1
        time.sleep(0.001)
    assert turns > 10


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_an_interrupt_stops_within_a_second():
    # A parent that ignores the signal, as a shell's background job does, must not matter.
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import numpy as np; from figureground.crf import DenseCRF\n"
        "crf = DenseCRF(np.zeros((300, 400, 3), np.uint8)); u = np.random.rand(21, 300, 400)\n"
        "print('go', flush=True); crf(u, 10**6)"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == b"go\n"
            time.sleep(0.5)
            child.send_signal(signal.SIGINT)
            began = time.monotonic()
            child.communicate(timeout=20)
        finally:
            child.kill()
    assert child.returncode != 0
    assert time.monotonic() - began < 3


def test_the_plain_build_gives_the_same_to_rounding(scene):
    image, p = scene()
    program = (
        "import sys, numpy as np; from figureground.crf import DenseCRF, _native\n"
        "assert _native.instruction_set() == 'baseline'\n"
        "data = np.load(sys.argv[1]); np.save(sys.argv[2], DenseCRF(data['image'])(data['u']))"
    )
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        given_, result = Path(folder) / "in.npz", Path(folder) / "out.npy"
        np.savez(given_, image=image, u=unary(p))
        environment = {**os.environ, "FIGUREGROUND_SIMD": "baseline"}
        command = [sys.executable, "-c", program, str(given_), str(result)]
        subprocess.run(command, check=True, env=environment)
        np.testing.assert_allclose(np.load(result), DenseCRF(image)(unary(p)), atol=2e-2)


def test_labels_become_energies():
    u = unary_from_labels(np.array([[0, 1, 255]]), 3, certainty=0.8)
    np.testing.assert_allclose(np.exp(-u[:, 0]).T, [[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [1 / 3] * 3])
