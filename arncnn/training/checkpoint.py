"""Checkpoint: everything a training needs to go on as if it had never stopped.

One ``.npz`` file holds every array (weights, batch statistics, dropout seeds, optimiser,
best weights) and a JSON text (epoch, dwell state, history). A reader sees the old file or the
new one. The previous one is kept: if the newest fails its check, the one before it serves.
"""

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from arncnn.files import remove_left_over, write_durably

_DIGEST_BYTES = 32


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """State after an epoch.

    Attributes:
        arrays: by name, of any shape and dtype.
        state: JSON-able.
    """

    arrays: dict[str, np.ndarray]
    state: dict[str, Any]


def save(folder: Path, checkpoint: Checkpoint) -> None:
    """Store a checkpoint; the one before it stays as ``previous``."""
    buffer = io.BytesIO()
    text = np.frombuffer(json.dumps(checkpoint.state).encode(), np.uint8)
    np.savez(buffer, __state__=text, **checkpoint.arrays)  # type: ignore[arg-type]
    content = buffer.getvalue()
    newest = folder / "checkpoint.npz"
    if newest.exists():
        newest.replace(folder / "previous.npz")
    remove_left_over(newest)
    write_durably(newest, hashlib.sha256(content).digest() + content, is_private=False)


def load(folder: Path) -> Checkpoint | None:
    """The newest checkpoint that is whole, or None when there is none to go on from."""
    for name in ("checkpoint.npz", "previous.npz"):
        path = folder / name
        if not path.exists():
            continue
        raw = path.read_bytes()
        digest, content = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:]
        if hashlib.sha256(content).digest() != digest:
            continue
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            state = json.loads(arrays["__state__"].tobytes().decode())
            return Checkpoint({k: arrays[k] for k in arrays.files if k != "__state__"}, state)
    return None
