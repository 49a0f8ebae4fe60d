"""measure: a Reader against the data: what ``evaluate`` prints and the pages show.

| Function | On |
| --- | --- |
| ``paper_test`` | the test part of the paper's split |
| ``without_twins`` | test and watched images that have no near-twin among those learned |
| ``external`` | a folder of scans from elsewhere |
| ``corruptions`` | the test part, spoilt on purpose |
| ``explanations`` | the maps of test images |
"""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from arncnn import data, preprocess
from arncnn.data import Dataset, duplicates, splits
from arncnn.errors import DataError
from arncnn.evaluation import corruptions as suite
from arncnn.evaluation.external import external_report, read_folder
from arncnn.evaluation.intervals import share
from arncnn.evaluation.report import calibration_report, paper_test_report
from arncnn.inference.batched import Passed, run
from arncnn.inference.reader import Reader
from arncnn.intake import expand
from arncnn.progress import Progress
from arncnn.uncertainty import verdict
from arncnn.uncertainty.novelty import Novelty
from arncnn.uncertainty.temperature import softmax

_SEED = 5


def paper_test(reader: Reader, source: str | None, progress: Progress) -> dict[str, Any]:
    """The paper's figures on its test part, with calibration, sets and refusals beside them."""
    dataset, rows = _test_part(reader, source, progress)
    progress("reading", 0, len(rows))
    passed = run(reader.forward, dataset.images, rows)
    targets = dataset.targets[rows]
    report = paper_test_report(
        passed.logits,
        targets,
        reader.labels,
        vars(reader.bundle.identity),
        temperature=reader.temperature,
    )
    report["calibration"] = calibration_report(
        passed.logits, targets, temperature=reader.temperature
    )
    if reader.sets is not None:
        inside = reader.sets.sets(passed.logits)
        covered = share(int(inside[np.arange(len(rows)), targets].sum()), len(rows))
        report["prediction_sets"] = {
            "promised_coverage": 1 - reader.sets.alpha,
            "coverage": covered.value,
            "coverage_interval": [covered.lower, covered.upper],
            "mean_size": float(inside.sum(axis=1).mean()),
            "calibration_images": reader.sets.counts(),
        }
    if reader.novelty is not None:
        for name, count in _verdict_counts(reader, reader.novelty, passed).items():
            found = share(count, len(rows))
            report[name] = found.value
            report[f"{name}_interval"] = [found.lower, found.upper]
    return report


def without_twins(reader: Reader, source: str | None, progress: Progress) -> dict[str, Any]:
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
    p_values = novelty.p_values(passed.features)
    probabilities = softmax(passed.logits, reader.temperature)
    verdicts = Counter(
        verdict.decide(
            label=reader.labels[int(row.argmax())],
            probability=float(row.max()),
            novelty_p_value=float(p_value),
            prediction_set=None if reader.sets is None else reader.sets.prediction_set(logits),
            classes=len(reader.labels),
            thresholds=reader.thresholds,
        ).verdict
        for row, p_value, logits in zip(probabilities, p_values, passed.logits, strict=True)
    )
    return {
        "refused_share": verdicts["refuse"],
        "not_accepted_share": verdicts["refuse"] + verdicts["review"],
    }


def external(reader: Reader, folder: Path, progress: Progress) -> dict[str, Any]:
    """Accuracy and refusals on ``in/<Class>`` and ``ood/<kind>``."""
    progress("reading", 0, None)
    report = external_report(read_folder(folder, reader.read, expand), reader.labels)
    return {**report, "model": vars(reader.bundle.identity)}


def corruptions(
    reader: Reader, source: str | None, images: int, progress: Progress
) -> dict[str, Any]:
    """Accuracy on test images under every family and strength of corruption."""
    dataset, rows = _test_part(reader, source, progress)
    rows = np.random.default_rng(_SEED).permutation(rows)[:images]

    def predict(shown: np.ndarray) -> np.ndarray:
        return reader.forward(preprocess.normalize(shown)).logits.argmax(axis=1)

    results = suite.corruption_suite(
        predict,
        dataset.images[rows],
        dataset.targets[rows],
        progress=lambda done, total: progress("corruptions", done, total),
    )
    rows_out = [
        {
            "family": result.family,
            "strength": result.strength,
            "seen_in_training": result.seen_in_training,
            "accuracy": result.accuracy.value,
            "accuracy_interval": [result.accuracy.lower, result.accuracy.upper],
        }
        for result in results
    ]
    unseen = [result.accuracy.value for result in results if not result.seen_in_training]
    return {
        "n": len(rows),
        "mean_accuracy": float(np.mean([result.accuracy.value for result in results])),
        "mean_accuracy_unseen": float(np.mean(unseen)),
        "corruptions": rows_out,
        "model": vars(reader.bundle.identity),
    }


def explanations(
    reader: Reader, source: str | None, images: int, progress: Progress
) -> dict[str, Any]:
    """Deletion, insertion and the randomisation check of every method, on test images."""
    from arncnn.explain.evaluation import evaluate_explanations

    dataset, rows = _test_part(reader, source, progress)
    rows = np.random.default_rng(_SEED).permutation(rows)[:images]
    shown = preprocess.normalize(np.asarray(dataset.images[rows]))
    report: dict[str, Any] = evaluate_explanations(
        reader.bundle.network(),
        shown,
        progress=progress,
    )
    return {**report, "model": vars(reader.bundle.identity)}


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
