"""Anatomy: which class a CT slice's own anatomy is of, whatever study it came from.

Medical MNIST sorts CT slices by study, not by what they show: a tenth of AbdomenCT shows the
chest (heart, lungs, shoulders) and a tenth of ChestCT the abdomen. Only the display window then
tells the classes apart. A network whose pictures are randomised has no window to go by and
would learn contradictions instead. So what a slice shows was judged by eye on 180 slices of each
class, three from each of 60 clusters (``anatomy.json``), and is carried over to the others of
the class by where in the body something dense is seen (a support vector machine; the tests
cross-validate it where the data is at hand).
"""

import json
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

import cv2
import numpy as np

from arncnn.data.augment import background_level
from arncnn.data.dataset import Dataset
from arncnn.intake import class_terms

UNCLEAR = -1  # between chest and abdomen, or drowned in noise: not to be taught by its anatomy
CHEST = "ChestCT"
_CLASSES = ("AbdomenCT", CHEST)
_GRID = 16  # cells a side of the map of what is seen where
_COMPONENTS = 40
_SEEN_ABOVE = 0.03  # over the background's grey, of 0 to 1


@dataclass(frozen=True, eq=False)
class Anatomy:
    """What images show, in the order of their data set.

    Attributes:
        targets: int64, (n,): the class that the anatomy is of, or ``UNCLEAR``; the image's own
            class where nothing else is known.
        has_lungs: bool, (n,): whether it is a CT slice of the chest.
        may_be_mr: bool, (n,): whether its class is of MR, or of no known modality.
        is_breast: bool, (n,): whether its class is known to be MR of the breast.
        is_ct: bool, (n,): whether its class is known to be CT.
        ct_in_order: whether no look may change the order of a CT's greys: for a network that is to
            tell CT from MR, where fat and bone have other places in it.
    """

    targets: np.ndarray
    has_lungs: np.ndarray
    may_be_mr: np.ndarray
    is_breast: np.ndarray
    is_ct: np.ndarray
    ct_in_order: bool = False

    @property
    def in_order(self) -> np.ndarray:
        """bool, (n,): of which images no look may change the order of the greys."""
        return self.is_ct & self.ct_in_order

    @classmethod
    def of(cls, dataset: Dataset) -> "Anatomy":
        """Of any data set; only Medical MNIST's slices of chest and abdomen were judged."""
        found = dataset.targets.copy()
        chest = dataset.labels.index(CHEST) if CHEST in dataset.labels else UNCLEAR
        if _was_judged(dataset):
            for name in _CLASSES:
                rows = np.flatnonzero(dataset.targets == dataset.labels.index(name))
                found[rows] = _carried_over(*_judged_slices(dataset, name, rows))
        may_be_mr = _may_be_mr(dataset.labels)[dataset.targets]
        is_breast = _is_breast_mr(dataset.labels)[dataset.targets]
        is_ct = _is_ct(dataset.labels)[dataset.targets]
        return cls(found, (found == chest) & (found >= 0), may_be_mr, is_breast, is_ct)

    def take(self, rows: np.ndarray) -> "Anatomy":
        """That of some rows."""
        arrays = {name: value[rows] for name, value in vars(self).items() if name != "ct_in_order"}
        return replace(self, **arrays)

    def counts(self, dataset: Dataset) -> dict[str, dict[str, int]]:
        """For each class that holds other anatomy too: how many images show what."""
        names = (*dataset.labels, "unclear")  # UNCLEAR is -1, so the last
        table = np.zeros((len(dataset.labels), len(names)), np.int64)
        np.add.at(table, (dataset.targets, self.targets), 1)
        return {
            label: {name: int(n) for name, n in zip(names, row, strict=True) if n}
            for label, row in zip(dataset.labels, table, strict=True)
            if np.count_nonzero(row) > 1
        }

    def renumbered(self, before: tuple[str, ...], after: tuple[str, ...]) -> "Anatomy":
        """This anatomy with the classes counted by another list; what is not in it is unclear."""
        place = [after.index(name) if name in after else UNCLEAR for name in before]
        moved = np.array([*place, UNCLEAR], np.int64)  # the last for what was unclear before
        return replace(self, targets=moved[self.targets])

    def extended(self, targets: np.ndarray, labels: tuple[str, ...]) -> "Anatomy":
        """This anatomy with more images after its own, which show what their classes say."""
        lungs = np.zeros(len(targets), bool)
        return Anatomy(
            np.concatenate([self.targets, targets]),
            np.concatenate([self.has_lungs, lungs]),
            np.concatenate([self.may_be_mr, _may_be_mr(labels)[targets]]),
            np.concatenate([self.is_breast, _is_breast_mr(labels)[targets]]),
            np.concatenate([self.is_ct, _is_ct(labels)[targets]]),
            self.ct_in_order,
        )


