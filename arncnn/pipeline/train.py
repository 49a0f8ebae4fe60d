"""train: data, recipe, fit and release in one call; what the command line and jobs run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from arncnn import data
from arncnn.data import Dataset, splits
from arncnn.data.anatomy import Anatomy
from arncnn.data.approved_corrections import ApprovedCorrections
from arncnn.errors import UsageError
from arncnn.models.bundle import WEIGHTS, ModelBundle
from arncnn.models.metadata import AveragedWith
from arncnn.models.recipe import Recipe
from arncnn.pipeline.package import Parts, release
from arncnn.progress import Event, Progress
from arncnn.training import distribution
from arncnn.training.examples import CALIBRATION_PER_CLASS, Examples, hold_out, with_corrections
from arncnn.training.expand_classifier import save_expanded
from arncnn.training.fit import fit
from arncnn.training.interpolate_weights import interpolate_weights, mean

_SUBSET_SEED = 0


def train(
    recipe: Recipe,
    run_dir: Path,
    *,
    source: str | Path | None = None,
    subset: int | None = None,
    seed: int = 0,
    initial: Path | None = None,
    averaged_with: tuple[Path, float] | None = None,
    extra: Path | None = None,
    leave_out: str | None = None,
    fold: tuple[int, int] | None = None,
    on_event: Callable[[Event], object] = lambda event: None,
    should_stop: Callable[[], bool] = lambda: False,
    progress: Progress | None = None,
) -> ModelBundle:
    """Train on the paper's split of a data set, or on a grouped fold, and seal the model.

    Args:
        recipe: how.
        run_dir: of this training; a run already there goes on.
        source: of the data; None for what ``ARNCNN_DATA`` names.
        subset: train on that many images, drawn from the training part.
        seed: of the training.
        initial: model folder to start from.
        averaged_with: model folder, and its share, 0 to 1, in the mean of both models' weights
            that becomes the result (Wortsman et al. 2022, "Model soups"). A recipe that
            replays, a fine-tune, is averaged with the model it starts from, see
            ``interpolate_weights``.
        extra: approved corrections, see ``ApprovedCorrections.load``; classes that only they name
            are learned once they have the scans, and are added to the model's.
        leave_out: a class that is not trained on; the model does not know it then.
        fold: the grouped fold to test on, and of how many; None for the paper's split.
        on_event: told how it goes, see ``fit``.
        should_stop: True ends the training with the best weights so far.
        progress: of preparing the data.

    Returns:
        The sealed model, in ``run_dir / "model"``.
    """
    dataset = data.load(source, progress)
    split, apart = _split(dataset, fold, progress)
    anatomy, labels_of_anatomy = Anatomy.of(dataset), dataset.labels
    if leave_out is not None:
        if fold is not None:
            raise UsageError("Leave out a class, or train on a fold; not both.")
        dataset, split = _without(dataset, split, leave_out)
    learn, calibration = learned_and_kept(recipe, dataset, split, apart, subset)
    started_from = None if initial is None else ModelBundle.open(initial)
    corrections = None if extra is None else ApprovedCorrections.load(extra)
    labels = dataset.labels
    if leave_out is None:
        labels = _labels(dataset.labels, started_from, corrections)
    dataset, recipe = dataset.with_labels(labels), recipe.with_classes(len(labels))
    weights = np.ones(len(dataset), np.float32)
    anatomy = anatomy.renumbered(labels_of_anatomy, labels)
    examples = Examples(dataset.images, dataset.targets, weights, learn, anatomy=anatomy)
    if corrections is not None:
        examples = with_corrections(examples, corrections, labels)
    watched = Examples(dataset.images, dataset.targets, weights, split.validation)
    finished = fit(
        recipe,
        examples,
        watched,
        run_dir,
        seed=seed,
        initial_weights=None
        if started_from is None
        else _initial_weights(started_from, recipe, labels, run_dir),
        replicas=distribution.found(),
        on_event=on_event,
        should_stop=should_stop,
    )
    on_event({"event": "releasing"})
    if averaged_with is not None:
        _average(finished.model, *averaged_with, labels)
    elif recipe.replay is not None and started_from is not None and started_from.labels == labels:
        share = interpolate_weights(finished.model, started_from.network().get_weights(), watched)
        averaged_with = (started_from.folder, 1 - share) if share < 1 else None
    return release(
        run_dir / "model",
        finished.model,
        recipe,
        seed,
        finished.history,
        dataset,
        Parts(learn, calibration, split.test, split.name, split.sha256, anatomy),
        started_from=None if started_from is None else started_from.identity,
        averaged_with=averaged_with
        and AveragedWith(
            **vars(ModelBundle.open(averaged_with[0]).identity), share=averaged_with[1]
        ),
        corrections=corrections,
    )


def learned_and_kept(
    recipe: Recipe,
    dataset: Dataset,
    split: splits.Split,
    apart: np.ndarray | None = None,
    subset: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Which images a training learns from, and which it keeps for calibration.

    Args:
        recipe: without ``augment``, the paper's, it learns from the whole training part.
        dataset: the images.
        split: its parts.
        apart: what the split itself keeps for calibration, where it does.
        subset: how many images to learn from; None for all.

    Returns:
        Indices into the data set, twice.
    """
    learn, calibration = split.train, split.train[:0]
    if recipe.augment:
        learn, calibration = (
            hold_out(dataset.targets, split.train, CALIBRATION_PER_CLASS)
            if apart is None
            else (split.train, apart)
        )
    if subset is not None:
        learn = np.random.default_rng(_SUBSET_SEED).permutation(learn)[:subset]
    return learn, calibration


