"""The secret behind the keyed hash of series UIDs: one per data folder, never leaving it."""

import os
import secrets
from functools import cache
from pathlib import Path

from arncnn import config
from arncnn.errors import IntakeError

_BYTES = 32
_NAME = "series.key"


def series_key() -> bytes:
    """The key of this data folder; made on first use, readable by its owner only."""
    return _read_or_make(config.home() / _NAME)


@cache
def _read_or_make(path: Path) -> bytes:
    fresh = path.with_name(f"{_NAME}.{os.getpid()}.{secrets.token_hex(4)}")
    if not path.exists():
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
        try:
            os.link(fresh, path)  # whole or not at all, and the first of two processes wins
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    key = path.read_bytes()
    if len(key) != _BYTES:
        raise IntakeError(
            "sandbox",
            f"The file {_NAME} in the data folder is damaged. Delete it; slices read before "
            "are then no longer grouped with new ones.",
        )
    return key
