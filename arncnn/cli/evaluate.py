"""``evaluate WHAT``: measure a model, a recipe's trainings, or what corrections do."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arncnn.cli.progress import ProgressBar
from arncnn.errors import UsageError

if TYPE_CHECKING:
    from arncnn.inference.reader import Reader

_FOLDER: dict[str, Any] = {"type": Path, "metavar": "FOLDER"}
_NUMBER: dict[str, Any] = {"type": int, "metavar": "N"}
_SCANS = {**_FOLDER, "help": "of external scans: in/<Class>, ood/<kind>"}
_FOLDS = {**_FOLDER, "help": "of runs by train --fold"}
_OPTIONS: dict[str, dict[str, Any]] = {
    "--split": {
        "choices": ["paper-test", "no-twins"],
        "help": "the paper's test set (default), or its images without a near-duplicate",
    },
    "--external": _SCANS,
    "--corruptions": {"action": "store_true"},
    "--folds": _FOLDS,
    "--runs": {**_FOLDER, "help": "of the trainings"},
    "--model": {**_FOLDER, "help": "default: the bundled model"},
    "--from": {"dest": "source", "metavar": "SOURCE", "help": "of the data; else ARNCNN_DATA"},
    "--images": {**_NUMBER, "default": 500, "help": "of the test set; default: 500"},
    "--halves": {**_NUMBER, "default": 5, "help": "how many random halves; default: 5"},
    "--minutes": {"type": float, "default": 10.0, "metavar": "M", "help": "a fine-tune may take"},
    "--seed": {**_NUMBER, "default": 0, "help": "of the trainings"},
    "--subset": {
        **_NUMBER,
        "default": 18_000,
        "help": "training images per class left out; 0: all",
    },
    "--epochs": {**_NUMBER, "default": 8, "help": "of each training"},
    "--kinds": {**_FOLDER, "help": "of images: <kind>/"},
    "--trainings": {**_NUMBER, "default": 5, "help": "seeds; default: 5"},
    "--few": {**_NUMBER, "default": 10, "help": "training images per class; default: 10"},
    "--recipe": {
        "default": "robust",
        "choices": ["robust", "outliers"],
        "help": "of the trainings",
    },
    "--outliers": {**_FOLDER, "help": "of <kind>/ folders of images, for the recipe outliers"},
    "--kind": {
        "action": "append",
        "default": [],
        "metavar": "KIND",
        "help": "of outlier; may be repeated; default: all",
    },
    "--json": {"action": "store_true", "help": "print JSON (the only form there is)"},
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be measured, each with its options.

    The command itself takes all options too, unlisted: ``evaluate --split paper-test`` and
    ``evaluate --external FOLDER`` were how one asked before there were sub-commands.
    """
    for option, how in _OPTIONS.items():
        parser.add_argument(option, **{**how, "help": argparse.SUPPRESS})
    commands = parser.add_subparsers(dest="what", metavar="WHAT")
    for name, (line, options, _) in _WHAT.items():
        command = commands.add_parser(name, help=line, description=f"{line[0].upper()}{line[1:]}.")
        for option in (*options.split(), "--json"):
            how = _OPTIONS.get(option) or _OPTIONS[f"--{option}"]
            default = {"default": argparse.SUPPRESS} if option.startswith("--") else {}
            command.add_argument(option, **{**how, **default})


def run(arguments: argparse.Namespace) -> int:
    """Measure and print one JSON object."""
    _, _, measure = _WHAT[arguments.what or _asked_by_option(arguments)]
    with ProgressBar() as progress:
        result = measure(arguments, progress)
    json.dump(result, sys.stdout, indent=1)
    sys.stdout.write("\n")
    return 0


def _asked_by_option(arguments: argparse.Namespace) -> str:
    for option in ("folds", "external", "corruptions"):
        if getattr(arguments, option):
            return option
    if arguments.split is None:
        raise UsageError(
            f"Specify what to measure: evaluate {', '.join(_WHAT)}; see evaluate WHAT --help."
        )
    return "test"


def _reader(arguments: argparse.Namespace) -> "Reader":
    from arncnn.inference.reader import Reader

    return Reader.open(arguments.model)


def _test(arguments: argparse.Namespace, progress: ProgressBar) -> dict[str, Any]:
    from arncnn.evaluation import suite

    is_strict = arguments.split == "no-twins"
    report = suite.no_twins_report if is_strict else suite.paper_test_report
    return report(_reader(arguments), arguments.source, progress)


def _external(arguments: argparse.Namespace, progress: ProgressBar) -> dict[str, Any]:
    from arncnn.evaluation.external import external_report

    return external_report(_reader(arguments), arguments.external, progress)


