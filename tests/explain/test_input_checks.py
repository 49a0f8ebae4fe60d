"""Occlusion, RISE and pixel gradients on models whose answer is known."""

import numpy as np
import pytest

from arncnn.explain.base import Maps
from arncnn.explain.input_checks import INPUT_CHECKS, on_own_scale
from arncnn.explain.occlusion import occlusion
from arncnn.explain.pixel_integrated_gradients import pixel_integrated_gradients
from arncnn.explain.probe import Probe, pixel_gradient
from arncnn.explain.rise import rise

SPOT = (slice(40, 48), slice(8, 16))  # lower left


def _looks_at_the_spot(images: np.ndarray) -> np.ndarray:
    """Logit 0 is 10 times the spot's mean, logit 1 its opposite, logit 2 blind."""
    mean = images[:, *SPOT, 0].mean(axis=(1, 2))
    return np.stack([10 * mean, -10 * mean, np.zeros_like(mean)], axis=1)


def _image() -> np.ndarray:
    image = np.full((64, 64, 1), 0.1, np.float32)
    image[SPOT] = 1.0
    return image


def test_occlusion_marks_the_only_place_the_model_looks_at() -> None:
    maps = occlusion(_looks_at_the_spot, _image(), fill=0.0)
    assert maps.maps.shape == (3, 64, 64)
    peak = np.unravel_index(maps.maps[0].argmax(), (64, 64))
    assert 40 <= peak[0] < 48
    assert 8 <= peak[1] < 16
    assert not maps.maps[0, :20, 32:].any()  # no patch there touches the spot
    assert np.allclose(maps.maps[1], -maps.maps[0], atol=1e-5)
    assert not maps.maps[2].any()


def test_a_patch_that_covers_the_whole_spot_costs_all_of_its_logit() -> None:
    maps = occlusion(_looks_at_the_spot, _image(), patch=8, stride=8, fill=0.0)
    assert maps.maps[0, 44, 12] == pytest.approx(10.0, abs=1e-5)
    assert np.count_nonzero(maps.maps[0]) == 64


def test_full_colour_of_an_occlusion_stands_for_losing_the_whole_lead() -> None:
    maps = occlusion(_looks_at_the_spot, _image(), fill=0.0)
    assert maps.scale == pytest.approx(20.0)  # logits 10 and -10
    assert rise(_looks_at_the_spot, _image(), masks=8).scale == 1.0


def test_every_check_on_demand_gives_maps_of_all_classes_under_its_own_name() -> None:
    probe = Probe(
        _looks_at_the_spot, lambda images: images, lambda images, label: np.zeros_like(images)
    )
    for name, check in INPUT_CHECKS.items():
        maps = check.compute(probe, _image(), None)
        assert maps.method == name == check.name
        assert maps.maps.shape == (3, 64, 64)


def test_occlusion_reports_its_progress_to_the_end() -> None:
    seen: list[tuple[str, int, int | None]] = []
    occlusion(_looks_at_the_spot, _image(), progress=lambda *told: seen.append(told))
    assert seen[-1][1] == seen[-1][2]
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)


def test_rise_prefers_the_only_place_the_model_looks_at() -> None:
    maps = rise(_looks_at_the_spot, _image(), masks=2000)
    peak = np.unravel_index(maps.maps[0].argmax(), (64, 64))
    assert 36 <= peak[0] < 52
    assert 4 <= peak[1] < 20
    assert maps.maps.min() >= 0
    assert maps.maps.max() <= 1


def test_rise_of_a_model_that_ignores_the_image_is_its_probability_everywhere() -> None:
    def constant(images: np.ndarray) -> np.ndarray:
        return np.tile(np.log(np.float32([0.7, 0.2, 0.1])), (len(images), 1))

    maps = rise(constant, _image(), masks=200)
    assert np.abs(maps.maps - np.array([0.7, 0.2, 0.1])[:, None, None]).max() < 1e-6


def test_rise_draws_the_same_masks_for_the_same_seed() -> None:
    one, other, third = (
        rise(_looks_at_the_spot, _image(), masks=64, seed=seed).maps for seed in (1, 1, 2)
    )
    assert np.array_equal(one, other)
    assert not np.array_equal(one, third)


def test_pixel_integrated_gradients_of_a_quadratic_are_exact() -> None:
    weights = np.random.default_rng(0).normal(size=(2, 6, 6)).astype(np.float32)

    def predict(images: np.ndarray) -> np.ndarray:
        return np.einsum("nrc,krc->nk", images[..., 0] ** 2, weights)

    def gradient(images: np.ndarray, label: int) -> np.ndarray:
        return 2 * images * weights[label][None, :, :, None]

    image = np.random.default_rng(1).random((6, 6, 1), np.float32)
    maps = pixel_integrated_gradients(predict, gradient, image)
    assert np.abs(maps.maps - weights * image[..., 0] ** 2).max() < 1e-5
    assert np.abs(maps.residual).max() < 1e-5


def test_pixel_evidence_of_the_network_adds_up_as_far_as_its_residual_says(case) -> None:
    probe = Probe.of(case.network)
    maps = pixel_integrated_gradients(probe.predict, probe.gradient, case.images[0], steps=8)
    empty = np.asarray(case.network(np.zeros((1, 64, 64, 1), np.float32)))[0]
    assert np.abs(maps.difference - (case.logits[0] - empty)).max() < 1e-3
    assert np.abs(maps.maps.sum(axis=(1, 2)) - maps.difference - maps.residual).max() < 1e-3
    assert np.abs(maps.residual).max() < 0.05 * np.abs(maps.difference).max()


def test_the_pixel_gradient_agrees_with_finite_differences(case) -> None:
    image = case.images[1]
    gradient = pixel_gradient(case.network, image[None], 3)[0]
    step = 1e-3 * np.sign(gradient)  # the steepest way: rounding and kinks weigh little
    both = np.asarray(case.network(np.stack([image + step, image - step]))).astype(np.float64)
    assert np.abs(gradient).sum() == pytest.approx((both[0, 3] - both[1, 3]) / 2e-3, rel=0.02)


def test_every_check_is_drawn_on_a_scale_of_its_own() -> None:
    random = np.random.default_rng(0)
    fine = random.normal(size=(3, 64, 64)).astype(np.float32)
    for name in ("occlusion", "pixel_integrated_gradients"):
        drawn = on_own_scale(Maps(name, fine, "logit", True, reference=17.0), (8, 8))
        assert drawn.scale == np.abs(drawn.maps).max(), "full colour is its strongest place"
    assert drawn.maps.shape == (3, 8, 8), "single pixels scatter, so they are summed up"
    assert np.allclose(drawn.maps.sum(axis=(1, 2)), fine.sum(axis=(1, 2)), atol=1e-3)


def test_rise_of_a_sure_answer_is_drawn_by_its_differences() -> None:
    sure = np.full((3, 64, 64), 0.98, np.float32)
    sure[0, :8, :8] = 1.0
    drawn = on_own_scale(Maps("rise", sure, "probability", False, reference=1.0), (8, 8))
    assert drawn.is_signed
    assert drawn.maps[0].argmax() == 0
    assert np.allclose(drawn.maps.mean(axis=(1, 2)), 0, atol=1e-6)
    assert drawn.scale < 0.1, "on a scale from 0 to 1 the whole picture would be in full colour"


def test_a_check_that_found_nothing_is_drawn_empty() -> None:
    nothing = Maps("occlusion", np.zeros((3, 64, 64), np.float32), "logit", True)
    assert on_own_scale(nothing, (8, 8)).scale == 1.0
