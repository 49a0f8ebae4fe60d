"""Examples: what one training sees, batch by batch, the same for the same seed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from arncnn.data.augment import randomize
from arncnn.errors import TrainingError
from arncnn.preprocess import normalize

CALIBRATION_PER_CLASS = 590
_CALIBRATION_SEED = 123


@dataclass(frozen=True, eq=False)
class Examples:
    """Images, targets and weights in the order they are stored.

    Attributes:
        images: uint8, (n, 64, 64).
        targets: int64, (n,).
        weights: float32, (n,): what an example counts in the loss.
        rows: int64, (m,), indices into ``images`` of those to train on.
    """

    images: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)


def hold_out(
    targets: np.ndarray, train: np.ndarray, per_class: int
) -> tuple[np.ndarray, np.ndarray]:
    """Take calibration images out of the training part, the same number of each class.

    Args:
        targets: int64, (n,), of the whole data set.
        train: int64, (m,), indices of the training part.
        per_class: images a class; at most a tenth of the class is taken.

    Returns:
        Indices left for training and indices for calibration, both sorted.
    """
    rng = np.random.default_rng(_CALIBRATION_SEED)
    taken = []
    for label in np.unique(targets[train]):
        members = train[targets[train] == label]
        taken.append(rng.choice(members, min(per_class, len(members) // 10), replace=False))
    calibration = np.sort(np.concatenate(taken))
    return np.setdiff1d(train, calibration), calibration


def with_corrections(examples: Examples, file: Path) -> Examples:
    """Add approved corrections to the examples.

    Args:
        examples: from the data set.
        file: ``.npz`` with images (n, 64, 64) uint8, labels int64 (n,) and weights float32 (n,);
            label -1 ("none of these") is for the refusal and not for the classifier.

    Raises:
        TrainingError: the file does not hold that.
    """
    try:
        with np.load(file, allow_pickle=False) as stored:
            images, labels = stored["images"], stored["labels"].astype(np.int64)
            weights = stored["weights"].astype(np.float32)
    except (OSError, KeyError, ValueError) as error:
        raise TrainingError(
            "The corrections to train on cannot be read; export them again."
        ) from error
    if images.ndim != 3 or images.shape[1:] != (64, 64) or images.dtype != np.uint8:
        raise TrainingError(
            "Corrections must be 64 by 64 grey images of 8 bits; export them again."
        )
    known = labels >= 0
    images, labels, weights = images[known], labels[known], weights[known]
    added = np.arange(len(images)) + len(examples.images)
    return Examples(
        np.concatenate([examples.images, images]),
        np.concatenate([examples.targets, labels]),
        np.concatenate([examples.weights, weights]),
        np.concatenate([examples.rows, added]),
    )


def batches(
    examples: Examples,
    batch_size: int,
    augment: bool,
    seed: int,
    epoch: int,
    plain_share: float = 0.0,
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """The batches of one epoch, prepared one ahead of the network.

    Args:
        examples: what to draw from.
        batch_size: images a batch; the last batch may be smaller.
        augment: randomise appearance.
        seed: of the training.
        epoch: from 1; seed and epoch decide order and appearance.
        plain_share: share of the images whose appearance is left alone, 0 to 1.

    Yields:
        Images float32 (b, 64, 64, 1) 0 to 1, targets int64 (b,), weights float32 (b,).
    """
    order = np.random.default_rng([seed, epoch]).permutation(examples.rows)
    chunks = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]

    def prepare(number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        rows = np.sort(chunks[number])
        images = np.asarray(examples.images[rows])
        if augment:
            rng = np.random.default_rng([seed, epoch, number])
            plain = rng.random(len(rows)) < plain_share
            shown = randomize(images, rng)
            images = np.where(plain[:, None, None], images.astype(np.float32) / 255, shown)
        return normalize(images), examples.targets[rows], examples.weights[rows]

    with ThreadPoolExecutor(1) as ahead:
        waiting = ahead.submit(prepare, 0)
        for number in range(len(chunks)):
            ready = waiting.result()
            if number + 1 < len(chunks):
                waiting = ahead.submit(prepare, number + 1)
            yield ready
