"""The reports of ``evaluate``: a Reader against the data, as the command prints them.

| Function | On |
| --- | --- |
| ``paper_test_report`` | the test part of the paper's split |
| ``no_twins_report`` | test and watched images that have no near-twin among those learned |
| ``corruption_report`` | the test part, corrupted on purpose |
| ``explanation_report`` | the maps of test images |
| ``looks_report`` | test images of a class in each look, against outliers |

A folder of external scans has ``external.external_report``.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from arncnn import data, preprocess
from arncnn.data import Dataset, duplicates, splits
from arncnn.data.outliers import Outliers
from arncnn.errors import DataError, UsageError
from arncnn.evaluation import looks
from arncnn.evaluation.corruptions import corruption_suite
from arncnn.evaluation.intervals import share
from arncnn.evaluation.report import calibration_report, classification_report
from arncnn.evaluation.selective import set_summary
from arncnn.inference.batched import Passed, run
from arncnn.inference.reader import Reader
from arncnn.progress import Progress
from arncnn.uncertainty import verdict
from arncnn.uncertainty.novelty import Novelty
from arncnn.uncertainty.temperature import softmax

_SEED = 5


def paper_test_report(reader: Reader, source: str | None, progress: Progress) -> dict[str, Any]:
    """The paper's figures on its test part, with calibration, sets and refusals beside them."""
    dataset, rows = _test_part(reader, source, progress)
    progress("reading", 0, len(rows))
    passed = run(reader.forward, dataset.images, rows)
    predicted = passed.logits, dataset.targets[rows]
    report = classification_report(*predicted, reader.labels, temperature=reader.temperature)
    report["model"] = vars(reader.bundle.identity)
    report["calibration"] = calibration_report(*predicted, temperature=reader.temperature)
    if reader.sets is not None:
        summary = set_summary(reader.sets.sets(passed.logits), dataset.targets[rows])
        report["prediction_sets"] = {
            "promised_coverage": 1 - reader.sets.alpha,
            **summary.coverage.named("coverage"),
            "mean_size": summary.mean_size,
            "calibration_images": reader.sets.counts(),
        }
    if reader.novelty is not None:
        for name, count in _verdict_counts(reader, reader.novelty, passed).items():
            report |= share(count, len(rows)).named(name)
    return report


def no_twins_report(reader: Reader, source: str | None, progress: Progress) -> dict[str, Any]:
    """Errors on the paper's split where no near-twin was learned: a grouped test set.

    The paper's split is drawn image by image, so many of its test images have a near-twin that
    was trained on. Those are left out here. The part that training watches, but never learns
    from, is as good a test for a model whose weights no watched figure chose; it is counted by
    itself.
    """
    dataset, _ = _test_part(reader, source, progress)
    split = splits.paper(dataset)
    duplicates.near_twins(dataset, progress)
    report: dict[str, Any] = {}
    wrong_of_all = of_all = 0
    for name, rows in (("test", split.test), ("validation", split.validation)):
        left = np.setdiff1d(rows, duplicates.with_twin_in(dataset, rows, split.train))
        progress(name, 0, len(left))
        answers = run(reader.forward, dataset.images, left).logits.argmax(axis=1)
        wrong = int((answers != dataset.targets[left]).sum())
        found = share(wrong, len(left)).to_json()
        report[name] = {"errors": wrong, "with_a_twin": len(rows) - len(left), **found}
        wrong_of_all, of_all = wrong_of_all + wrong, of_all + len(left)
    report["both"] = {"errors": wrong_of_all, **share(wrong_of_all, of_all).to_json()}
    return {**report, "model": vars(reader.bundle.identity)}


def _verdict_counts(reader: Reader, novelty: Novelty, passed: Passed) -> dict[str, int]:
    """How many images the rule of verdicts refuses, and how many it does not accept."""
    probabilities = softmax(passed.logits, reader.temperature)
    signs = verdict.weigh(
        probabilities.argmax(axis=1),
        probabilities.max(axis=1),
        novelty_p_value=novelty.p_values(passed.features, passed.logits.argmax(axis=1)),
        in_set=None if reader.sets is None else reader.sets.sets(passed.logits),
        thresholds=reader.thresholds,
    )
    return {
        "refused_share": int(signs.is_refused.sum()),
        "not_accepted_share": int((~signs.is_accepted).sum()),
    }


def corruption_report(
    reader: Reader, source: str | None, images: int, progress: Progress
) -> dict[str, Any]:
    """Accuracy on test images under every family and strength of corruption."""
    dataset, rows = _sample(reader, source, images, progress)

    def predict(shown: np.ndarray) -> np.ndarray:
        return run(reader.forward, shown, np.arange(len(shown))).logits.argmax(axis=1)

    results = corruption_suite(
        predict,
        dataset.images[rows],
        dataset.targets[rows],
        progress=lambda done, total: progress("corruptions", done, total),
    )
    unseen = [result.accuracy.value for result in results if not result.seen_in_training]
    return {
        "n": len(rows),
        "mean_accuracy": float(np.mean([result.accuracy.value for result in results])),
        "mean_accuracy_unseen": float(np.mean(unseen)),
        "corruptions": [
            {
                "family": result.family,
                "strength": result.strength,
                "seen_in_training": result.seen_in_training,
                **result.accuracy.named("accuracy"),
            }
            for result in results
        ],
        "model": vars(reader.bundle.identity),
    }


def explanation_report(
    reader: Reader, source: str | None, images: int, progress: Progress
) -> dict[str, Any]:
    """Deletion, insertion and the randomisation check of every method, on test images."""
    from arncnn.explain.evaluation import evaluate_explanations

    dataset, rows = _sample(reader, source, images, progress)
    shown = preprocess.normalize(np.asarray(dataset.images[rows]))
    report = evaluate_explanations(reader.bundle.network(), shown, progress=progress)
    return {**report, "model": vars(reader.bundle.identity)}


def looks_report(
    reader: Reader,
    source: str | None,
    outliers: Outliers,
    kinds: Sequence[str],
    images: int,
    progress: Progress,
) -> dict[str, Any]:
    """Whether each look leaves test images of a class above the outliers read as that class.

    Raises:
        UsageError: the model has no output "known".
    """
    if reader.novelty is None or reader.novelty.known is None:
        raise UsageError('The model has no output "known": it was trained without outliers.')
    dataset, rows = _test_part(reader, source, progress)
    known = reader.novelty.known
    report = looks.looks_report(reader.forward, known, dataset, rows, outliers, kinds, images)
    return {**report, "model": vars(reader.bundle.identity)}


def _sample(
    reader: Reader, source: str | None, images: int, progress: Progress
) -> tuple[Dataset, np.ndarray]:
    dataset, rows = _test_part(reader, source, progress)
    return dataset, np.random.default_rng(_SEED).permutation(rows)[:images]


def _test_part(
    reader: Reader, source: str | None, progress: Progress
) -> tuple[Dataset, np.ndarray]:
    dataset = data.load(source, progress)
    if not set(dataset.labels) <= set(reader.labels):  # a model may know more, by corrections
        raise DataError(
            f"The data set's classes ({', '.join(dataset.labels)}) are not the model's "
            f"({', '.join(reader.labels)})."
        )
    return dataset.with_labels(reader.labels), np.sort(splits.paper(dataset).test)
