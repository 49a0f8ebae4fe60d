"""What the guards let through and what they stop."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arncnn.intake.scan import Scan
from arncnn.uncertainty import guards


def _scan(pixels: np.ndarray, **known: object) -> Scan:
    return Scan(pixels.astype(np.float32), sha256="0" * 64, kind="png", **known)  # type: ignore[arg-type]


def _texture(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width))


def _codes(scan: Scan) -> list[str]:
    return [reason.code for reason in guards.check(scan)]


@pytest.mark.parametrize("shape", [(64, 64), (32, 32), (512, 512), (400, 100)])
def test_an_ordinary_grey_picture_passes(shape: tuple[int, int]) -> None:
    assert _codes(_scan(_texture(*shape))) == []


def test_a_picture_under_the_smallest_side_is_too_small() -> None:
    assert _codes(_scan(_texture(31, 60))) == ["too_small"]


def test_a_strip_is_an_extreme_aspect() -> None:
    assert _codes(_scan(_texture(40, 200))) == ["extreme_aspect"]


def test_a_colour_photograph_is_named_as_one() -> None:
    (reason,) = guards.check(_scan(_texture(64, 64), colourfulness=0.4))
    assert reason.code == "colour"
    assert "photograph" in reason.sentence


def test_a_flat_picture_is_flat_even_with_a_small_mark() -> None:
    pixels = np.full((200, 200), 90)
    pixels[:6, :6] = 255
    assert _codes(_scan(pixels)) == ["flat"]


def test_hounsfield_noise_on_air_is_flat_but_soft_tissue_in_air_is_not() -> None:
    noise = np.random.default_rng(0).normal(-1000, 4, (64, 64))
    assert _codes(_scan(noise, is_hounsfield=True)) == ["flat"]
    noise[16:48, 16:48] += 1040
    assert _codes(_scan(noise, is_hounsfield=True)) == []


def test_a_black_picture_and_one_without_numbers_are_flat() -> None:
    assert _codes(_scan(np.zeros((64, 64)))) == ["flat"]
    assert _codes(_scan(np.full((64, 64), np.nan))) == ["flat"]


@settings(max_examples=300)
@given(
    st.integers(0, 10_000),
    st.sampled_from([(64, 64), (40, 90), (130, 70)]),
    st.floats(0, 0.02),
    st.sampled_from([0.0, 0.01, 1.0, 30.0]),
    st.booleans(),
    st.sampled_from([0.0, 100.0, -1000.0]),
)
def test_a_picture_is_flat_by_its_percentiles_whether_or_not_bounds_of_them_settle_it(
    seed: int, shape: tuple[int, int], share: float, noise: float, is_ct: bool, level: float
) -> None:
    rng = np.random.default_rng(seed)
    pixels = level + rng.normal(0, noise, shape)
    pixels[rng.random(shape) < share] += rng.choice([-1, 1]) * 10.0 ** rng.integers(0, 4)
    pixels[0, 0] = rng.choice([pixels[0, 0], np.nan, np.inf])
    scan = _scan(pixels, is_hounsfield=is_ct)
    finite = scan.pixels[np.isfinite(scan.pixels)]
    low, high = np.percentile(finite, (0.2, 99.8))
    is_flat = high - low <= (50.0 if is_ct else 0.02 * max(abs(low), abs(high)))
    assert _codes(scan) == (["flat"] if is_flat else [])
