"""Randomised appearance: repeatable, bounded, and each part does what its name says."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from arncnn.data import appearance, augment
from arncnn.data.anatomy import Anatomy
from arncnn.data.appearance import LEARNED, PARTS, randomize
from arncnn.data.mr_contrast import as_mr
from arncnn.models.bundle import golden_images

IMAGE = golden_images()[0].astype(np.float32) / 255


def _clipped_chest() -> np.ndarray:
    """Ribs and spine on mid-grey, as a chest CT whose window clipped the soft tissue."""
    image = np.full((64, 64), 0.5, np.float32)
    angles = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    for row, column in zip(32 + 18 * np.sin(angles), 32 + 26 * np.cos(angles), strict=True):
        image[int(row) : int(row) + 3, int(column) : int(column) + 3] = 0.9
    image[46:52, 29:35] = 1.0
    return image


CHEST = _clipped_chest()


@pytest.mark.parametrize("part", [part for part, *_ in LEARNED], ids=lambda part: part.__name__)
def test_every_part_keeps_shape_type_and_range(part: object) -> None:
    for seed in range(30):
        found = part(IMAGE.copy(), np.random.default_rng(seed))  # type: ignore[operator]
        assert found.shape == (64, 64)
        assert found.dtype == np.float32
        assert found.min() >= 0
        assert found.max() <= 1


@pytest.mark.parametrize("part", [part for part, *_ in LEARNED], ids=lambda part: part.__name__)
def test_every_part_changes_the_image_and_repeats_from_its_seed(part: object) -> None:
    one, other = (part(CHEST.copy(), np.random.default_rng(4)) for _ in range(2))  # type: ignore[operator]
    np.testing.assert_array_equal(one, other)
    assert not np.array_equal(one, CHEST)


def test_the_body_a_window_clipped_away_is_drawn_with_a_wall_around_dark_lungs() -> None:
    for seed in range(20):
        drawn = augment.restored_body(CHEST, np.random.default_rng(seed))
        outside, lung, wall = drawn[2, 2], drawn[32, 24], drawn[32, 48:62].max()
        assert outside < 0.02
        assert lung < 0.12
        assert wall > 0.15


def test_what_a_window_clipped_above_fat_is_drawn_with_grey_fat_not_dark_lungs() -> None:
    abdomen = np.where(CHEST == 0.5, 0.4, CHEST).astype(np.float32)
    is_grey = [
        drawn[32, 24] > drawn[2, 2] + 0.03
        for drawn in (
            augment.restored_body(abdomen, np.random.default_rng(seed)) for seed in range(40)
        )
    ]
    assert np.mean(is_grey) > 0.8  # else a pocket of bowel gas lies there


def test_what_is_known_to_show_lungs_is_drawn_with_lungs_whatever_its_window() -> None:
    abdominal_window = np.where(CHEST == 0.5, 0.4, CHEST).astype(np.float32)
    for seed in range(20):
        chest = augment.restored_body(abdominal_window, np.random.default_rng(seed), True)
        assert chest[32, 24] < 0.12
    other = [augment.restored_body(CHEST, np.random.default_rng(seed), False) for seed in range(40)]
    assert np.mean([drawn[32, 24] > 0.03 for drawn in other]) > 0.8


def test_subtraction_darkens_what_was_bright_and_keeps_its_outline() -> None:
    breast = np.zeros((64, 64), np.float32)
    breast[16:48, 16:48] = 0.95
    inside, rim = [], []
    for seed in range(40):
        drawn = augment.subtraction(breast, np.random.default_rng(seed))
        inside.append(np.median(drawn[22:42, 22:42]))
        rim.append(np.median(drawn[16, 20:44]))
    assert np.mean(np.array(inside) < 0.1) > 0.7  # else a lesion shines there
    assert np.mean(np.array(rim) > np.array(inside)) > 0.7


def test_a_scan_on_black_has_no_clipped_body_to_draw() -> None:
    on_black = np.where(CHEST == 0.5, 0.0, CHEST).astype(np.float32)
    drawn = augment.restored_body(on_black, np.random.default_rng(0))
    np.testing.assert_array_equal(drawn, on_black)


def test_tissue_inversion_leaves_the_background() -> None:
    inverted = augment.tissue_inversion(CHEST, np.random.default_rng(0))
    assert inverted[2, 2] == CHEST[2, 2]
    np.testing.assert_allclose(inverted[48, 31], 1 - CHEST[48, 31])


def test_a_batch_repeats_from_its_seed_and_differs_with_another() -> None:
    images = golden_images()
    one, two, three = (randomize(images, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, three)


def _anatomy(count: int, **known: Any) -> Anatomy:
    none = dict.fromkeys(("has_lungs", "may_be_mr", "is_breast", "is_ct"), np.zeros(count, bool))
    return Anatomy(np.zeros(count, np.int64), **(none | known))


@pytest.mark.parametrize("part", [augment.folded_curve, augment.tissue_inversion])
def test_who_is_to_tell_mr_sees_no_ct_whose_greys_change_places(
    part: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appearance, "PARTS", ((part, 1.0, 1.0),))
    monkeypatch.setattr(appearance, "QUIET_SHARE", 0.0)
    images = np.repeat((CHEST * 255).astype(np.uint8)[None], 4, axis=0)
    is_ct = np.array([True, True, False, False])
    as_it_was = images.astype(np.float32) / 255
    for in_order, kept in ((True, is_ct), (False, np.zeros(4, bool))):
        anatomy = _anatomy(4, is_ct=is_ct, ct_in_order=in_order).take(np.arange(4))
        shown = randomize(images, np.random.default_rng(0), anatomy)
        assert [np.array_equal(*pair) for pair in zip(shown, as_it_was, strict=True)] == list(kept)


def test_a_head_ct_drawn_as_mr_has_a_dark_skull_under_a_bright_skin_and_shows_its_brain() -> None:
    rows, columns = np.mgrid[-32:32, -32:32]
    radius = np.hypot(rows, columns)
    ct = np.select(
        [radius < 10, radius < 20, radius < 24, radius < 27], [0.52, 0.45, 1.0, 0.3], 0.0
    )
    skull = (radius > 21) & (radius < 23)
    inner, outer = radius < 8, (radius > 12) & (radius < 18)
    darker, contrasts = 0, []
    for seed in range(40):
        mr = as_mr(ct.astype(np.float32), np.random.default_rng(seed))
        assert mr.shape == ct.shape and mr.dtype == np.float32
        assert mr.min() >= 0 and mr.max() <= 1
        darker += mr[skull].mean() < mr[inner | outer].mean()
        contrasts.append(abs(mr[inner].mean() - mr[outer].mean()))
    assert darker >= 36  # never so in CT, where bone is what shines
    assert np.median(contrasts) > 0.07  # of CT


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("grey", [0.0, 0.5, 1.0])
def test_a_ct_that_shows_nothing_or_has_no_border_is_drawn_without_a_warning(grey: float) -> None:
    filled = np.full((64, 64), grey, np.float32)
    filled[0, 0] = filled[0, -1] = filled[-1, 0] = 0.0
    for ct in (filled, np.full((64, 64), grey, np.float32)):
        mr = as_mr(ct, np.random.default_rng(0))
        assert np.isfinite(mr).all()
        assert mr.max() <= 1


def test_looks_of_mr_are_common_in_mr_and_rare_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    spied = tuple(
        (lambda image, rng, name=part.__name__: seen.append(name) or image, otherwise, in_mr)
        for part, otherwise, in_mr in PARTS
        if part.__name__ in ("folded_curve", "tissue_inversion", "subtraction")
    )
    monkeypatch.setattr(appearance, "PARTS", spied)
    images = np.zeros((400, 64, 64), np.uint8)
    counts = {}
    for is_mr in (True, False):
        seen.clear()
        shown = _anatomy(400, may_be_mr=np.full(400, is_mr))
        randomize(images, np.random.default_rng(0), shown)
        counts[is_mr] = len(seen)
    assert counts[True] > 3 * counts[False] > 0


def test_inversion_swaps_black_and_white() -> None:
    np.testing.assert_allclose(augment.inversion(IMAGE, np.random.default_rng(0)), 1 - IMAGE)


def test_a_monotone_curve_keeps_the_order_of_greys() -> None:
    curved = augment.monotone_curve(IMAGE, np.random.default_rng(0)).ravel()
    order = np.argsort((IMAGE.ravel() * 255).astype(np.uint8), kind="stable")
    assert (np.diff(curved[order]) >= 0).all()


def test_the_background_grey_no_longer_tells_the_class() -> None:
    image = np.full((64, 64), 0.4, np.float32)
    image[20:44, 20:44] = 0.8
    corners = {augment.background(image, np.random.default_rng(seed))[0, 0] for seed in range(20)}
    assert len(corners) > 5
    kept = augment.background(image, np.random.default_rng(0))[30, 30]
    assert kept == np.float32(0.8)


def test_a_letter_box_squeezes_the_scan_without_turning_it() -> None:
    image = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (64, 1))  # brighter to the right
    for seed in range(20):
        framed = augment.letter_box(image, np.random.default_rng(seed))
        row = framed[32, 14:50]
        assert (np.diff(row) > 0).all()
