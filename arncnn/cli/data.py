"""``data fetch | show | verify | list | add | remove``: the data sets on this machine."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from arncnn import data
from arncnn.cli.progress import ProgressBar
from arncnn.data import facts, pack

_REGISTRY = frozenset({"list", "add", "remove"})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    parser.epilog = (
        "The data comes from --from, else from ARNCNN_DATA, else from Medical MNIST's "
        "public address (59 MB). Any folder or archive laid out as <Class>/<file> works; "
        "its folders are the classes. A data set that was added is called by its name: "
        "--from NAME."
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, line in {
        "fetch": "download, verify and pack; does nothing if already done",
        "show": "print counts, duplicates and split sizes",
        "verify": "read every byte again and compare it with the stored checksums",
    }.items():
        action = actions.add_parser(name, help=line, description=line.capitalize() + ".")
        action.add_argument(
            "--from", dest="source", metavar="SOURCE", help="an archive, a folder, a URL or a name"
        )
        if name == "show":
            action.add_argument("--out", type=Path, metavar="FILE", help="also write them there")
    line = "print the data sets known by name"
    actions.add_parser("list", help=line, description=line.capitalize() + ".")
    line = "import a ZIP or folder, report what it holds, and keep it under a name"
    action = actions.add_parser("add", help=line, description=line.capitalize() + ".")
    action.add_argument("path", type=Path, metavar="PATH")
    action.add_argument("--name", help="without one it is only inspected")
    action.add_argument("--licence", default="", help="or permission for use")
    action.add_argument("--source", default="", help="where it comes from")
    line = "forget a data set and delete its files; models trained on it stay"
    action = actions.add_parser("remove", help=line, description=line.capitalize() + ".")
    action.add_argument("name")


def run(arguments: argparse.Namespace) -> int:
    """Carry out the action and print one JSON object."""
    with ProgressBar() as progress:
        carry_out = _registry if arguments.action in _REGISTRY else _data_set
        result = carry_out(arguments, progress)
    json.dump(result, sys.stdout, indent=2)
    sys.stdout.write("\n")
    return 0


def _data_set(arguments: argparse.Namespace, progress: ProgressBar) -> dict[str, Any]:
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
    return result


def _registry(arguments: argparse.Namespace, progress: ProgressBar) -> dict[str, Any]:
    from arncnn.store import LOCAL_USER, Store  # the database opens here

    store = Store.open()
    try:
        if arguments.action == "list":
            return {"sets": [entry.to_json() for entry in store.data_sets.list(LOCAL_USER)]}
        if arguments.action == "remove":
            return {"removed": store.data_sets.remove(LOCAL_USER, arguments.name).to_json()}
        return _add(store, arguments, progress)
    finally:
        store.close()


def _add(store: Any, arguments: argparse.Namespace, progress: ProgressBar) -> dict[str, Any]:
    from arncnn.data import adding, registry
    from arncnn.store import LOCAL_USER

    dataset = adding.prepare(arguments.path, progress)
    found = adding.preview(dataset, progress)
    result = facts.summary(dataset) | {
        "near_twin_pairs": found.near_twin_pairs,
        "left_out_reasons": found.left_out,
        "remarks": list(found.remarks()),
    }
    if arguments.name is not None:
        source = arguments.source or f"{arguments.path.name} on this machine"
        entry = registry.described(
            dataset, arguments.name, source=source, licence=arguments.licence,
            added_by=LOCAL_USER.name,
        )  # fmt: skip
        result["added"] = store.data_sets.add(LOCAL_USER, entry).name
    return result
