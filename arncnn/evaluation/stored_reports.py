"""Stored reports ``evaluate``, found again by the model or the recipe they belong to.

``python -m arncnn evaluate external FOLDER > external.json`` (or ``evaluate corruptions``) prints
a report that names its model by SHA-256; ``evaluate folds FOLDER`` prints one that names a
recipe, whose models it is about. A copy in ``<home>/measured`` or in the project's
``assets/measured`` is shown on the pages and in the model card, under any file name.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from arncnn import config
from arncnn.files import write_durably

CAUTION = (
    "Development figures: the external scans were looked at while the robust model's "
    "recipe and thresholds were chosen, and between its trainings, so its figures on them are "
    "likely too good for scans from yet another place. They are few, and ten of the twelve "
    "breast MRIs are of one patient."
)
"""What stands beside every figure on scans from outside."""
FOLDER = "measured"
_MARKS = {  # a key only that kind has
    "external": "macro_accuracy",
    "corruptions": "corruptions",
    "explanations": "random_orders",
}


def find(model_sha256: str, kind: str) -> dict[str, Any] | None:
    """The newest report of that kind about the model, or None.

    Args:
        model_sha256: the model's identity.
        kind: "external", "corruptions" or "explanations".
    """
    return _newest(
        _MARKS[kind], lambda report: report.get("model", {}).get("sha256") == model_sha256
    )


def folds(recipe: str) -> dict[str, Any] | None:
    """The newest report of grouped folds that were trained by a recipe of that name, or None."""
    return _newest("folds", lambda report: report.get("recipe", {}).get("name") == recipe)


def outliers(model_sha256: str) -> dict[str, Any] | None:
    """The newest report of the kinds of outlier that this model's training was without, or None."""

    def is_its(report: dict[str, Any]) -> bool:
        return bool(report["without_kinds"]["model"]["sha256"] == model_sha256)

    return _newest("without_kinds", is_its)


def keep(report: Mapping[str, Any], kind: str) -> Path:
    """Store a report at home, where it is found from now on.

    Args:
        report: names its model.
        kind: part of the file's name.

    Raises:
        OSError: the disk is full or cannot be written.
    """
    file = config.folder_at_home(FOLDER) / f"{kind}-{report['model']['id']}.json"
    write_durably(file, json.dumps(report, indent=1).encode())
    return file


def times() -> tuple[float, ...]:
    """When each report was written; another answer means another card."""
    return tuple(sorted(time for time, _ in _reports()))


def _newest(mark: str, is_wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any] | None:
    found = (_read(path) for _, path in sorted(_reports(), reverse=True))
    return next((report for report in found if mark in report and is_wanted(report)), None)


def _reports() -> list[tuple[float, Path]]:
    folders = (config.home() / FOLDER, config.ASSETS / FOLDER)
    return [(path.stat().st_mtime, path) for folder in folders for path in folder.glob("*.json")]


def _read(path: Path) -> dict[str, Any]:
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # half written, or no report: as good as absent
    return report if isinstance(report, dict) else {}
