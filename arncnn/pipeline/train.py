"""train: data, recipe, fit and package in one call; what the command line and jobs run."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from arncnn import data
from arncnn.data import Dataset, splits
from arncnn.data.anatomy import Anatomy
from arncnn.data.approved_corrections import ApprovedCorrections
from arncnn.data.outliers import load as load_outliers
from arncnn.errors import UsageError
from arncnn.models.bundle import WEIGHTS, ModelBundle
from arncnn.models.metadata import AveragedWith, OutlierData
from arncnn.models.recipe import Recipe
from arncnn.pipeline.package import Parts, package
from arncnn.progress import Event, Progress
from arncnn.training import distribution
from arncnn.training.examples import CALIBRATION_PER_CLASS, Examples, hold_out, with_corrections
from arncnn.training.expand_classifier import save_expanded, save_renewed
from arncnn.training.fit import fit
from arncnn.training.interpolate_weights import interpolate_weights, mean
from arncnn.training.request import TrainingRequest
from arncnn.uncertainty.known import Known

_SUBSET_SEED = 0


def train(
    request: TrainingRequest,
    run_dir: Path,
    *,
    on_event: Callable[[Event], object] = lambda event: None,
    should_stop: Callable[[], bool] = lambda: False,
    progress: Progress | None = None,
) -> ModelBundle:
    """Train a network on the part of a data set that was asked for, and seal the model.

    Args:
        request: what and how.
        run_dir: of this training; a run already there goes on.
        on_event: told how it goes, see ``fit``.
        should_stop: True ends the training with the best weights so far.
        progress: of preparing the data.

    Returns:
        The sealed model, in ``run_dir / "model"``.

    Raises:
        UsageError: there is no such recipe or class, or models of other classes are averaged.
        DataError: the data set is missing or not whole.
        ModelError: a model to start from or to average with is missing or was altered.
        TrainingError: the training cannot start or go on, or the corrections cannot be read.
    """
    dataset = data.load(request.source, progress)
    split, apart = _split(request, dataset, progress)
    anatomy, labels_of_anatomy = Anatomy.of(dataset), dataset.labels
    if request.leave_out is not None:
        dataset, split = _without(dataset, split, request.leave_out)
    recipe = request.own_recipe()
    if recipe.is_transfer and request.initial is None:
        raise UsageError("A transfer starts from a model: specify it with --initial.")
    learn, calibration = learned_and_kept(recipe, dataset, split, apart, request.subset)
    started_from = None if request.initial is None else ModelBundle.open(Path(request.initial))
    corrections = (
        None if request.corrections is None else ApprovedCorrections.load(Path(request.corrections))
    )
    labels = dataset.labels
    if request.leave_out is None and not recipe.is_transfer:
        labels = _labels(dataset.labels, started_from, corrections)
    dataset, recipe = dataset.with_labels(labels), recipe.with_classes(len(labels))
    weights = np.ones(len(dataset), np.float32)
    is_known, described = _taken_over(recipe, started_from, labels)
    tells_mr = bool(recipe.outliers) or is_known is not None
    anatomy = replace(anatomy.renumbered(labels_of_anatomy, labels), ct_in_order=tells_mr)
    outliers = None
    if request.outliers is not None:
        outliers = load_outliers(Path(request.outliers), progress)
        if request.without_kinds:
            outliers = outliers.without(request.without_kinds)
        described = OutlierData(outliers.sha256, outliers.counts())
    examples = Examples(
        dataset.images,
        dataset.targets,
        weights,
        learn,
        anatomy=anatomy,
        outliers=None if outliers is None else outliers.images,
    )
    if corrections is not None:
        examples = with_corrections(examples, corrections, labels)
    watched = Examples(dataset.images, dataset.targets, weights, split.validation)
    finished = fit(
        recipe,
        examples,
        watched,
        run_dir,
        seed=request.seed,
        initial_weights=None
        if started_from is None
        else _initial_weights(started_from, recipe, labels, run_dir),
        replicas=distribution.available(),
        on_event=on_event,
        should_stop=should_stop,
    )
    on_event({"event": "releasing"})
    return package(
        run_dir / "model",
        finished.model,
        recipe,
        request.seed,
        finished.history,
        dataset,
        Parts(learn, calibration, split.test, split.name, split.sha256, anatomy),
        started_from=None if started_from is None else started_from.identity,
        averaged_with=_averaged(finished.model, request, recipe, started_from, watched, labels),
        corrections=corrections,
        outliers=described,
        is_known=is_known,
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
    request: TrainingRequest, dataset: Dataset, progress: Progress | None
) -> tuple[splits.Split, np.ndarray | None]:
    """The split to train on, and the images it keeps for calibration, where it keeps some."""
    if request.fold is None:
        return splits.paper(dataset), None
    grouped = splits.grouped(dataset, request.folds, progress)
    return grouped.fold(request.fold), grouped.calibration


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
    """The weights to begin with, expanded where the classes are others."""
    if recipe.is_transfer:
        file = run_dir / "initial.weights.h5"
        return save_renewed(started_from.network(), recipe.hyper, file)
    if started_from.labels == labels:
        return started_from.folder / WEIGHTS
    before = started_from.labels
    file = run_dir / "initial.weights.h5"
    return save_expanded(started_from.network(), recipe.hyper, before, labels, file)


def _taken_over(
    recipe: Recipe, started_from: ModelBundle | None, labels: tuple[str, ...]
) -> tuple[Known | None, OutlierData | None]:
    """What a fine-tune keeps of "known", and what taught it.

    Its network stays near the first one's, and what the score means is calibrated anew. Of a class
    that the first model lacked the score knows nothing, so it would refuse it: it is left out then.
    """
    if recipe.replay is None or started_from is None or started_from.labels != labels:
        return None, None
    guard = started_from.novelty()
    if guard is None or guard.known is None:
        return None, None
    return guard.known, started_from.metadata.data.outliers


def _averaged(
    network: Any,
    request: TrainingRequest,
    recipe: Recipe,
    started_from: ModelBundle | None,
    watched: Examples,
    labels: tuple[str, ...],
) -> AveragedWith | None:
    """Average the network's weights as asked for; the other model and its share, if any."""
    if request.averaged_with is not None:
        other = ModelBundle.open(Path(request.averaged_with))
        _average(network, other, request.share, labels)
        return AveragedWith(**vars(other.identity), share=request.share)
    if recipe.outliers:  # a mean would part the network from its second output
        return None
    if recipe.replay is None or started_from is None or started_from.labels != labels:
        return None
    share = interpolate_weights(network, started_from.network().get_weights(), watched)
    return AveragedWith(**vars(started_from.identity), share=1 - share) if share < 1 else None


def _average(network: Any, other: ModelBundle, share: float, labels: tuple[str, ...]) -> None:
    """Give the network the mean of its weights and, by their share, another model's."""
    if other.labels != labels:
        raise UsageError("Only models of the same classes can be averaged.")
    network.set_weights(mean(network.get_weights(), other.network().get_weights(), share))


def _without(dataset: Dataset, split: splits.Split, label: str) -> tuple[Dataset, splits.Split]:
    """The data set and split without one class; the others are numbered anew."""
    if label not in dataset.labels:
        raise UsageError(f"There is no class {label!r}; choose from {', '.join(dataset.labels)}.")
    missing = dataset.labels.index(label)
    labels = tuple(name for name in dataset.labels if name != label)
    targets = dataset.targets - (dataset.targets > missing)
    targets[dataset.targets == missing] = 0  # in no part; any class that is left will do
    reduced = Dataset(dataset.images, targets, labels, dataset.paths, dataset.sha256)

    def known(rows: np.ndarray) -> np.ndarray:
        return rows[dataset.targets[rows] != missing]

    parts = (known(split.train), known(split.validation), known(split.test))
    return reduced, splits.Split(*parts, f"{split.name}-without-{label}", split.sha256)
