"""What takes minutes to find out of a data set: worked out once, kept beside its pack."""

import json
from pathlib import Path
from typing import Any

from arncnn import config
from arncnn.errors import DataError
from arncnn.files import write_durably


def load(kind: str, sha256: str) -> Any:
    """What was kept of the data set of that sum; None for nothing that can be read."""
    try:
        return json.loads(_file(kind, sha256).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def keep(kind: str, sha256: str, value: Any) -> None:
    """Keep a JSON value for ``load``.

    Args:
        kind: the folder that it lies in, below the packs'.
        sha256: of the data set.
        value: what was worked out.

    Raises:
        DataError: it cannot be written.
    """
    try:
        write_durably(_file(kind, sha256), json.dumps(value).encode())
    except OSError as error:
        raise DataError(
            f"The analysis of the data set could not be kept ({error.strerror})."
        ) from error


def _file(kind: str, sha256: str) -> Path:
    return config.folder_at_home(f"data/{kind}") / f"{sha256}.json"
