"""Baselines: what needs no network. A model is worth what it gets beyond them."""

from collections.abc import Sequence

import numpy as np

from arncnn.data import Dataset
from arncnn.data.background_grey import two_numbers
from arncnn.data.splits import Split
from arncnn.evaluation.corruptions import corruption_suite
from arncnn.experiments.comparison import external_scans
from arncnn.experiments.comparison.result import RunResult

_SEED = 0


class NearestNeighbour:
    """The class of the training image with the least squared difference, pixel by pixel."""

    def __init__(self, images: np.ndarray, targets: np.ndarray) -> None:
        from sklearn.neighbors import KNeighborsClassifier  # slow to import: only where used

        self._neighbours = KNeighborsClassifier(1, algorithm="brute").fit(_flat(images), targets)

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Columns of the nearest images' classes.

        Args:
            images: (n, height, width), in the unit of the training images.

        Returns:
            int64, (n,).
        """
        return np.asarray(self._neighbours.predict(_flat(images)), np.int64)


class TwoNumberTree:
    """A decision tree on the corners' median and the image's minimum: no anatomy at all."""

    def __init__(self, images: np.ndarray, targets: np.ndarray) -> None:
        from sklearn.tree import DecisionTreeClassifier  # slow to import: only where used

        self._tree = DecisionTreeClassifier(random_state=_SEED)
        self._tree.fit(two_numbers(np.asarray(images)), targets)

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Columns of the likeliest classes, int64, (n,); images as for training."""
        return np.asarray(self._tree.predict(two_numbers(images)), np.int64)


BASELINES: dict[str, type[NearestNeighbour] | type[TwoNumberTree]] = {
    "nearest_neighbour": NearestNeighbour,
    "tree": TwoNumberTree,
}


def run_baseline(
    key: str,
    dataset: Dataset,
    split: Split,
    corruption_images: int,
    external: Sequence[external_scans.ExternalScan] = (),
) -> RunResult:
    """One baseline on the test part, as it is and corrupted, and on external scans.

    Args:
        key: of ``BASELINES``.
        dataset: the images.
        split: whose training part is learned and whose test part is asked.
        corruption_images: test images under every corruption.
        external: external scans, or none.
    """
    train, test = np.sort(split.train), np.sort(split.test)
    baseline: NearestNeighbour | TwoNumberTree = BASELINES[key](
        dataset.images[train], dataset.targets[train]
    )
    wrong = baseline.predict(np.asarray(dataset.images[test])) != dataset.targets[test]
    shown = corrupted_sample(test, corruption_images)
    suite = corruption_suite(
        lambda images: baseline.predict(images * 255),
        np.asarray(dataset.images[shown]),
        dataset.targets[shown],
    )

    def votes(views: np.ndarray) -> np.ndarray:
        return np.eye(len(dataset.labels))[baseline.predict(views[..., 0] * 255)]

    return RunResult(
        key,
        seed=0,
        n=len(test),
        errors=int(wrong.sum()),
        corruption_accuracy=float(np.mean([result.accuracy.value for result in suite])),
        external_accuracy=external_scans.accuracy(external, votes),
    )


def corrupted_sample(test: np.ndarray, images: int) -> np.ndarray:
    """The test images that are corrupted, the same for every row."""
    return np.random.default_rng(_SEED).permutation(test)[:images]


def _flat(images: np.ndarray) -> np.ndarray:
    return np.asarray(images, np.float32).reshape(len(images), -1)
