"""The corruption suite: fixed, bounded, stronger with strength, honest about training."""

import numpy as np
import pytest

from arncnn.evaluation import corruptions


def _picture(height: int = 64, width: int = 64) -> np.ndarray:
    """A bright disc with a dark spot on grey."""
    rows, columns = np.mgrid[:height, :width]
    image = np.full((height, width), 0.3)
    image[np.hypot(rows - height / 2, columns - width / 2) < height / 3] = 0.8
    image[np.hypot(rows - height / 2, columns - width / 3) < height / 10] = 0.1
    return image.astype(np.float32)


@pytest.fixture
def images() -> np.ndarray:
    return np.stack([_picture()] * 6)


def test_at_least_four_families_are_never_practised_and_eight_exist() -> None:
    unseen = [family for family in corruptions.FAMILIES.values() if not family.seen_in_training]
    assert len(unseen) >= 4
    assert len(corruptions.FAMILIES) >= 8


@pytest.mark.parametrize("family", corruptions.FAMILIES)
def test_a_family_is_repeatable_bounded_and_grows_with_strength(
    family: str, images: np.ndarray
) -> None:
    distances = []
    for strength in corruptions.STRENGTHS:
        once = corruptions.corrupt(images, family, strength, seed=1)
        assert np.array_equal(once, corruptions.corrupt(images, family, strength, seed=1))
        assert once.dtype == np.float32 and once.shape == images.shape
        assert once.min() >= 0 and once.max() <= 1
        distances.append(float(np.abs(once - images).mean()))
    assert 0 < distances[0] < distances[1] < distances[2]


@pytest.mark.parametrize("family", corruptions.FAMILIES)
def test_a_family_takes_pictures_that_are_not_square(family: str) -> None:
    for shape in ((48, 80), (80, 48)):
        corrupted = corruptions.corrupt(_picture(*shape)[np.newaxis], family, 2)
        assert corrupted.shape == (1, *shape)


def test_bytes_and_fractions_are_corrupted_alike(images: np.ndarray) -> None:
    whole = np.round(images * 255).astype(np.uint8)
    from_bytes = corruptions.corrupt(whole, "motion_blur", 2)
    from_floats = corruptions.corrupt((whole / 255).astype(np.float32), "motion_blur", 2)
    assert np.allclose(from_bytes, from_floats, atol=1e-6)


def test_each_image_gets_its_own_random_part(images: np.ndarray) -> None:
    corrupted = corruptions.corrupt(images, "salt_and_pepper", 2)
    assert not np.array_equal(corrupted[0], corrupted[1])


def test_salt_and_pepper_hits_the_stated_share() -> None:
    grey = np.full((1, 500, 500), 0.5, np.float32)
    corrupted = corruptions.corrupt(grey, "salt_and_pepper", 3)
    assert np.mean(corrupted != 0.5) == pytest.approx(0.08, abs=0.003)


def test_suite_counts_right_answers_for_every_run(images: np.ndarray) -> None:
    calls: list[tuple[int, int]] = []
    results = corruptions.corruption_suite(
        lambda batch: np.array([0, 0, 0, 1, 1, 1]),
        images,
        np.array([0, 0, 1, 1, 1, 0]),
        progress=lambda done, total: calls.append((done, total)),
    )
    runs = len(corruptions.FAMILIES) * 3
    assert len(results) == runs == calls[-1][0]
    assert all((result.accuracy.hits, result.accuracy.n) == (4, 6) for result in results)
