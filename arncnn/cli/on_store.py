"""Actions on the case store: opened for one of them and closed after it."""

import argparse
from collections.abc import Callable, Mapping
from typing import Any

Action = Callable[[Any, argparse.Namespace], int | None]


def carry_out(
    actions: Mapping[str, Action], arguments: argparse.Namespace, *, is_restoring: bool = False
) -> int:
    """Carry out the action that was asked for; its exit code, 0 where it gives none.

    Args:
        actions: by name; each takes the open store and the arguments.
        arguments: as parsed, with the name as ``action``.
        is_restoring: opens a store that a restore is to fill.
    """
    from arncnn.store import Store

    store = Store.open(is_restoring=is_restoring)
    try:
        return actions[arguments.action](store, arguments) or 0
    finally:
        store.close()
