"""package: from a trained network to a model folder that knows how far to trust itself.

Calibration images come out of the training part and were neither learned from nor
watched. Prediction sets speak of scans like the data set's own. For temperature and
refusal every image is used once, half of them as they are and half with their appearance
randomised: external scans differ from the data set in just such ways, and what is
calibrated on untouched images alone would be too sure of some and refuse the others.
The stated false-alarm rates are those of this mixture. From which probability on an answer is
accepted is learned from all of them, randomised: the more there are, the less one error counts.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import arncnn
from arncnn import preprocess
from arncnn.data import Dataset, registry
from arncnn.data.anatomy import Anatomy
from arncnn.data.approved_corrections import ApprovedCorrections
from arncnn.explain.evaluation import evaluate_explanations
from arncnn.inference.batched import Passed, run
from arncnn.models import bundle
from arncnn.models.metadata import (
    AveragedWith,
    Calibration,
    MadeWith,
    ModelIdentity,
    ModelMetadata,
    OutlierData,
    TrainingData,
)
from arncnn.models.recipe import Recipe
from arncnn.models.release_check import ReleaseCheck
from arncnn.models.training_history import EpochRecord, to_csv
from arncnn.network import known
from arncnn.network.forward import ForwardPass
from arncnn.network.hyper_parameters import CONV_MAP_SHAPE
from arncnn.network.precision import full_precision
from arncnn.pipeline.acceptance import with_probability
from arncnn.pipeline.correction_features import Corrected
from arncnn.pipeline.mixed import half_randomized, randomized
from arncnn.training.fit import build
from arncnn.uncertainty import conformal, novelty, temperature
from arncnn.uncertainty.known import Known
from arncnn.uncertainty.novelty_scores import FeatureSet
from arncnn.uncertainty.verdict import Thresholds

NOVELTY = "novelty.npz"
_NOVELTY_IMAGES = 9000  # training images whose features describe the known
_SIMILAR_PER_CLASS = 1000  # training images kept to show similar cases
_EXPLAINED = 24  # test images of the explanations' release check
_CALIBRATION_LEAST = 100  # images a class; with fewer every class would be in every 99% set
_SEED = 20
# Where "known" speaks too, fewer scans of the classes need a look: of 0.05, 0.04, 0.03 and 0.02 the
# least that let hardly more kinds pass that training never saw (10, 11, 17, 26 of 535).
_REVIEWED_WITH_KNOWN = 0.04


@dataclass(frozen=True, eq=False)
class Parts:
    """Which images play which part, as int64 indices into the data set.

    Attributes:
        train: learned from.
        calibration: kept apart for temperature, sets and refusal; empty for none.
        test: measured on.
        split: the split's name.
        split_sha256: its sum.
        anatomy: what the images show, as the training was taught it.
    """

    train: np.ndarray
    calibration: np.ndarray
    test: np.ndarray
    split: str
    split_sha256: str
    anatomy: Anatomy


def package(
    folder: Path,
    network: Any,
    recipe: Recipe,
    seed: int,
    history: list[EpochRecord],
    dataset: Dataset,
    parts: Parts,
    started_from: ModelIdentity | None = None,
    averaged_with: AveragedWith | None = None,
    corrections: ApprovedCorrections | None = None,
    outliers: OutlierData | None = None,
    is_known: Known | None = None,
) -> bundle.ModelBundle:
    """Measure, calibrate and seal a trained network.

    Args:
        folder: of the model; made when missing.
        network: the trained Keras model.
        recipe: how it was trained.
        seed: of that training.
        history: its epochs.
        dataset: the images.
        parts: who plays which part.
        started_from: the model whose weights the training began with, if any.
        averaged_with: the model that part of the weights came from, if any.
        corrections: approved corrections: those of the model's classes are known scans to the
            refusal, those of "none of these" are not.
        outliers: what taught "known", whenever that was.
        is_known: the score of an earlier model, for a network without an output of its own.

    Returns:
        The sealed model.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with full_precision():  # and without the optimiser, which would travel with the weights
        served = build(recipe)
    known.copy_weights(network, served)
    served.save_weights(folder / bundle.WEIGHTS)
    (folder / "history.csv").write_text(to_csv(history), encoding="utf-8")
    forward = ForwardPass(served)
    golden = bundle.golden_images()
    np.savez_compressed(
        folder / "golden.npz", images=golden, logits=forward(preprocess.normalize(golden)).logits
    )
    _similar(folder / "similar.npz", forward, dataset, parts.train)
    corrected = Corrected.of(forward, corrections, dataset.labels)
    calibration = (
        _calibrate(folder, forward, dataset, parts, corrected, _known(network) or is_known)
        if _can_calibrate(parts, dataset)
        else None
    )
    guard = None if calibration is None else novelty.Novelty.load(folder / NOVELTY)
    test = predictions(run(forward, dataset.images, parts.test), dataset, parts.test, guard)
    np.savez_compressed(folder / "predictions.npz", **test)  # type: ignore[arg-type]
    shown = preprocess.normalize(np.asarray(dataset.images[_some(parts.test, _EXPLAINED)]))
    checked = evaluate_explanations(served, shown, cascade_images=_EXPLAINED // 2)
    described = ModelMetadata(
        labels=dataset.labels,
        recipe=recipe,
        seed=seed,
        data=TrainingData(
            dataset.sha256,
            parts.split,
            parts.split_sha256,
            len(parts.train),
            len(parts.calibration),
            {} if corrections is None else _corrected_scans(corrections),
            outliers,
        ),
        made_with=_versions(),
        calibration=calibration,
        explanations=ReleaseCheck.of(checked),
        started_from=started_from,
        averaged_with=averaged_with,
        header_terms={
            name: label
            for name, label in registry.terms(dataset.sha256).items()
            if name in dataset.labels
        },
    )
    return bundle.seal(folder, described)


def predictions(
    passed: Passed, dataset: Dataset, rows: np.ndarray, guard: novelty.Novelty | None
) -> dict[str, np.ndarray]:
    """What is kept of the test part, so that pages need no network to show it.

    Args:
        passed: what the network gave for the rows.
        dataset: the images.
        rows: int64, (n,), which of them.
        guard: as it was saved, so that the p-values are those of the served model; None
            without calibration.

    Returns:
        ``index`` and ``target`` int64 (n,), ``logits`` float32 (n, classes), and with a guard
        ``novelty_p_value`` float64 (n,), unrounded: verdicts compare it with a threshold.
    """
    kept = {"index": rows, "target": dataset.targets[rows], "logits": passed.logits}
    if guard is None:
        return kept
    p_values = guard.p_values(passed.features, passed.logits.argmax(axis=1))
    return kept | {"novelty_p_value": p_values}


def _known(network: Any) -> Known | None:
    arrays = known.arrays(network)
    return None if arrays is None else Known.of(*arrays, channels=CONV_MAP_SHAPE[-1])


def _can_calibrate(parts: Parts, dataset: Dataset) -> bool:
    """Whether every class of the data has the images that a 99% promise needs.

    Else the model makes none. Classes that only corrections name have no promise either way.
    """
    counts = np.bincount(dataset.targets[parts.calibration], minlength=len(dataset.labels))
    return bool(counts[np.unique(dataset.targets)].min() >= _CALIBRATION_LEAST)


def _calibrate(
    folder: Path,
    forward: ForwardPass,
    dataset: Dataset,
    parts: Parts,
    corrected: Corrected | None,
    is_known: Known | None = None,
) -> Calibration:
    rng = np.random.default_rng(_SEED)
    mixed = half_randomized(
        forward, dataset, rng.permutation(parts.calibration), parts.anatomy, rng
    )
    divisor = temperature.fit(mixed.passed.logits, mixed.targets)
    plain = run(forward, dataset.images, parts.calibration)
    targets = dataset.targets[parts.calibration]
    without = [name for name, images in dataset.counts().items() if not images]
    sets = conformal.fit(
        plain.logits, targets, dataset.labels, temperature=divisor, without=without
    )
    described_rows = rng.choice(parts.train, min(_NOVELTY_IMAGES, len(parts.train)), replace=False)
    described = half_randomized(forward, dataset, described_rows, parts.anatomy, rng)
    learned, classes = described.passed.features, described.targets
    if corrected is not None and len(corrected.known):
        learned = FeatureSet.joined([learned, corrected.known])
        classes = np.concatenate([classes, corrected.targets])
    guard = novelty.fit(
        learned,
        classes,
        mixed.passed.features,
        seed=_SEED,
        reported=None if corrected is None else corrected.strange,
        reported_scans=None if corrected is None else corrected.scans,
        known=is_known,
        predicted=mixed.passed.logits.argmax(axis=1),
    )
    guard.save(folder / NOVELTY)
    shown, targets = randomized(forward, dataset, parts.calibration, parts.anatomy, rng)
    rates = Thresholds() if is_known is None else Thresholds(novelty_review=_REVIEWED_WITH_KNOWN)
    limits = with_probability(rates, shown, targets, divisor, sets, guard)
    return Calibration(divisor, sets, limits, sets.counts())


def _some(rows: np.ndarray, count: int) -> np.ndarray:
    """A fixed random choice of the rows."""
    return np.random.default_rng(_SEED).permutation(rows)[:count]


def _similar(path: Path, forward: ForwardPass, dataset: Dataset, train: np.ndarray) -> None:
    """Features of a sample of training images, to find similar cases among."""
    rng = np.random.default_rng(_SEED)
    chosen = []
    for label in range(len(dataset.labels)):
        members = train[dataset.targets[train] == label]
        chosen.append(rng.choice(members, min(_SIMILAR_PER_CLASS, len(members)), replace=False))
    rows = np.sort(np.concatenate(chosen))
    found = run(forward, dataset.images, rows).features
    np.savez_compressed(
        path,
        vectors=found.vectors.astype(np.float16),
        index=rows,
        target=dataset.targets[rows],
    )


def _corrected_scans(corrections: ApprovedCorrections) -> dict[str, int]:
    """Scans by answer as a model's description has them: "" is "none of these"."""
    return {answer or "": scans for answer, scans in corrections.scans_by_answer().items()}


def _versions() -> MadeWith:
    import platform

    import keras

    return MadeWith(arncnn.__version__, keras.__version__, platform.python_version())
