"""Similar cases: the training images closest to a scan in feature space."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from arncnn.labels import title
from arncnn.stored_arrays import StoredArrays
from arncnn.uncertainty.novelty_scores import squared_distances

_COPY = 0.02  # vectors closer than this share of their length are one picture: float16 and the
# place in a batch move a copy's vector by some 0.001 of its length


@dataclass(frozen=True, eq=False)
class Bank:
    """Feature vectors of training images; ``similar.npz`` of a model.

    Attributes:
        vectors: float16, (n, 256), after the dense layer's activation.
        indices: int64, (n,), index of each image in the data set the model learnt from.
        targets: int64, (n,), index of its class.
        labels: the classes, in the order of ``targets``.
    """

    vectors: np.ndarray
    indices: np.ndarray
    targets: np.ndarray
    labels: tuple[str, ...]

    @classmethod
    def load(cls, path: Path, labels: Sequence[str], **widths: int) -> "Bank":
        """Read the bank of a model.

        Args:
            path: ``similar.npz``, with the arrays ``vectors``, ``index`` and ``target``.
            labels: the model's classes.
            widths: ``vector``, the network's; the file's own when left out.

        Raises:
            ModelError: the file is not a bank, or of another network.
        """
        stored = StoredArrays(path, "training features", **widths)
        indices, targets = (stored.take(name, "whole number", "n") for name in ("index", "target"))
        if (
            not len(indices)
            or min(indices.min(), targets.min()) < 0
            or targets.max() >= len(labels)
        ):
            raise stored.damaged("it names images or classes that there cannot be")
        return cls(stored.take("vectors", "number", "n", "vector"), indices, targets, tuple(labels))


@dataclass(frozen=True)
class Neighbour:
    """One similar training image.

    Attributes:
        index: its index in the data set.
        label: its class.
        distance: Euclidean distance of the feature vectors, from 0, without unit.
        copies: images of the bank that are this picture, itself included.
    """

    index: int
    label: str
    distance: float
    copies: int


def nearest(vector: np.ndarray, bank: Bank, count: int = 5) -> tuple[Neighbour, ...]:
    """The nearest training images, each picture once.

    Args:
        vector: float32, (256,), the scan's feature vector.
        bank: the training images.
        count: how many to return; fewer when the bank holds fewer different ones.

    Returns:
        Nearest first. Duplicates and near-twins are represented by the nearest of them.
    """
    distances = squared_distances(vector[None], bank.vectors)[0]
    found: list[Neighbour] = []
    is_shown = np.zeros(len(bank.vectors), bool)
    for row in np.argsort(distances, kind="stable"):
        if is_shown[row]:
            continue
        chosen = bank.vectors[row].astype(np.float32)
        reach = _COPY**2 * float(chosen @ chosen)
        same = squared_distances(chosen[None], bank.vectors)[0] <= reach
        found.append(
            Neighbour(
                index=int(bank.indices[row]),
                label=bank.labels[int(bank.targets[row])],
                distance=float(np.sqrt(distances[row])),
                copies=int((same & ~is_shown).sum()),
            )
        )
        is_shown |= same
        if len(found) == count:
            break
    return tuple(found)


def disagreement(neighbours: Sequence[Neighbour], answer: str) -> str:
    """What it means that half or more of the similar cases are of another class; else empty.

    Args:
        neighbours: of the scan.
        answer: the class that was read.
    """
    others = Counter(found.label for found in neighbours if found.label != answer)
    if not others or 2 * others.total() < len(neighbours):
        return ""
    counts = ", ".join(f"{count} {title(label)}" for label, count in others.most_common())
    images = "training image is" if len(neighbours) == 1 else "training images are"
    return (
        f"{others.total()} of the {len(neighbours)} most similar {images} of another class than "
        f"the answer, {title(answer)}: {counts}. That is a reason to look at the scan yourself; "
        "the verdict does not use their classes."
    )