def _corruptions(arguments: argparse.Namespace, progress: ProgressBar) -> dict[str, Any]:
    from arncnn.evaluation.suite import corruption_report

    return corruption_report(_reader(arguments), arguments.source, arguments.images, progress)


def _explanations(arguments: argparse.Namespace, progress: ProgressBar) -> dict[str, Any]:
    from arncnn.evaluation.suite import explanation_report

    return explanation_report(_reader(arguments), arguments.source, arguments.images, progress)


def _folds(arguments: argparse.Namespace, progress: ProgressBar) -> dict[str, Any]:
    from arncnn.evaluation import folds

    return folds.report(arguments.folds)


def _seeds(arguments: argparse.Namespace, progress: ProgressBar) -> dict[str, Any]:
    if arguments.runs is None or arguments.external is None:
        raise UsageError("Specify the trainings and the scans: --runs FOLDER --external DIR.")
    from arncnn.evaluation import seeds

    return seeds.report(arguments.runs, arguments.external, progress)


def _corrections(arguments: argparse.Namespace, progress: ProgressBar) -> dict[str, Any]:
    if arguments.external is None:
        raise UsageError("Specify the scans to correct and to measure: --external DIR.")
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


def _left_out(arguments: argparse.Namespace, progress: ProgressBar) -> dict[str, Any]:
    if arguments.runs is None:
        raise UsageError("Specify a folder for the trainings, one per class: --runs FOLDER.")
    from arncnn.experiments import leave_one_class_out
    from arncnn.training.request import TrainingRequest

    def on_event(event: dict[str, Any]) -> None:
        if event["event"] == "step":
            progress(f"epoch {event['epoch']}", event["step"], event["steps"])

    request = TrainingRequest(
        arguments.recipe,
        epochs=arguments.epochs,
        seed=arguments.seed,
        subset=arguments.subset or None,
        source=arguments.source,
        outliers=None if arguments.outliers is None else str(arguments.outliers),
    )
    return leave_one_class_out.novelty_by_class(
        request,
        arguments.runs,
        progress=progress,
        on_event=on_event,
    )


def _looks(arguments: argparse.Namespace, progress: ProgressBar) -> dict[str, Any]:
    if arguments.outliers is None:
        raise UsageError("Specify the outliers, in <kind>/ folders: --outliers FOLDER.")
    from arncnn.data.outliers import load
    from arncnn.evaluation import suite

    return suite.looks_report(
        _reader(arguments),
        arguments.source,
        load(arguments.outliers, progress),
        arguments.kind,
        arguments.images,
        progress,
    )


def _transfer(arguments: argparse.Namespace, progress: ProgressBar) -> dict[str, Any]:
    if arguments.runs is None:
        raise UsageError("Specify a folder for the results of the trainings: --runs FOLDER.")
    from arncnn import config
    from arncnn.experiments import transfer
    from arncnn.models.bundle import ModelBundle

    return transfer.report(
        ModelBundle.open(arguments.model or config.default_model()),
        transfer.image_sets(arguments.kinds),
        arguments.runs,
        seeds=arguments.trainings,
        few=arguments.few,
        epochs=arguments.epochs,
        progress=progress,
    )


_Measure = Callable[[argparse.Namespace, ProgressBar], dict[str, Any]]
_WHAT: dict[str, tuple[str, str, _Measure]] = {  # line of the help, options, what is called
    "test": ("the test set of Medical MNIST", "--split --model --from", _test),
    "external": ("external scans in a folder", "external --model", _external),
    "corruptions": (
        "the test set, deliberately corrupted",
        "--images --model --from",
        _corruptions,
    ),
    "explanations": (
        "the maps of test images: deletion, insertion, randomised weights",
        "--images --model --from",
        _explanations,
    ),
    "looks": (
        "whether each look of training leaves the classes above outliers in the output known",
        "--outliers --kind --images --model --from",
        _looks,
    ),
    "folds": (
        "grouped folds: figures of images without a near-duplicate in training",
        "folds",
        _folds,
    ),
    "seeds": (
        "how much trainings with other seeds differ on external scans",
        "--runs --external",
        _seeds,
    ),
    "corrections": (
        "how correcting half of the external scans changes the other half",
        "--external --halves --minutes --seed --model --from",
        _corrections,
    ),
    "transfer": (
        "what a model's layers contribute to other classes with few images",
        "kinds --runs --trainings --few --epochs --model",
        _transfer,
    ),
    "left-out": (
        "whether a class left out of training is detected, each in turn",
        "--runs --recipe --outliers --subset --epochs --seed --from",
        _left_out,
    ),
}
