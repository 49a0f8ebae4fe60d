"""Scans from elsewhere: a folder ``in/<Class>/`` and ``ood/<kind>/``, read and counted.

Thresholds are the model's own, from its calibration; nothing here is tuned to the folder.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from arncnn.errors import DataError, IntakeError
from arncnn.evaluation.intervals import macro_interval, share
from arncnn.evaluation.metrics import confusion_matrix
from arncnn.intake.scan import Scan

SURE = 0.9  # a wrong answer above this probability is the kind that does harm


class ReadingLike(Protocol):
    """What this module needs of a Reading."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes, in the order of the probabilities."""
        ...

    @property
    def probabilities(self) -> np.ndarray:
        """(classes,), 0 to 1."""
        ...

    @property
    def verdict(self) -> str:
        """One of "accept", "review" and "refuse"."""
        ...

    @property
    def novelty_p_value(self) -> float | None:
        """Over 0 to 1, or None."""
        ...


class ItemLike(Protocol):
    """One file: its label and how to open it."""

    @property
    def label(self) -> str:
        """What it is called, e.g. ``"a.zip!/b"``."""
        ...

    @property
    def open(self) -> Callable[[], Scan]:
        """Decodes it."""
        ...


@dataclass(frozen=True)
class ExternalReading:
    """One scan of the folder.

    Attributes:
        path: relative to the folder.
        group: "in" or "ood".
        kind: the class, or the kind of stranger.
        predicted: the likeliest class by the pixels alone, refused or not; None when the
            file could not be decoded.
        probability: its probability, 0 to 1, or None.
        verdict: "accept", "review", "refuse" or "failed".
        novelty_p_value: as read, or None.
    """

    path: str
    group: str
    kind: str
    predicted: str | None
    probability: float | None
    verdict: str
    novelty_p_value: float | None = None

    @property
    def is_right(self) -> bool:
        """Whether the likeliest class is the folder's."""
        return self.predicted == self.kind


def read_folder(
    folder: Path,
    read: Callable[[Scan], ReadingLike],
    expand: Callable[[Iterable[Path]], Iterator[ItemLike]],
) -> tuple[ExternalReading, ...]:
    """Read every scan below ``in`` and ``ood``; a file that fails to open is kept as failed.

    Args:
        folder: holds ``in/<Class>/`` and, if wanted, ``ood/<kind>/``.
        read: a Reader's ``read``.
        expand: ``arncnn.intake.expand``.

    Raises:
        DataError: there is no ``in`` folder with scans.
    """
    readings = [
        _read_item(item, group, kind.name, read)
        for group in ("in", "ood")
        for kind in _folders(folder / group)
        for item in expand([kind])
    ]
    if not any(reading.group == "in" for reading in readings):
        raise DataError(
            "The folder holds no scans below in/<Class>/. Sort them into in/<Class> for the "
            "classes the model knows and ood/<kind> for everything else."
        )
    return tuple(readings)


def external_report(readings: Sequence[ExternalReading], labels: Sequence[str]) -> dict[str, Any]:
    """What the folder says about the model, as one JSON object.

    Every ``*_interval`` is a 95 % Clopper-Pearson interval, but for ``macro_accuracy``'s,
    which comes from the classes' Beta posteriors (Jeffreys). A file that could not be
    decoded counts as wrong inside and as not accepted outside.

    Args:
        readings: from ``read_folder``.
        labels: the classes the model knows; a folder of another name below ``in`` is an error.

    Raises:
        DataError: a folder below ``in`` is not one of the model's classes.
    """
    inside = [reading for reading in readings if reading.group == "in"]
    outside = [reading for reading in readings if reading.group == "ood"]
    strange = {reading.kind for reading in inside} - set(labels)
    if strange:
        raise DataError(
            f"The model does not know {', '.join(sorted(strange))}. Folders below in/ must be "
            f"named {', '.join(labels)}; put other scans below ood/."
        )
    present = [label for label in labels if any(r.kind == label for r in inside)]
    accepted = [reading for reading in inside if reading.verdict == "accept"]
    by_class = {
        label: share(
            sum(r.is_right for r in inside if r.kind == label),
            sum(r.kind == label for r in inside),
        )
        for label in present
    }
    accepted_share = share(len(accepted), len(inside))
    accepted_accuracy = share(sum(r.is_right for r in accepted), len(accepted))
    not_accepted = share(sum(r.verdict != "accept" for r in outside), len(outside))
    return {
        "n": {"in": len(inside), "ood": len(outside), "accepted": len(accepted)},
        "macro_accuracy": float(np.mean([found.value for found in by_class.values()])),
        "macro_accuracy_interval": macro_interval(
            [found.hits for found in by_class.values()], [found.n for found in by_class.values()]
        ),
        "accepted_share": accepted_share.value,
        "accepted_share_interval": [accepted_share.lower, accepted_share.upper],
        "accepted_accuracy": accepted_accuracy.value if accepted else None,
        "accepted_accuracy_interval": [accepted_accuracy.lower, accepted_accuracy.upper],
        "accepted_wrong": sum(not r.is_right for r in accepted),
        "accepted_wrong_over_090": sum(_is_surely_wrong(r) for r in accepted),
        "wrong_over_090": sum(_is_surely_wrong(r) for r in inside),
        "ood_not_accepted_share": not_accepted.value if outside else None,
        "ood_not_accepted_share_interval": [not_accepted.lower, not_accepted.upper],
        "per_class": {
            label: {
                "n": found.n,
                "accuracy": found.value,
                "accuracy_interval": [found.lower, found.upper],
                "accepted": sum(r.kind == label for r in accepted),
                "accepted_wrong": sum(r.kind == label and not r.is_right for r in accepted),
            }
            for label, found in by_class.items()
        },
        "ood_per_kind": {
            kind: {
                "n": sum(r.kind == kind for r in outside),
                "accepted": sum(r.kind == kind and r.verdict == "accept" for r in outside),
            }
            for kind in sorted({r.kind for r in outside})
        },
        "confusion_matrix": _confusion(inside, labels),
        "readings": [
            {
                "path": reading.path,
                "kind": reading.kind,
                "predicted": reading.predicted,
                "probability": reading.probability,
                "verdict": reading.verdict,
            }
            for reading in inside
        ],
    }


def _read_item(
    item: ItemLike, group: str, kind: str, read: Callable[[Scan], ReadingLike]
) -> ExternalReading:
    path = f"{group}/{kind}/{Path(item.label).name}"
    try:
        reading = read(item.open())
    except IntakeError:
        return ExternalReading(path, group, kind, None, None, "failed")
    best = int(np.argmax(reading.probabilities))
    return ExternalReading(
        path,
        group,
        kind,
        reading.labels[best],
        float(reading.probabilities[best]),
        reading.verdict,
        reading.novelty_p_value,
    )


def _folders(folder: Path) -> list[Path]:
    return sorted(child for child in folder.iterdir() if child.is_dir()) if folder.is_dir() else []


def _is_surely_wrong(reading: ExternalReading) -> bool:
    return not reading.is_right and (reading.probability or 0.0) > SURE


def _confusion(inside: Sequence[ExternalReading], labels: Sequence[str]) -> list[list[int]]:
    index = {label: column for column, label in enumerate(labels)}
    read = [(index[r.kind], index[r.predicted]) for r in inside if r.predicted in index]
    pairs = np.array(read, dtype=np.int64).reshape(-1, 2)
    return confusion_matrix(pairs[:, 0], pairs[:, 1], len(labels)).tolist()
