"""Examples: what one training sees, batch by batch, the same for the same seed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from arncnn.data.anatomy import UNCLEAR, Anatomy
from arncnn.data.appearance import randomize, randomize_outliers
from arncnn.data.approved_corrections import ApprovedCorrections
from arncnn.data.mr_contrast import as_mr
from arncnn.models.recipe import Recipe
from arncnn.preprocess import normalize

CALIBRATION_PER_CLASS = 590
_CALIBRATION_SEED = 123
_CORRECTIONS_AS_THEY_ARE = 0.5  # how a hospital's own scans look is what they are to teach
_OUTLIERS_AS_THEY_ARE = 0.2
_OTHER_ANATOMY_AS_IT_IS = 0.3  # share of slices whose class is not what they show


@dataclass(frozen=True, eq=False)
class Examples:
    """Images, targets and weights in the order they are stored.

    Attributes:
        images: uint8, (n, 64, 64).
        targets: int64, (n,).
        weights: float32, (n,): what an example counts in the loss.
        rows: int64, (m,), indices into ``images`` of those to train on.
        corrected: int64, (k,), indices of corrections, each as often as an epoch shows it.
        anatomy: what the images show, where that may differ from their class.
        outliers: uint8, (k, 64, 64), pictures of none of the classes, if the recipe learns from
            some.
    """

    images: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    rows: np.ndarray
    corrected: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    anatomy: Anatomy | None = None
    outliers: np.ndarray | None = None

    def an_epoch(self, replay: int | None = None) -> int:
        """How many images an epoch shows; ``replay`` bounds those of the data set."""
        return min(len(self.rows), replay or len(self.rows)) + len(self.corrected)


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


def with_corrections(
    examples: Examples, corrections: ApprovedCorrections, labels: tuple[str, ...]
) -> Examples:
    """Add corrections of known classes; one of weight w is shown about w times an epoch.

    Shown again and again with another appearance it teaches more, and disturbs a step less,
    than shown once with all its weight.

    Args:
        examples: from the data set.
        corrections: whose rows of other classes, and of none, are left out.
        labels: the model's classes, in its order.
    """
    learned = corrections.with_answers(*labels)
    if not len(learned):
        return examples
    times = learned.times_shown()
    added = np.arange(len(learned)) + len(examples.images)
    targets = learned.targets(labels)
    return Examples(
        np.concatenate([examples.images, learned.images]),
        np.concatenate([examples.targets, targets]),
        np.concatenate([examples.weights, learned.weights / times.astype(np.float32)]),
        examples.rows,
        np.repeat(added, times),
        None if examples.anatomy is None else examples.anatomy.extended(targets, labels),
        examples.outliers,
    )


# Images, what they are to be read as, and what each counts: arrays, or a dict of them by output.
Batch = tuple[np.ndarray, Any, Any]


def batches(examples: Examples, recipe: Recipe, seed: int, epoch: int) -> Iterator[Batch]:
    """The batches of one epoch, prepared one ahead of the network.

    An image whose appearance is left alone teaches its class, a randomised one what its anatomy
    is of; where that is unclear it is always left alone. Of corrections half are left alone.

    Args:
        examples: what to draw from.
        recipe: the size of a batch (the last may be smaller), how appearance is randomised,
            and how many images of the data set are drawn.
        seed: of the training.
        epoch: from 1; seed and epoch decide order and appearance.

    Yields:
        Images float32 (b, 64, 64, 1) 0 to 1, targets int64 (b,), weights float32 (b,). Where the
        recipe has outliers those are the last of the batch, and targets and weights are dicts by
        output, "logits" (where an outlier counts nothing) and "known" (1 and 0).
    """
    drawn = np.random.default_rng([seed, epoch])
    order = drawn.permutation(examples.rows)[: recipe.replay]
    if len(examples.corrected):
        order = drawn.permutation(np.concatenate([order, examples.corrected]))
    first_correction = len(examples.images) - len(np.unique(examples.corrected))
    size = recipe.of_classes
    chunks = [order[start : start + size] for start in range(0, len(order), size)]

    def prepare(number: int) -> Batch:
        rows = np.sort(chunks[number])
        images, targets = np.asarray(examples.images[rows]), examples.targets[rows]
        if recipe.augment:
            rng = np.random.default_rng([seed, epoch, number])
            share = np.where(rows < first_correction, recipe.plain_share, _CORRECTIONS_AS_THEY_ARE)
            anatomy, taught = None, targets
            if examples.anatomy is not None:
                anatomy = examples.anatomy.take(rows)
                taught = anatomy.targets
                share = np.where(taught == targets, share, _OTHER_ANATOMY_AS_IT_IS)
                share = np.where(taught == UNCLEAR, 1.0, share)
            plain = rng.random(len(rows)) < share
            shown = randomize(images, rng, anatomy, is_learned=bool(recipe.outliers))
            images = np.where(plain[:, None, None], images.astype(np.float32) / 255, shown)
            targets = np.where(plain, targets, taught)
        batch = normalize(images), targets, examples.weights[rows]
        if recipe.outliers and examples.outliers is not None:
            rng = np.random.default_rng([seed, epoch, number, 1])
            pictures, count = examples.outliers, recipe.outliers
            drawn = pictures[rng.choice(len(pictures), count, replace=len(pictures) < count)]
            as_mr_too = _drawn_as_mr(examples, rows, recipe.drawn_as_mr, rng)
            drawn[count - len(as_mr_too) :] = as_mr_too
            return _with_outliers(*batch, drawn, rng)
        return batch

    with ThreadPoolExecutor(1) as ahead:
        waiting = ahead.submit(prepare, 0)
        for number in range(len(chunks)):
            ready = waiting.result()
            if number + 1 < len(chunks):
                waiting = ahead.submit(prepare, number + 1)
            yield ready


def _drawn_as_mr(
    examples: Examples, rows: np.ndarray, most: int, rng: np.random.Generator
) -> np.ndarray:
    """Some of the CTs among the rows as MR of the same body: uint8, (at most ``most``, 64, 64)."""
    anatomy = examples.anatomy
    if anatomy is None or not most:
        return examples.images[:0]
    chosen = rng.permutation(rows[anatomy.is_ct[rows]])[:most]
    drawn = np.empty((len(chosen), *examples.images.shape[1:]), np.uint8)
    for place, row in enumerate(chosen):
        ct = np.asarray(examples.images[row]).astype(np.float32) / 255
        drawn[place] = 255 * as_mr(ct, rng, bool(anatomy.has_lungs[row]))
    return drawn


def _with_outliers(
    images: np.ndarray,
    targets: np.ndarray,
    weights: np.ndarray,
    drawn: np.ndarray,
    rng: np.random.Generator,
) -> Batch:
    """A batch with outliers after it; a fifth of them as they are."""
    count = len(drawn)
    plain = rng.random(count) < _OUTLIERS_AS_THEY_ARE
    shown = randomize_outliers(drawn, rng)
    shown = normalize(np.where(plain[:, None, None], drawn.astype(np.float32) / 255, shown))
    none = np.zeros(count, targets.dtype)
    n = len(images)
    # Keras divides by the batch: what of it the classes' loss does not see is made up for.
    of_classes = np.concatenate(
        [weights * np.float32((n + count) / n), np.zeros(count, np.float32)]
    )
    is_known = np.concatenate([np.ones(n, np.float32), np.zeros(count, np.float32)])
    return (
        np.concatenate([images, shown]),
        {"logits": np.concatenate([targets, none]), "known": is_known[:, None]},
        {"logits": of_classes, "known": np.ones(n + count, np.float32)},
    )
