"""Which images a model learns from, is watched on and is tested on, frozen by a hash.

``paper`` is the paper's split, by name, for comparison. It is optimistic: over half of
its AbdomenCT test images have a near-twin among the training images. ``grouped`` keeps
near-twins on one side and drops exact copies.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cache

import numpy as np

from arncnn import config
from arncnn.data import duplicates
from arncnn.data.dataset import Dataset
from arncnn.errors import DataError
from arncnn.progress import Progress

PAPER_SEED = 123
GROUPED_SEED = 123
CALIBRATION_SHARE = 1 / 16  # of all images: about 600 a class in Medical MNIST
VALIDATION_SHARE = 1 / 16  # what training watches; as large, and never calibrated on
_FEWEST = 11  # of which the paper's split leaves one image in each of its smaller parts

_FROZEN = config.ASSETS / "splits.json"


@dataclass(frozen=True, eq=False)
class Split:
    """Three disjoint lists of images.

    Attributes:
        train, validation, test: int64, (image,); index into the data set.
        name: ``"paper"`` or ``"grouped-5-fold-0"``.
        sha256: hex digest over the three lists.
    """

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    name: str
    sha256: str


@dataclass(frozen=True, eq=False)
class GroupedSplit:
    """K test folds, a part for calibration, a part for training to watch, and the copies left out.

    Attributes:
        folds: K lists, int64, (image,); index into the data set.
        calibration: int64, (image,); for temperatures, thresholds and conformal sets only.
        validation: int64, (image,); what training watches.
        copies: int64, (image,); byte-identical to an image that is in; in no list.
        name: ``"grouped-5"``.
        sha256: hex digest over all lists.
    """

    folds: tuple[np.ndarray, ...]
    calibration: np.ndarray
    validation: np.ndarray
    copies: np.ndarray
    name: str
    sha256: str

    def fold(self, number: int) -> Split:
        """The split that tests on fold ``number`` and trains on the other folds."""
        others = [fold for other, fold in enumerate(self.folds) if other != number]
        train = np.sort(np.concatenate(others))
        return _split(train, self.validation, self.folds[number], f"{self.name}-fold-{number}")


def paper(dataset: Dataset) -> Split:
    """The paper's split: 90% to train on, then 60% of the rest to watch, the rest to test.

    Paths sorted, shuffled with seed 123, not stratified: 53,058 / 3,537 / 2,359 images of
    Medical MNIST. The index lists keep scikit-learn's shuffled order.

    Raises:
        DataError: it is not the split this version froze, or there are too few images.
    """
    from sklearn.model_selection import train_test_split

    if len(dataset) < _FEWEST:
        raise DataError(f"A data set needs at least {_FEWEST} images to be split.")
    order = np.argsort(np.asarray(dataset.paths), kind="stable").astype(np.int64)
    train, rest = train_test_split(order, train_size=0.9, shuffle=True, random_state=PAPER_SEED)
    validation, test = train_test_split(rest, train_size=0.6, shuffle=True, random_state=PAPER_SEED)
    split = _split(train, validation, test, "paper")
    _check_frozen(dataset, split.name, split.sha256)
    return split


def grouped(dataset: Dataset, folds: int = 5, progress: Progress | None = None) -> GroupedSplit:
    """Folds of equal class shares in which no near-twin of a test image is trained on.

    Byte-identical images are collapsed to the first of them; images linked by near-twins
    stay together. The first call searches the near-twins and keeps them beside the pack.

    Raises:
        DataError: it is not the split this version froze.
    """
    if folds < 2:
        raise DataError("A grouped split needs at least 2 folds.")
    copies = duplicates.copies(dataset)
    groups = duplicates.groups(dataset, progress)
    kept = np.setdiff1d(np.arange(len(dataset)), copies)
    folds_share = (1 - CALIBRATION_SHARE - VALIDATION_SHARE) / folds
    shares = np.array([folds_share] * folds + [CALIBRATION_SHARE, VALIDATION_SHARE])
    part = stratified_group_split(groups[kept], dataset.targets[kept], shares, GROUPED_SEED)
    *tests, calibration, validation = (kept[part == number] for number in range(len(shares)))
    name = f"grouped-{folds}"
    sha256 = _digest([*tests, calibration, validation, copies])
    _check_frozen(dataset, name, sha256)
    return GroupedSplit(tuple(tests), calibration, validation, copies, name, sha256)


def stratified_group_split(
    groups: np.ndarray, targets: np.ndarray, shares: np.ndarray, seed: int
) -> np.ndarray:
    """Deal whole groups into parts so that each part holds its share of every class.

    Largest groups first, equals in random order; each goes where its classes are furthest
    below their share.

    Args:
        groups: int64, (image,); images of one number stay together.
        targets: int64, (image,); the class of each image.
        shares: float64, (part,); what each part is to hold; sums to 1.
        seed: of the random order.

    Returns:
        int64, (image,); the part of each image.

    >>> halves = np.array([0.5, 0.5])
    >>> stratified_group_split(np.array([0, 0, 1, 2]), np.zeros(4, int), halves, seed=0)[:2]
    array([0, 0])
    """
    _, numbers = np.unique(groups, return_inverse=True)
    classes = int(targets.max()) + 1
    content = np.zeros((int(numbers.max()) + 1, classes), np.int64)
    np.add.at(content, (numbers, targets), 1)
    order = np.random.default_rng(seed).permutation(len(content))
    order = order[np.argsort(-content[order].sum(axis=1), kind="stable")]
    held = np.zeros((len(shares), classes))  # images over share: lowest is furthest below
    part_of_group = np.empty(len(content), np.int64)
    for group in order:
        part = int(np.argmin(held @ content[group]))
        part_of_group[group] = part
        held[part] += content[group] / shares[part]
    return part_of_group[numbers]


@cache
def _frozen() -> dict[str, dict[str, str]]:
    return dict(json.loads(_FROZEN.read_text()))


def _check_frozen(dataset: Dataset, name: str, sha256: str) -> None:
    frozen = _frozen().get(dataset.sha256, {}).get(name)
    if frozen is not None and frozen != sha256:
        raise DataError(
            f"The split '{name}' differs from the one frozen with this version, so figures "
            "would not be comparable. Install the pinned packages of requirements.txt."
        )


def _split(train: np.ndarray, validation: np.ndarray, test: np.ndarray, name: str) -> Split:
    return Split(train, validation, test, name, _digest([train, validation, test]))


def _digest(lists: list[np.ndarray]) -> str:
    total = hashlib.sha256()
    for indices in lists:
        total.update(len(indices).to_bytes(8, "little"))
        total.update(np.ascontiguousarray(indices, "<i8").tobytes())
    return total.hexdigest()
