"""What ``make load`` measured, kept in one file to which each measure adds its own."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def add(path: Path, found: Mapping[str, Any]) -> None:
    """Puts figures beside those that the file holds already; those of the same name go."""
    held = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps({**held, **found}, indent=1) + "\n", encoding="utf-8")
