"""The facts of a data set are those that a count by hand gives."""

import json

import numpy as np

from arncnn import config
from arncnn.data import Dataset, background_grey, facts
from arncnn.data.anatomy import Anatomy
from arncnn.figures import background_grey as figure


def test_the_corner_median_is_that_of_the_sixty_four_corner_pixels() -> None:
    images = np.random.default_rng(1).integers(0, 256, (5, 64, 64), np.uint8)
    expected = []
    for image in images:
        rows = [*range(4), *range(60, 64)]
        expected.append(np.median([image[y, x] for y in rows for x in rows]))
    np.testing.assert_array_equal(background_grey.corner_median(images), expected)


def test_every_image_is_in_one_bar_of_its_class(tiny_dataset: Dataset) -> None:
    found = background_grey.histograms(tiny_dataset)
    assert {label: sum(counts) for label, counts in found.items()} == tiny_dataset.counts()


def test_the_facts_count_every_part_of_the_split(tiny_dataset: Dataset) -> None:
    found = facts.gather(tiny_dataset)
    by_part = found["splits"]["paper"]["classes"]
    for label, count in found["classes"].items():
        assert sum(part[label] for part in by_part.values()) == count
    assert found["splits"]["grouped-5"]["test_images_with_near_twin_in_train"] == 0
    json.dumps(found)  # plain values only


def test_the_bundled_facts_are_those_of_the_data(mednist: Dataset) -> None:
    stored = facts.stored()
    assert stored is not None
    assert {k: stored[k] for k in facts.summary(mednist)} == facts.summary(mednist)
    assert stored["corner_median"] == background_grey.histograms(mednist)
    assert stored["anatomy"] == Anatomy.of(mednist).counts(mednist)


def test_the_figures_medians_are_numpys() -> None:
    bundled = json.loads((config.ASSETS / "data_set.json").read_text())
    for counts in bundled["corner_median"].values():
        levels = np.repeat(np.arange(256), counts)
        assert abs(figure.median(counts) - np.median(levels)) <= 0.5
    assert "Chest X-ray" in figure.alt_text(bundled["corner_median"])
    assert len(figure.figure(bundled["corner_median"]).data) == len(bundled["corner_median"])


def test_no_image_gives_a_figure_that_says_so() -> None:
    assert "no images" in figure.figure({}).layout.annotations[0].text
