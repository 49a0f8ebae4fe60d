"""External scans: a folder ``in/<Class>/`` and ``ood/<kind>/``, read and counted.

Thresholds are the model's own, from its calibration; nothing here is tuned to the folder.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from arncnn.errors import DataError, IntakeError
from arncnn.evaluation.intervals import Share, macro_interval, share
from arncnn.evaluation.metrics import confusion_matrix
from arncnn.inference.reader import Reader
from arncnn.intake import Item, expand
from arncnn.progress import Progress

SURE = 0.9  # a wrong answer above this probability is the kind that does harm


@dataclass(frozen=True)
class ExternalReading:
    """One scan of the folder.

    Attributes:
        path: relative to the folder.
        group: "in" or "ood".
        kind: the class, or the kind of out-of-distribution scan.
        predicted: the likeliest class by the pixels alone, refused or not; None when the
            file could not be decoded.
        probability: its probability, 0 to 1, or None.
        verdict: "accept", "review", "refuse" or "failed".
    """

    path: str
    group: str
    kind: str
    predicted: str | None = None
    probability: float | None = None
    verdict: str = "failed"

    @property
    def is_right(self) -> bool:
        """Whether the likeliest class is the folder's."""
        return self.predicted == self.kind

    @property
    def is_surely_wrong(self) -> bool:
        """Whether it is wrong with a probability above ``SURE``."""
        return not self.is_right and (self.probability or 0.0) > SURE


def files(folder: Path) -> list[tuple[str, str, Item]]:
    """The files below ``in/<Class>/`` and ``ood/<kind>/``: group, class or kind, and the file.

    Raises:
        DataError: there is no ``in`` folder with scans.
    """
    found = [
        (group, kind.name, item)
        for group in ("in", "ood")
        for kind in sorted((folder / group).glob("*/"))
        for item in expand([kind])
    ]
    if not any(group == "in" for group, _, _ in found):
        raise DataError(
            "The folder holds no scans below in/<Class>/. Sort them into in/<Class> for the "
            "classes the model knows and ood/<kind> for everything else."
        )
    return found


def known_files(folder: Path, labels: Sequence[str]) -> list[tuple[str, str, Item]]:
    """The ``files`` of a folder that names below ``in`` only classes which the model knows.

    Raises:
        DataError: one is not, or there is none with scans.
    """
    found = files(folder)
    unknown = {kind for group, kind, _ in found if group == "in"} - set(labels)
    if unknown:
        raise DataError(
            f"The model does not know {', '.join(sorted(unknown))}. Folders below in/ must be "
            f"named {', '.join(labels)}; put other scans below ood/."
        )
    return found


def read_folder(reader: Reader, folder: Path) -> tuple[ExternalReading, ...]:
    """A reading of every scan of the folder; a file that fails to open is kept as failed.

    Raises:
        DataError: a folder below ``in`` is not one of the model's classes, or none has scans.
    """
    return tuple(_read(reader, *file) for file in known_files(folder, reader.labels))


def external_report(reader: Reader, folder: Path, progress: Progress) -> dict[str, Any]:
    """What the folder says about the model, as one JSON object.

    Every ``*_interval`` is a 95% Clopper-Pearson interval, but for ``macro_accuracy``'s,
    which comes from the classes' Beta posteriors (Jeffreys). A file that could not be
    decoded counts as wrong inside and as not accepted outside.

    Args:
        reader: the model.
        folder: holds ``in/<Class>/`` and, if wanted, ``ood/<kind>/``.
        progress: told that the reading began.

    Raises:
        DataError: as ``read_folder``.
    """
    progress("reading", 0, None)
    readings, labels = read_folder(reader, folder), reader.labels
    inside = [reading for reading in readings if reading.group == "in"]
    outside = [reading for reading in readings if reading.group == "ood"]
    accepted = [reading for reading in inside if reading.verdict == "accept"]
    admitted = [reading for reading in outside if reading.verdict == "accept"]
    not_accepted = len(outside) - len(admitted)
    by_class = {label: found for label in labels if (found := _share_right(inside, label)).n}
    hits, n = ([getattr(found, part) for found in by_class.values()] for part in ("hits", "n"))
    decoded = [reading for reading in inside if reading.predicted]
    return {
        "n": {"in": len(inside), "ood": len(outside), "accepted": len(accepted)},
        "macro_accuracy": float(np.mean([found.value for found in by_class.values()])),
        "macro_accuracy_interval": macro_interval(hits, n),
        **share(len(accepted), len(inside)).named("accepted_share"),
        **_share_right(accepted).named("accepted_accuracy"),
        "accepted_wrong": sum(not r.is_right for r in accepted),
        "accepted_wrong_over_090": sum(r.is_surely_wrong for r in accepted),
        "wrong_over_090": sum(r.is_surely_wrong for r in inside),
        **share(not_accepted, len(outside)).named("ood_not_accepted_share"),
        "per_class": {
            label: {
                "n": found.n,
                **found.named("accuracy"),
                "accepted": (kept := _share_right(accepted, label)).n,
                "accepted_wrong": kept.n - kept.hits,
            }
            for label, found in by_class.items()
        },
        "ood_per_kind": {
            kind: {
                "n": sum(r.kind == kind for r in outside),
                "accepted": sum(r.kind == kind for r in admitted),
            }
            for kind in sorted({r.kind for r in outside})
        },
        "confusion_matrix": confusion_matrix(
            [r.kind for r in decoded], [r.predicted for r in decoded], labels
        ).tolist(),
        "readings": [
            {name: value for name, value in asdict(reading).items() if name != "group"}
            for reading in inside
        ],
        "model": vars(reader.bundle.identity),
    }


def _share_right(readings: Sequence[ExternalReading], label: str | None = None) -> Share:
    of_class = [reading for reading in readings if label in (None, reading.kind)]
    return share(sum(reading.is_right for reading in of_class), len(of_class))


def _read(reader: Reader, group: str, kind: str, item: Item) -> ExternalReading:
    path = f"{group}/{kind}/{Path(item.label).name}"
    try:
        reading = reader.read(item.open())
    except IntakeError:
        return ExternalReading(path, group, kind)
    best = int(reading.probabilities.argmax())
    answer, probability = reading.labels[best], float(reading.probabilities[best])
    return ExternalReading(path, group, kind, answer, probability, reading.verdict)