def _may_be_mr(labels: tuple[str, ...]) -> np.ndarray:
    known = class_terms.of_classes(labels)
    codes = [known[name].modality if name in known else () for name in labels]
    return np.array([not found or "MR" in found for found in codes], bool)


def _is_ct(labels: tuple[str, ...]) -> np.ndarray:
    known = class_terms.of_classes(labels)
    return np.array([name in known and known[name].modality == ("CT",) for name in labels], bool)


def _is_breast_mr(labels: tuple[str, ...]) -> np.ndarray:
    known = class_terms.of_classes(labels)
    found = [known.get(name) for name in labels]
    return np.array(
        [
            term is not None and term.body_part == "breast" and "MR" in term.modality
            for term in found
        ],
        bool,
    )


def _was_judged(dataset: Dataset) -> bool:
    paths = set(dataset.paths)
    return set(_CLASSES) <= set(dataset.labels) and all(
        path in paths for name in _CLASSES for path in _judged()[name]
    )


def _judged_slices(
    dataset: Dataset, name: str, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of one class: all density maps, which of them were judged, and as what."""
    place = {dataset.paths[row]: number for number, row in enumerate(rows)}
    judged = np.array([place[path] for path in _judged()[name]])
    answers = np.array([_index(answer, dataset.labels) for answer in _judged()[name].values()])
    maps = np.stack([_density(image) for image in np.asarray(dataset.images[rows])])
    return maps, judged, answers


def _carried_over(maps: np.ndarray, judged: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """The answers of the judged rows, given to the rows most like them."""
    from sklearn.decomposition import PCA  # slow to import: only where used
    from sklearn.svm import SVC

    reduced = PCA(_COMPONENTS, random_state=0).fit_transform(maps)
    reduced /= reduced.std(axis=0)[0]
    machine = SVC(class_weight="balanced").fit(reduced[judged], answers)
    found = machine.predict(reduced).astype(np.int64)
    found[judged] = answers
    return found


def _density(image: np.ndarray) -> np.ndarray:
    """How much of each cell is seen at all, and how bright it is: float32, (2 * cells,)."""
    grey = image.astype(np.float32) / 255
    level = background_level(grey)
    seen = (grey > level + _SEEN_ABOVE).astype(np.float32)
    bright = np.clip((grey - level) / max(1.0 - level, 1e-6), 0.0, 1.0)
    parts = [
        cv2.resize(
            cv2.GaussianBlur(part, (0, 0), sigma), (_GRID, _GRID), interpolation=cv2.INTER_AREA
        ).ravel()
        for part, sigma in ((seen, 2.0), (2.0 * bright, 1.5))
    ]
    return np.concatenate(parts)


def _index(answer: str, labels: tuple[str, ...]) -> int:
    return labels.index(answer) if answer in labels else UNCLEAR


@cache
def _judged() -> dict[str, dict[str, str]]:
    """For each class, the judged images' paths and what they show."""
    text = resources.files("arncnn.data").joinpath("anatomy.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return {
        name: {
            f"{name}/{number}.jpeg": answer
            for answer, numbers in answers.items()
            for number in numbers.split()
        }
        for name, answers in found["judged"].items()
    }
