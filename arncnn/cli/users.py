"""``users list | change | give-up-accounts``: who may sign in, and with which roles.

Whoever can run this can read the store's files, so it acts as the local user.
"""

import argparse
import json
import sys

from arncnn.cli.on_store import carry_out
from arncnn.errors import UsageError
from arncnn.store import LOCAL_USER, Role, Store
from arncnn.store.audit import iso
from arncnn.store.settings import plain_address
from arncnn.store.users import User


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    parser.epilog = (
        "An account appears when its person first signs in. Changes here take effect at "
        "that person's next click, also in a running dashboard, and are recorded in the "
        "audit."
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="every account, one JSON object per line")
    change = actions.add_parser(
        "change", help="grant and revoke roles, switch an account on or off"
    )
    change.add_argument("account", metavar="ACCOUNT", help="its address or id")
    change.add_argument(
        "--roles",
        metavar="ROLES",
        help=f"all roles it should have, separated by commas: {', '.join(Role)}; '' for none",
    )
    switch = change.add_mutually_exclusive_group()
    switch.add_argument("--on", action="store_true", help="may sign in again")
    switch.add_argument("--off", action="store_true", help="is signed out and may not sign in")
    give_up = actions.add_parser(
        "give-up-accounts",
        help="serve this store without accounts again: anyone who reaches it has every role",
    )
    give_up.add_argument("--yes", action="store_true", help="do not ask")


def run(arguments: argparse.Namespace) -> int:
    """Carry out the action; results go to standard output."""
    return carry_out(_ACTIONS, arguments)


def _list(store: Store, _arguments: argparse.Namespace) -> None:
    for user in store.users.list(LOCAL_USER):
        _print(user)


def _change(store: Store, arguments: argparse.Namespace) -> None:
    if arguments.roles is None and not (arguments.on or arguments.off):
        raise UsageError("Specify what to change: --roles, --on or --off.")
    held = None if arguments.roles is None else _roles(arguments.roles)
    is_active = arguments.on if arguments.on or arguments.off else None
    user_id = _found(store, arguments.account)
    _print(store.users.change(LOCAL_USER, user_id, held=held, is_active=is_active))


def _give_up(store: Store, arguments: argparse.Namespace) -> None:
    if not arguments.yes:
        raise UsageError(
            "Without accounts, anyone who reaches the dashboard has every role. Use --yes "
            "to confirm, and remove .streamlit/secrets.toml."
        )
    store.users.give_up_accounts(LOCAL_USER)


def _found(store: Store, named: str) -> str:
    name = plain_address(named)
    found = [user.id for user in store.users.list(LOCAL_USER) if named == user.id]
    found = found or [user.id for user in store.users.list(LOCAL_USER) if name == user.name]
    if len(found) != 1:
        raise UsageError(
            "More than one account has this address; use its id ('users list')."
            if found
            else "There is no such account; it appears when its person first signs in."
        )
    return found[0]


def _roles(text: str) -> list[Role]:
    try:
        return [Role(word.strip()) for word in text.split(",") if word.strip()]
    except ValueError as error:
        raise UsageError(f"The roles are {', '.join(Role)}.") from error


def _print(user: User) -> None:
    line = {
        "id": user.id,
        "name": user.name,
        "roles": [role.value for role in Role if role in user.roles],
        "is_active": user.is_active,
        "created_at": iso(user.created_at),
        "seen_at": None if user.seen_at is None else iso(user.seen_at),
    }
    sys.stdout.write(json.dumps(line) + "\n")


_ACTIONS = {"list": _list, "change": _change, "give-up-accounts": _give_up}
