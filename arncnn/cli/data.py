"""``data fetch | show | verify``: the data set on this machine."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from arncnn import data
from arncnn.cli.progress import ProgressBar
from arncnn.data import facts, pack


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
        if name == "show":
            action.add_argument("--out", type=Path, metavar="FILE", help="also write them there")


def run(arguments: argparse.Namespace) -> int:
    """Carry out the action and print one JSON object."""
    with ProgressBar() as progress:
        dataset = data.load(arguments.source, progress)
        result: dict[str, Any] = {"folder": str(dataset.folder)}
        if arguments.action == "show":
            found = facts.gather(dataset, progress)
            if arguments.out is not None:
                arguments.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
            result |= found
        else:
            result |= facts.summary(dataset)
        if arguments.action == "verify" and dataset.folder is not None:
            progress("verifying", 0, None)
            pack.verify(dataset.folder)
            result["verified"] = True
    json.dump(result, sys.stdout, indent=2)
    sys.stdout.write("\n")
    return 0
