"""``evaluate``: measure a model, on its test part, on an external folder, on corruptions."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from arncnn.cli.progress import ProgressBar
from arncnn.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "what",
        nargs="?",
        choices=["explanations", "corrections", "left-out", "seeds"],
        help="measure the maps; what corrections of half of --external do for the other half; "
        "whether a class that training never saw is noticed, each in turn; or how far trainings "
        "of other seeds differ on --external",
    )
    parser.add_argument("--split", choices=["paper-test", "no-twins"], help="of Medical MNIST")
    parser.add_argument(
        "--folds", type=Path, metavar="FOLDER", help="of runs by train --fold: out-of-fold figures"
    )
    parser.add_argument("--external", type=Path, metavar="FOLDER", help="in/<Class>, ood/<kind>")
    parser.add_argument(
        "--corruptions", action="store_true", help="the test part, spoilt on purpose"
    )
    parser.add_argument("--model", type=Path, metavar="FOLDER", help="default: the bundled model")
    parser.add_argument(
        "--from", dest="source", metavar="SOURCE", help="of the data; else ARNCNN_DATA"
    )
    parser.add_argument(
        "--images", type=int, default=500, metavar="N", help="for explanations, corruptions"
    )
    parser.add_argument("--halves", type=int, default=5, metavar="N", help="for corrections")
    parser.add_argument(
        "--minutes", type=float, default=10.0, metavar="M", help="that a fine-tune may take"
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="for corrections and left-out"
    )
    parser.add_argument(
        "--runs", type=Path, metavar="FOLDER", help="left-out, seeds: of the trainings"
    )
    parser.add_argument(
        "--subset", type=int, default=18_000, metavar="N", help="left-out: training images a class"
    )
    parser.add_argument("--epochs", type=int, default=8, metavar="N", help="left-out: a class")
    parser.add_argument("--json", action="store_true", help="print JSON (the only form there is)")


def run(arguments: argparse.Namespace) -> int:
    """Measure and print one JSON object."""
    progress = ProgressBar()
    try:
        if arguments.what == "corrections":
            result = _corrections(arguments, progress)
        elif arguments.what == "left-out":
            result = _left_out(arguments, progress)
        elif arguments.what == "seeds":
            result = _seeds(arguments, progress)
        elif arguments.folds is not None:
            from arncnn.evaluation import folds

            result = folds.report(arguments.folds)
        else:
            from arncnn.inference.reader import Reader

            result = _measure(arguments, Reader.open(arguments.model), progress)
    finally:
        progress.close()
    json.dump(result, sys.stdout, indent=1)
    sys.stdout.write("\n")
    return 0


def _measure(arguments: argparse.Namespace, reader: Any, progress: ProgressBar) -> dict[str, Any]:
    from arncnn.evaluation import suite

    if arguments.external is not None:
        return suite.external(reader, arguments.external, progress)
    if arguments.what == "explanations":
        return suite.explanations(reader, arguments.source, arguments.images, progress)
    if arguments.corruptions:
        return suite.corruptions(reader, arguments.source, arguments.images, progress)
    if arguments.split is None:
        raise UsageError(
            "Say what to measure: --split paper-test or no-twins, --folds DIR, --corruptions or "
            "--external DIR."
        )
    of_split = suite.paper_test if arguments.split == "paper-test" else suite.without_twins
    return of_split(reader, arguments.source, progress)


def _corrections(arguments: argparse.Namespace, progress: ProgressBar) -> dict[str, Any]:
    if arguments.external is None:
        raise UsageError("Name the scans to correct and to measure: --external DIR.")
    from arncnn import config
    from arncnn.experiments import adaptation

    def on_half(half: dict[str, Any]) -> None:
        progress.close()
        figures = {name: value for name, value in half.items() if name != "rows"}
        sys.stderr.write(json.dumps(figures) + "\n")

    return adaptation.halves(
        arguments.external,
        arguments.model or config.default_model(),
        arguments.source,
        count=arguments.halves,
        minutes=arguments.minutes,
        seed=arguments.seed,
        progress=progress,
        on_half=on_half,
    )


def _seeds(arguments: argparse.Namespace, progress: ProgressBar) -> dict[str, Any]:
    if arguments.runs is None or arguments.external is None:
        raise UsageError("Name the trainings and the scans: --runs FOLDER --external DIR.")
    from arncnn.evaluation import seeds

    return seeds.report(arguments.runs, arguments.external, progress)


def _left_out(arguments: argparse.Namespace, progress: ProgressBar) -> dict[str, Any]:
    if arguments.runs is None:
        raise UsageError("Name a folder for the trainings, one a class: --runs FOLDER.")
    from arncnn.experiments import leave_one_class_out
    from arncnn.training.recipe import ROBUST

    def on_event(event: dict[str, Any]) -> None:
        if event["event"] == "step":
            progress(f"epoch {event['epoch']}", event["step"], event["steps"])

    return leave_one_class_out.measure(
        ROBUST,
        arguments.runs,
        source=arguments.source,
        subset=arguments.subset,
        epochs=arguments.epochs,
        seed=arguments.seed,
        progress=progress,
        on_event=on_event,
    )
