"""The baselines are what a nearest neighbour and a tree of scikit-learn's own get."""

from pathlib import Path

import numpy as np
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from arncnn import config
from arncnn.data import Dataset, splits
from arncnn.experiments.comparison import baselines, result


def test_the_nearest_neighbour_is_the_image_of_least_squared_difference() -> None:
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (90, 8, 8), np.uint8)
    targets = generator.integers(0, 3, 90)
    asked = generator.integers(0, 256, (30, 8, 8), np.uint8)
    apart = ((images.astype(int) - asked[:, None].astype(int)) ** 2).sum(axis=(2, 3))
    found = baselines.NearestNeighbour(images, targets).predict(asked)
    np.testing.assert_array_equal(found, targets[apart.argmin(axis=1)])


def test_a_baseline_is_measured_on_the_test_part_alone(tiny_dataset: Dataset) -> None:
    split = splits.paper(tiny_dataset)
    found = baselines.run_baseline("nearest_neighbour", tiny_dataset, split, 2)
    flat = tiny_dataset.images.reshape(len(tiny_dataset), -1).astype(np.float64)
    oracle = KNeighborsClassifier(1).fit(flat[split.train], tiny_dataset.targets[split.train])
    wrong = oracle.predict(flat[split.test]) != tiny_dataset.targets[split.test]
    assert (found.n, found.errors) == (len(split.test), int(wrong.sum()))
    assert found.corruption_accuracy is not None
    assert 0 <= found.corruption_accuracy <= 1


def test_the_bundled_trees_errors_are_those_of_a_tree_fitted_anew(mednist: Dataset) -> None:
    split = splits.paper(mednist)

    def two_numbers(rows: np.ndarray) -> np.ndarray:
        found = []
        for image in np.asarray(mednist.images[rows]):
            ends = (slice(0, 4), slice(60, 64))
            corners = [image[y, x].ravel() for y in ends for x in ends]
            found.append((np.median(np.concatenate(corners)), image.min()))
        return np.array(found, float)

    train, test = np.sort(split.train), np.sort(split.test)
    tree = DecisionTreeClassifier(random_state=0)
    tree.fit(two_numbers(train), mednist.targets[train])
    errors = int(np.sum(tree.predict(two_numbers(test)) != mednist.targets[test]))
    compared = result.load(config.ASSETS / "comparison.json")
    assert compared is not None
    stored = compared.of("tree")[0]
    assert abs(stored.errors - errors) <= 2  # ties between equal splits may fall otherwise


def test_the_bundled_comparison_is_of_the_frozen_split(mednist: Dataset) -> None:
    compared = result.load(Path(config.ASSETS / "comparison.json"))
    assert compared is not None
    assert compared.data_sha256 == mednist.sha256
    assert compared.split_sha256 == splits.paper(mednist).sha256
