"""The chain's head, noted in a file outside the store: a database that was rolled back is noticed.

``ARNCNN_ANCHOR`` names the file, best on another machine's disk. It is only ever added to: a line
of JSON with time, store, number and hash of the audit's last line, once a day and at every start
of a dashboard and every ``verify``. A restored backup is marked, for its chain is shorter rightly.
"""

import json
import time
from contextlib import suppress
from pathlib import Path

from arncnn.errors import StoreError
from arncnn.files import append_durably
from arncnn.store import audit, identity, settings
from arncnn.store.database import Database

_DAY_S = 86_400.0


def note(store: Database, *, is_daily: bool = False, is_restored: bool = False) -> None:
    """Add the chain's head to the file; without ``ARNCNN_ANCHOR``, nothing happens.

    Args:
        store: whose chain.
        is_daily: leave it be where the last line is younger than a day.
        is_restored: what earlier lines say of this chain's end holds no longer.

    Raises:
        StoreError: the file cannot be written.
    """
    file, now = settings.anchor(), time.time()
    if file is None:
        return
    with store.reading() as session:
        known, (number, head) = identity.of_database(session), audit.end(session)
    lines = _lines(file, known)
    if is_daily and lines and abs(now - lines[-1]["at"]) < _DAY_S:
        return
    line = {"at": now, "store": known, "line": number, "hash": head, "is_restored": is_restored}
    try:
        is_torn = file.exists() and file.read_bytes()[-1:] not in (b"", b"\n")
        append_durably(file, b"\n" * is_torn + json.dumps(line).encode() + b"\n")
    except OSError as error:
        raise StoreError(f"ARNCNN_ANCHOR cannot be written ({error.strerror}).") from error


def known_heads(identity_of_store: str | None) -> dict[int, str]:
    """The hash of audit lines by their number, as far as the file tells of this store.

    Raises:
        StoreError: the file cannot be read.
    """
    file = settings.anchor()
    heads: dict[int, str] = {}
    for line in [] if file is None else _lines(file, identity_of_store):
        if line["is_restored"]:
            heads = {number: head for number, head in heads.items() if number < line["line"]}
        heads.setdefault(line["line"], line["hash"])
    return heads


def _lines(file: Path, identity_of_store: str | None) -> list[dict]:
    """Whole lines about one store; what a crash tore off is none."""
    try:
        text = file.read_text("utf-8", errors="replace")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StoreError(f"ARNCNN_ANCHOR cannot be read ({error.strerror}).") from error
    found = []
    for words in text.splitlines():
        with suppress(ValueError, TypeError, KeyError):
            line = json.loads(words)
            if line["store"] == identity_of_store:
                kept = {"at": float(line["at"]), "line": int(line["line"])}
                found.append({**kept, "hash": line["hash"], "is_restored": line["is_restored"]})
    return found
