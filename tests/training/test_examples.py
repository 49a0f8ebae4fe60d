"""What one training sees: what an image is taught as depends on how it is shown."""

from dataclasses import replace

import numpy as np

from arncnn.data.anatomy import UNCLEAR, Anatomy
from arncnn.models.bundle import golden_images
from arncnn.models.recipe import ROBUST
from arncnn.preprocess import normalize
from arncnn.training.examples import Examples, batches

RANDOMISED = replace(ROBUST, plain_share=0.0)


def test_randomised_images_teach_what_they_show_and_untouched_ones_their_class() -> None:
    pictures = golden_images()[:3]
    images = np.repeat(pictures, 100, axis=0)
    targets = np.repeat([0, 1, 0], 100)
    shows = np.repeat([0, 0, UNCLEAR], 100)  # as its class says, another class, unclear
    anatomy = Anatomy(shows, *np.zeros((3, 300), bool))
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
    anatomy = Anatomy(np.full(40, UNCLEAR), *np.zeros((3, 40), bool))
    examples = Examples(
        images, np.zeros(40, np.int64), np.ones(40, np.float32), np.arange(40), anatomy=anatomy
    )
    plain = normalize(picture.astype(np.float32) / 255)[0]
    for x, _, _ in batches(examples, replace(RANDOMISED, batch_size=8), seed=0, epoch=1):
        assert all(np.array_equal(image, plain) for image in x)
