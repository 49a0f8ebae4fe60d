"""What one training sees: what an image is taught as depends on how it is shown."""

from dataclasses import replace

import numpy as np
import pytest

from arncnn.data.anatomy import UNCLEAR, Anatomy
from arncnn.models.bundle import golden_images
from arncnn.models.recipe import ROBUST
from arncnn.preprocess import normalize
from arncnn.training import examples as examples_module
from arncnn.training.examples import Examples, batches

RANDOMISED = replace(ROBUST, plain_share=0.0)


def test_randomised_images_teach_what_they_show_and_untouched_ones_their_class() -> None:
    pictures = golden_images()[:3]
    images = np.repeat(pictures, 100, axis=0)
    targets = np.repeat([0, 1, 0], 100)
    shows = np.repeat([0, 0, UNCLEAR], 100)  # as its class says, another class, unclear
    anatomy = Anatomy(shows, *np.zeros((4, 300), bool))
    examples = Examples(images, targets, np.ones(300, np.float32), np.arange(300), anatomy=anatomy)
    plain = normalize(pictures.astype(np.float32) / 255)
    taught: dict[tuple[int, bool], set[int]] = {}
    for x, y, _ in batches(examples, replace(RANDOMISED, batch_size=50), seed=0, epoch=1):
        for image, target in zip(x, y, strict=True):
            kind = next((k for k in range(3) if np.array_equal(image, plain[k])), None)
            if kind is not None:
                taught.setdefault((kind, True), set()).add(int(target))
            else:
                taught.setdefault((-1, False), set()).add(int(target))
    assert taught[(1, True)] == {1}  # left alone: its class
    assert taught[(2, True)] == {0}
    assert taught[(-1, False)] == {0}  # randomised: what both kinds show


def test_an_image_of_unclear_anatomy_is_never_randomised() -> None:
    picture = golden_images()[:1]
    images = np.repeat(picture, 40, axis=0)
    anatomy = Anatomy(np.full(40, UNCLEAR), *np.zeros((4, 40), bool))
    examples = Examples(
        images, np.zeros(40, np.int64), np.ones(40, np.float32), np.arange(40), anatomy=anatomy
    )
    plain = normalize(picture.astype(np.float32) / 255)[0]
    for x, _, _ in batches(examples, replace(RANDOMISED, batch_size=8), seed=0, epoch=1):
        assert all(np.array_equal(image, plain) for image in x)


def test_some_of_the_outliers_are_cts_of_the_batch_drawn_as_mr(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(examples_module, "randomize_outliers", lambda images, _: images / 255)
    images = np.repeat(golden_images()[:1], 40, axis=0)
    nothing, targets = np.zeros((4, 40), bool), np.zeros(40, np.int64)
    blank = np.zeros((30, 64, 64), np.uint8)
    recipe = replace(RANDOMISED, batch_size=24, outliers=8, drawn_as_mr=3)
    drawn = {}
    for is_ct in (True, False):
        anatomy = replace(Anatomy(targets, *nothing), is_ct=np.full(40, is_ct))
        weights = np.ones(40, np.float32)
        examples = Examples(
            images, targets, weights, np.arange(40), anatomy=anatomy, outliers=blank
        )
        x, y, _ = next(batches(examples, recipe, seed=0, epoch=1))
        assert y["known"][-8:].tolist() == [[0.0]] * 8
        drawn[is_ct] = [bool(np.ptp(image)) for image in x[-8:]]
    assert drawn == {True: [False] * 5 + [True] * 3, False: [False] * 8}
