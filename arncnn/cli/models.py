"""``models list | show | promote | rollback``: which model reads, without a browser.

Whoever can run this can read the store's files, so it acts as the local user.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from typing import Any

from arncnn import config
from arncnn.cli.on_store import carry_out
from arncnn.errors import UsageError
from arncnn.store import LOCAL_USER, Store
from arncnn.store.registered_model import AliasChange, RegisteredModel


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    parser.epilog = (
        "MODEL is a model's name as 'list' prints it, or the beginning of its SHA-256. A rollback "
        "also works when the model in service is damaged, and passes over models that are."
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    lines = {
        "list": "print the bundled model and every registered one, newest first",
        "show": "print all that is known about a model, including its comparison and the "
        "state of its files",
        "promote": "put a model into service, on every dashboard at once",
        "rollback": "restore the model that was in service before the last promotion",
    }
    made = {
        name: actions.add_parser(name, help=line, description=line.capitalize() + ".")
        for name, line in lines.items()
    }
    for name in ("show", "promote"):
        made[name].add_argument("model", metavar="MODEL")
    made["promote"].add_argument(
        "--despite-gate", action="store_true", help="even if the comparison does not let it pass"
    )
    for name in ("promote", "rollback"):
        made[name].add_argument(
            "--reason",
            required=True,
            metavar="TEXT",
            help="reason, 1 to 500 characters; it is kept",
        )


def run(arguments: argparse.Namespace) -> int:
    """Carry out the action; results go to standard output, one JSON object a line."""
    return carry_out(_ACTIONS, arguments)


def _list(store: Store, _arguments: argparse.Namespace) -> None:
    _print(
        {
            "id": "bundled",
            "is_in_service": store.models.in_service() is None,
            "fault": _fault(store, None),
            "folder": str(config.default_model()),
        }
    )
    for model in store.models.list(LOCAL_USER):
        _print(_summary(store, model))


def _show(store: Store, arguments: argparse.Namespace) -> None:
    model = _named(store, arguments.model)
    _print({**_summary(store, model), "gate": model.gate, "description": model.description})


def _promote(store: Store, arguments: argparse.Namespace) -> None:
    model = _named(store, arguments.model)
    _print_change(
        store.models.promote(
            LOCAL_USER, model.sha256, arguments.reason, despite_gate=arguments.despite_gate
        )
    )


def _rollback(store: Store, arguments: argparse.Namespace) -> None:
    _print_change(store.models.rollback(LOCAL_USER, arguments.reason))


def _named(store: Store, name: str) -> RegisteredModel:
    found = [
        model
        for model in store.models.list(LOCAL_USER)
        if name == model.id or (name and model.sha256.startswith(name))
    ]
    if len(found) != 1:
        many = "more than one model has" if found else "no registered model has"
        raise UsageError(f"{many.capitalize()} that name; see: python -m arncnn models list")
    return found[0]


def _summary(store: Store, model: RegisteredModel) -> dict[str, Any]:
    return {
        "id": model.id,
        "sha256": model.sha256,
        "is_in_service": store.models.in_service() == model.sha256,
        "passes_gate": None if model.gate is None else bool(model.gate["passes"]),
        "fault": _fault(store, model.sha256),
        "started_by": model.started_by,
        "created_at": model.created_at,
        "folder": str(model.folder),
    }


def _fault(store: Store, sha256: str | None) -> str | None:
    fault = store.models.fault(sha256)
    return None if fault is None else str(fault)


def _print_change(change: AliasChange) -> None:
    _print({"action": change.action, "in_service": change.model_sha256, "reason": change.reason})


def _print(values: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(values, default=dict) + "\n")  # the store gives read-only tables


_ACTIONS = {"list": _list, "show": _show, "promote": _promote, "rollback": _rollback}
