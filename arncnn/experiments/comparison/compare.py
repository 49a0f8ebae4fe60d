"""The comparison: every row and seed that the budget names, resumed where it stopped."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from arncnn import config, data
from arncnn.data import splits
from arncnn.errors import UsageError
from arncnn.experiments.comparison import external_scans
from arncnn.experiments.comparison.baselines import run_baseline
from arncnn.experiments.comparison.budget import Budget
from arncnn.experiments.comparison.result import Comparison, load
from arncnn.experiments.comparison.rows import BASELINES, BY_KEY, TRAINED
from arncnn.files import write_durably
from arncnn.progress import Progress

_BASELINE_KEYS = frozenset(row.key for row in BASELINES)  # they need no network, nor the folder


def compare(
    budget: Budget,
    out: Path,
    *,
    rows: Sequence[str] = (),
    source: str | None = None,
    external: Path | None = None,
    progress: Progress | None = None,
    on_event: Callable[[dict[str, Any]], None] = lambda event: None,
) -> Comparison:
    """Run what is missing and write the file after every run.

    All rows are run with the first seed before any is run with the second, so that a
    comparison that is stopped early is whole as far as it goes.

    Args:
        budget: of every row.
        out: the results; those already there are kept.
        rows: keys of the rows to run; all when empty.
        source: of the data; None for what ``ARNCNN_DATA`` names.
        external: folder with ``in/<Class>/`` to measure on as well.
        progress: of preparing the data and of the rows.
        on_event: told how each training goes.

    Raises:
        UsageError: a row that does not exist, or a file of another budget, data set or split.
    """
    wanted = _known(rows)
    dataset = data.load(source, progress)
    split = splits.paper(dataset)
    scans = external_scans.read(external, dataset.labels) if external is not None else []
    now = Comparison(budget, dataset.sha256, split.sha256, len(split.test), len(scans))
    now = _continued(now, load(out))
    baselines = [(row.key, 0) for row in BASELINES]
    trained = [(row.key, seed) for seed in range(budget.seeds) for row in TRAINED]
    left = [(k, s) for k, s in baselines + trained if k in wanted and not now.has(k, s)]
    for done, (key, seed) in enumerate(left):
        if progress:
            progress(f"{key}, seed {seed}", done, len(left))
        if (key, seed) in baselines:
            found = run_baseline(key, dataset, split, budget.corruption_images, scans)
        else:
            from arncnn.experiments.comparison.trained import train_row  # Keras loads here

            folder = f"{dataset.sha256[:12]}-{budget.images}x{budget.epochs}"
            run_dir = config.home() / "comparison" / folder / f"{key}-{seed}"
            found = train_row(BY_KEY[key], seed, budget, dataset, split, scans, run_dir, on_event)
            shutil.rmtree(run_dir, ignore_errors=True)
        now = now.with_run(found)
        text = json.dumps(now.to_json(), indent=1) + "\n"
        write_durably(out, text.encode(), is_private=False)
    return now


def _known(rows: Sequence[str]) -> set[str]:
    runnable = [row.key for row in (*BASELINES, *TRAINED)]
    strange = set(rows) - set(runnable)
    if strange:
        raise UsageError(
            f"There is no row {', '.join(sorted(strange))}; choose from {', '.join(runnable)}."
        )
    return set(rows) or set(runnable)


def _continued(now: Comparison, before: Comparison | None) -> Comparison:
    if before is None:
        return now
    only_baselines = all(run.key in _BASELINE_KEYS for run in before.runs)
    same_external = only_baselines or before.external_images == now.external_images
    same = (before.budget, before.data_sha256, before.split_sha256) == (
        now.budget,
        now.data_sha256,
        now.split_sha256,
    )
    if not (same and same_external):
        raise UsageError(
            "The file holds a comparison of another budget, data set, split or external "
            "folder. Choose another file with --out, or remove this one."
        )
    return replace(now, runs=before.runs)
