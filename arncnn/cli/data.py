"""``data fetch | show | verify``: the data set on this machine."""

import argparse
import json
import sys

from arncnn import data
from arncnn.cli.progress import ProgressBar
from arncnn.data import Dataset, duplicates, mednist, pack, splits


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the three actions."""
    parser.epilog = (
        "The data comes from --from, else from ARNCNN_DATA, else from Medical MNIST's public "
        "address (59 MB). Any folder or archive laid out as <Class>/<file> works; its folders "
        "are the classes."
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, line in {
        "fetch": "download, verify and pack; does nothing when that is done",
        "show": "print counts, duplicates and split sizes",
        "verify": "read every byte again and compare it with the stored sums",
    }.items():
        action = actions.add_parser(name, help=line, description=line.capitalize() + ".")
        action.add_argument(
            "--from", dest="source", metavar="SOURCE", help="a local archive, a folder or a URL"
        )


def run(arguments: argparse.Namespace) -> int:
    """Carry out the action and print one JSON object."""
    progress = ProgressBar()
    try:
        dataset = data.load(arguments.source, progress)
        result = _summary(dataset)
        if arguments.action == "show":
            result |= _duplicates(dataset, progress) | _splits(dataset, progress)
        elif arguments.action == "verify" and dataset.folder is not None:
            progress("verifying", 0, None)
            pack.verify(dataset.folder)
            result["verified"] = True
    finally:
        progress.close()
    json.dump(result, sys.stdout, indent=2)
    sys.stdout.write("\n")
    return 0


def _summary(dataset: Dataset) -> dict[str, object]:
    return {
        "folder": str(dataset.folder),
        "sha256": dataset.sha256,
        "is_medical_mnist": mednist.is_medical_mnist(dataset),
        "images": len(dataset),
        "classes": dataset.counts(),
    }


def _duplicates(dataset: Dataset, progress: ProgressBar) -> dict[str, object]:
    identical = duplicates.identical_groups(dataset)
    involved = [index for group in identical for index in group]
    return {
        "identical": {
            "groups": len(identical),
            "images": len(involved),
            "largest": max(map(len, identical), default=0),
            "classes": dataset.counts(involved),
        },
        "near_twin_pairs": len(duplicates.near_twins(dataset, progress)),
    }


def _splits(dataset: Dataset, progress: ProgressBar) -> dict[str, object]:
    paper = splits.paper(dataset)
    grouped = splits.grouped(dataset, progress=progress)
    twins = duplicates.with_twin_in(dataset, paper.test, paper.train)
    shares = {
        label: twins_of / count if count else None
        for (label, count), twins_of in zip(
            dataset.counts(paper.test).items(), dataset.counts(twins).values(), strict=True
        )
    }
    return {
        "splits": {
            "paper": {
                "train": len(paper.train),
                "validation": len(paper.validation),
                "test": len(paper.test),
                "sha256": paper.sha256,
                "test_images_with_near_twin_in_train": shares,
            },
            grouped.name: {
                "folds": [len(fold) for fold in grouped.folds],
                "calibration": len(grouped.calibration),
                "validation": len(grouped.validation),
                "copies_left_out": len(grouped.copies),
                "sha256": grouped.sha256,
            },
        }
    }
