"""``store verify | backup | restore | retention | audit``: looking after the case store.

Whoever can run this can read the store's files, so it acts as the local user.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from arncnn import config
from arncnn.cli.on_store import carry_out
from arncnn.errors import UsageError
from arncnn.store import LOCAL_USER, Store
from arncnn.store.audit import AuditFilter
from arncnn.store.backup import backup, restore
from arncnn.store.verify import verify


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    parser.epilog = (
        "The store is ARNCNN_DATABASE, else SQLite in ARNCNN_HOME; pixels and models lie "
        "in ARNCNN_HOME. A backup holds all of it, including patient data: keep it as safe "
        "as the store."
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    lines = {
        "verify": "verify the audit chain, every record and every stored file; exit code 1 "
        "on failure",
        "backup": "write everything into one new file",
        "restore": "fill an empty store from a backup",
        "retention": "delete cases older than ARNCNN_RETENTION_DAYS, set unreferenced pixels aside",
        "audit": "print who did what, when",
    }
    made = {
        name: actions.add_parser(name, help=line, description=line.capitalize() + ".")
        for name, line in lines.items()
    }
    for name in ("backup", "restore"):
        made[name].add_argument("file", metavar="FILE", type=Path, help="the backup, a .tar file")
    made["retention"].add_argument(
        "--days", type=float, metavar="N", help="instead of ARNCNN_RETENTION_DAYS"
    )
    made["audit"].add_argument("--csv", action="store_true", help="CSV instead of JSON lines")
    made["audit"].add_argument("--action-name", metavar="NAME", help="only this action")
    made["audit"].add_argument("--actor", metavar="NAME", help="only this person")


def run(arguments: argparse.Namespace) -> int:
    """Carry out the action; results go to standard output."""
    return carry_out(_ACTIONS, arguments, is_restoring=arguments.action == "restore")


def _verify(store: Store, _arguments: argparse.Namespace) -> int:
    found = verify(store, LOCAL_USER)
    _print({"is_intact": found.is_intact, **asdict(found)})
    return 0 if found.is_intact else 1


def _backup(store: Store, arguments: argparse.Namespace) -> int:
    _print(backup(store, LOCAL_USER, arguments.file))
    return 0


def _restore(store: Store, arguments: argparse.Namespace) -> int:
    found = restore(store, LOCAL_USER, arguments.file)
    _print({"is_intact": found.is_intact, **asdict(found), "home": str(config.home())})
    return 0


def _retention(store: Store, arguments: argparse.Namespace) -> int:
    days = arguments.days
    if days is not None and not days > 0:
        raise UsageError("--days must be above 0.")
    deleted = store.cases.expire(LOCAL_USER, days=days)
    _print({"deleted": deleted, "files_swept": store.cases.sweep(LOCAL_USER)})
    return 0


def _audit(store: Store, arguments: argparse.Namespace) -> int:
    where = AuditFilter(actor=arguments.actor, action=arguments.action_name)
    lines = store.audit.csv if arguments.csv else store.audit.json_lines
    for line in lines(LOCAL_USER, where):
        sys.stdout.write(line)
    return 0


def _print(result: Mapping[str, object]) -> None:
    json.dump(result, sys.stdout, indent=2)
    sys.stdout.write("\n")


_ACTIONS = {
    "verify": _verify,
    "backup": _backup,
    "restore": _restore,
    "retention": _retention,
    "audit": _audit,
}