def _split(
    dataset: Dataset, fold: tuple[int, int] | None, progress: Progress | None
) -> tuple[splits.Split, np.ndarray | None]:
    """The split to train on, and the images it keeps for calibration, where it keeps some."""
    if fold is None:
        return splits.paper(dataset), None
    number, folds = fold
    if not 0 <= number < folds:
        raise UsageError(f"There is no fold {number} of {folds}; the first is 0.")
    grouped = splits.grouped(dataset, folds, progress)
    return grouped.fold(number), grouped.calibration


def _labels(
    of_data: tuple[str, ...],
    started_from: ModelBundle | None,
    corrections: ApprovedCorrections | None,
) -> tuple[str, ...]:
    """The classes of the model to be: those of the first model, of the data, then new ones."""
    first = () if started_from is None else started_from.labels
    known = (*first, *(name for name in of_data if name not in first))
    return known if corrections is None else corrections.classes_after(known)


def _initial_weights(
    started_from: ModelBundle, recipe: Recipe, labels: tuple[str, ...], run_dir: Path
) -> Path:
    """The weights to begin with, grown where the classes are others."""
    if started_from.labels == labels:
        return started_from.folder / WEIGHTS
    before = started_from.labels
    file = run_dir / "initial.weights.h5"
    return save_expanded(started_from.network(), recipe.hyper, before, labels, file)


def _average(network: Any, other: Path, share: float, labels: tuple[str, ...]) -> None:
    """Give the network the mean of its weights and, by their share, another model's."""
    if not 0 <= share <= 1:
        raise UsageError(f"The other model's share is from 0 to 1, not {share:g}.")
    bundle = ModelBundle.open(other)
    if bundle.labels != labels:
        raise UsageError("Only models of the same classes can be averaged.")
    network.set_weights(mean(network.get_weights(), bundle.network().get_weights(), share))


def _without(dataset: Dataset, split: splits.Split, label: str) -> tuple[Dataset, splits.Split]:
    """The data set and split without one class; the others are numbered anew."""
    if label not in dataset.labels:
        raise UsageError(f"There is no class {label!r}; choose {', '.join(dataset.labels)}.")
    missing = dataset.labels.index(label)
    labels = tuple(name for name in dataset.labels if name != label)
    targets = dataset.targets - (dataset.targets > missing)
    targets[dataset.targets == missing] = 0  # in no part; any class that is left will do
    reduced = Dataset(dataset.images, targets, labels, dataset.paths, dataset.sha256)

    def known(rows: np.ndarray) -> np.ndarray:
        return rows[dataset.targets[rows] != missing]

    parts = (known(split.train), known(split.validation), known(split.test))
    return reduced, splits.Split(*parts, f"{split.name}-without-{label}", split.sha256)
