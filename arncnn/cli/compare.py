"""``compare``: train and measure networks side by side, resuming where it stopped."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from arncnn.cli.progress import ProgressBar
from arncnn.experiments.comparison.budget import BUDGETS, named
from arncnn.experiments.comparison.rows import BASELINES, TRAINED


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = (
        "The file is written after every run; the same command resumes where it stopped. "
        + " ".join(f"{budget.name}: {budget.sentence}" for budget in BUDGETS.values())
    )
    parser.add_argument("--budget", choices=list(BUDGETS), default="small")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="of the results")
    parser.add_argument(
        "--rows",
        nargs="+",
        default=[],
        metavar="ROW",
        help=f"only these: {', '.join(row.key for row in (*BASELINES, *TRAINED))}",
    )
    parser.add_argument("--external", type=Path, metavar="FOLDER", help="in/<Class>, measured too")
    parser.add_argument("--from", dest="source", metavar="SOURCE", help="of the data")


def run(arguments: argparse.Namespace) -> int:
    """Run what is missing; print one JSON object with the accuracy of every run."""
    from arncnn.experiments.comparison.compare import compare

    def on_event(event: dict[str, Any]) -> None:
        if event["event"] == "epoch":
            progress.close()
            sys.stderr.write(
                f"epoch {event['epoch']}: loss {event['loss']:.4f}, "
                f"V_acc {event['v_acc']:.2f}%, {event['duration_s']:.0f} s\n"
            )

    with ProgressBar() as progress:
        found = compare(
            named(arguments.budget),
            arguments.out,
            rows=arguments.rows,
            source=arguments.source,
            external=arguments.external,
            progress=progress,
            on_event=on_event,
        )
    rows = [
        {"row": run.key, "seed": run.seed, "accuracy": None if run.failed else run.accuracy}
        for run in found.runs
    ]
    json.dump({"budget": found.budget.to_json(), "runs": rows}, sys.stdout, indent=1)
    sys.stdout.write("\n")
    return 0
