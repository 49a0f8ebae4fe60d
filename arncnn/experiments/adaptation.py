"""Adaptation: how much a few corrections of a hospital's own scans help there.

Random halves of a folder of external scans: one half is corrected and approved through
the store, exported and learned from by a fine-tune of the model in service, exactly as a job
does it; the other half measures the model before and after. Nothing of the scans is kept.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from arncnn.errors import DataError
from arncnn.evaluation import external
from arncnn.evaluation.intervals import macro_interval, share
from arncnn.inference.reader import Reader
from arncnn.inference.reading import Reading
from arncnn.intake.scan import Scan
from arncnn.models.bundle import ModelBundle
from arncnn.models.predictions import Predictions
from arncnn.models.recipe import FINE_TUNE
from arncnn.pipeline.train import train
from arncnn.progress import Progress
from arncnn.store import LOCAL_USER, Store, training_examples
from arncnn.store.case import NewCase
from arncnn.store.corrections import PROPOSED_WEIGHT
from arncnn.training.request import TrainingRequest

FEWEST, MOST = 3, 7  # scans a class that are corrected in a half
_RELEASE_S = 120.0  # of the minutes, kept for calibrating and sealing


@dataclass(frozen=True, eq=False)
class _Known:
    """A scan of the folder with its class; ``group`` keeps slices of a series together."""

    scan: Scan
    truth: str
    group: str


def halves(
    folder: Path,
    model: Path,
    source: str | None,
    *,
    count: int = 5,
    minutes: float = 10.0,
    seed: int = 0,
    progress: Progress = lambda stage, done, total: None,
    on_half: Callable[[dict[str, Any]], None] = lambda half: None,
) -> dict[str, Any]:
    """Correct one half, fine-tune, measure the other; several times, pooled.

    Args:
        folder: ``in/<Class>/`` of the model's classes.
        model: folder of the model in service.
        source: of Medical MNIST, replayed beside the corrections.
        count: how many random halves.
        minutes: that a fine-tune may take, calibration included.
        seed: of the halves and of the trainings.
        progress: told what goes on.
        on_half: told of each half when it is measured.

    Raises:
        DataError: a class has too few scans to be halved.
    """
    before = Reader.open(model)
    scans = _open(folder, before.labels)
    first = [before.read(known.scan) for known in scans]
    found = []
    for number in range(count):
        progress("half", number + 1, count)
        corrected = _choose(scans, np.random.default_rng([seed, number]))
        with tempfile.TemporaryDirectory(prefix="arncnn-adaptation-") as place:
            half = _one_half(
                scans, first, corrected, before, Path(place), source, minutes, seed, progress
            )
        found.append(half)
        on_half(half)
    return {
        "model": vars(before.bundle.identity),
        "scans": len(scans),
        "weight": PROPOSED_WEIGHT,
        "minutes_at_most": minutes,
        "halves": found,
        "pooled": _pooled(found, before.labels),
    }


def _open(folder: Path, labels: tuple[str, ...]) -> list[_Known]:
    files = (file for file in external.known_files(folder, labels) if file[0] == "in")
    opened = [(item.open(), kind) for _, kind, item in files]
    return [_Known(scan, kind, scan.series_key or scan.sha256) for scan, kind in opened]


def _choose(scans: list[_Known], rng: np.random.Generator) -> frozenset[int]:
    """Half of each class, between ``FEWEST`` and ``MOST`` scans; a series is not torn apart."""
    chosen: set[int] = set()
    for label in sorted({known.truth for known in scans}):
        members = [row for row, known in enumerate(scans) if known.truth == label]
        if len(members) < 2 * FEWEST:
            raise DataError(
                f"{label} has {len(members)} scans; at least {2 * FEWEST} are needed for halves."
            )
        wanted = min(MOST, len(members) // 2)
        groups = sorted({scans[row].group for row in members})
        taken: list[int] = []
        for group in rng.permutation(groups):
            if len(taken) < wanted:
                taken += [row for row in members if scans[row].group == group]
        chosen.update(taken)
    return frozenset(chosen)


def _one_half(
    scans: list[_Known],
    first: list[Reading],
    corrected: frozenset[int],
    before: Reader,
    place: Path,
    source: str | None,
    minutes: float,
    seed: int,
    progress: Progress,
) -> dict[str, Any]:
    began = time.monotonic()
    examples = _approve(scans, first, corrected, before.labels, place)
    until = began + 60.0 * minutes - _RELEASE_S
    trained = train(
        TrainingRequest(
            FINE_TUNE.name,
            seed=seed,
            source=source,
            initial=str(before.bundle.folder),
            corrections=str(examples),
        ),
        place / "run",
        on_event=lambda event: progress(event["event"], event.get("step", 0), event.get("steps")),
        should_stop=lambda: time.monotonic() > until,
    )
    duration_s = time.monotonic() - began
    after = Reader.open(trained.folder)
    measured = [row for row in range(len(scans)) if row not in corrected]
    rows = [
        {
            "scan": row,
            "class": scans[row].truth,
            "before": first[row].pixel_label == scans[row].truth,
            "after": (reading := after.read(scans[row].scan)).pixel_label == scans[row].truth,
            "accepted_before": first[row].verdict == "accept",
            "accepted_after": reading.verdict == "accept",
        }
        for row in measured
    ]
    return {
        "corrected": len(corrected),
        "measured": len(measured),
        "errors_before": sum(not row["before"] for row in rows),
        "errors_after": sum(not row["after"] for row in rows),
        "accepted_wrong_before": sum(r["accepted_before"] and not r["before"] for r in rows),
        "accepted_wrong_after": sum(r["accepted_after"] and not r["after"] for r in rows),
        "paper_test": _at_home(before.bundle, trained),
        "fine_tune_s": duration_s,
        "rows": rows,
    }


def _approve(
    scans: list[_Known],
    first: list[Reading],
    corrected: frozenset[int],
    labels: tuple[str, ...],
    place: Path,
) -> Path:
    """The way of every correction: case, word, approval, export."""
    store = Store.open(f"sqlite:///{place / 'store.sqlite'}", folder=place)
    try:
        for row in sorted(corrected):
            known, reading = scans[row], first[row]
            display = np.rint(255.0 * reading.model_input.images[0, :, :, 0]).astype(np.uint8)
            case = store.cases.add(LOCAL_USER, NewCase.of(reading, known.scan, display))
            said = store.corrections.submit(LOCAL_USER, case.id, label=known.truth)
            store.corrections.review(LOCAL_USER, said.id, approve=True, weight=PROPOSED_WEIGHT)
        file = place / "corrections.npz"
        training_examples.export(store, LOCAL_USER, labels, file)
    finally:
        store.close()
    return file


def _at_home(before: ModelBundle, after: ModelBundle) -> dict[str, int]:
    """Errors on the test part as sealed with each model, and those that are new."""
    sealed = [Predictions.of(bundle) for bundle in (before, after)]
    was, now = (found.is_right[np.argsort(found.index, kind="stable")] for found in sealed)
    return {
        "n": len(was),
        "errors_before": int((~was).sum()),
        "errors_after": int((~now).sum()),
        "new_errors": int((was & ~now).sum()),
    }


def _pooled(found: list[dict[str, Any]], labels: tuple[str, ...]) -> dict[str, Any]:
    rows = [row for half in found for row in half["rows"]]
    return {
        "n": len(rows),
        "errors_before": sum(not row["before"] for row in rows),
        "errors_after": sum(not row["after"] for row in rows),
        "macro_before": _macro(rows, "before"),
        "macro_after": _macro(rows, "after"),
        "macro_after_interval": _interval(rows, "after"),
        "per_class_after": {
            label: share(sum(r["after"] for r in of_label), len(of_label)).to_json()
            for label in labels
            if (of_label := [row for row in rows if row["class"] == label])
        },
        "paper_test_errors_before": found[0]["paper_test"]["errors_before"],
        "paper_test_errors_after": [half["paper_test"]["errors_after"] for half in found],
        "paper_test_new_errors": [half["paper_test"]["new_errors"] for half in found],
    }


def _macro(rows: list[dict[str, Any]], when: str) -> float:
    classes = sorted({row["class"] for row in rows})
    return float(
        np.mean([np.mean([row[when] for row in rows if row["class"] == c]) for c in classes])
    )


def _interval(rows: list[dict[str, Any]], when: str) -> list[float]:
    """Of the macro accuracy; a scan that several halves measure counts once, by its mean."""
    hits, scans = [], []
    for label in sorted({row["class"] for row in rows}):
        of_label = [row for row in rows if row["class"] == label]
        distinct = {row["scan"] for row in of_label}
        means = [np.mean([r[when] for r in of_label if r["scan"] == scan]) for scan in distinct]
        hits.append(float(np.sum(means)))
        scans.append(len(distinct))
    return macro_interval(hits, scans)
