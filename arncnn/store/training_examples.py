"""Approved corrections as training examples: one NPZ that ``train --extra`` takes."""

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import select

from arncnn.errors import StoreError
from arncnn.files import write_durably
from arncnn.store import audit, pictures, roles
from arncnn.store.roles import Actor
from arncnn.store.seals import require_intact
from arncnn.store.tables import CaseRow, CorrectionRow
from arncnn.training.corrections import HELD_OUT, LEARNED

if TYPE_CHECKING:
    from arncnn.store.store import Store

NONE = -1
RUNS = "runs"  # folder of the trainings, one below it for each
_PARTS = ("all", "train", "held-out")
_HELD_OUT_EVERY = 5  # one scan or series in five measures instead of training


@dataclass(frozen=True, eq=False)
class TrainingExamples:
    """Approved corrections, one row a view of a scan, no scan twice.

    Attributes:
        images: uint8, (n, 64, 64): what the network saw, 0 to 255.
        labels: int64, (n,): position in ``classes``; -1 is "none of these".
        weights: float32, (n,), above 0; the views of one scan share its weight.
        classes: the known classes in the order asked for, then new ones by name.
        case_ids: str, (n,): the case each row comes from.
    """

    images: np.ndarray
    labels: np.ndarray
    weights: np.ndarray
    classes: tuple[str, ...]
    case_ids: tuple[str, ...]

    def to_npz(self) -> bytes:
        """The arrays as an NPZ; the same examples give the same bytes."""
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            images=self.images,
            labels=self.labels,
            weights=self.weights,
            classes=np.array(self.classes, dtype=np.str_),
            case_ids=np.array(self.case_ids, dtype=np.str_),
        )
        return buffer.getvalue()


def collect(
    store: "Store", actor: Actor, known: tuple[str, ...], *, part: str = "all"
) -> TrainingExamples:
    """The approved corrections of a store.

    Args:
        store: where they are.
        actor: needs the trainer's, approver's or admin's role.
        known: the model's classes, in its order.
        part: "all"; or "train" and "held-out", which never share a scan or a series: a fixed
            fifth, chosen by hash, is held out to measure candidates on.

    Raises:
        PermissionDenied: the role is missing.
        StoreError: kept pixels are missing or altered.
    """
    roles.check(actor, "correction.export")
    if part not in _PARTS:
        raise StoreError(f"The approved corrections have the parts {', '.join(_PARTS)}.")
    query = (
        select(CorrectionRow, CaseRow)
        .join(CaseRow, CaseRow.id == CorrectionRow.case_id)
        .where(CorrectionRow.state == "approved")
        .order_by(CaseRow.scan_sha256, CaseRow.frame, CorrectionRow.created_at)
    )
    chosen: dict[tuple[str, int], tuple[CorrectionRow, CaseRow]] = {}
    with store.reading() as session:
        for correction, case in session.execute(query):
            require_intact(correction)
            require_intact(case)
            if part == "all" or (part == "held-out") == is_held_out(case):
                chosen[case.scan_sha256, case.frame] = (correction, case)
    answers = {correction.label for correction, _ in chosen.values()} - {None}
    classes = (*known, *sorted(str(label) for label in answers if label not in known))
    images, labels, weights, case_ids = [], [], [], []
    for correction, case in chosen.values():
        views = pictures.unpack(store.blobs.get(case.pixels_sha256)).model_input[..., 0]
        images.append(np.rint(views * 255.0).astype(np.uint8))
        label = NONE if correction.label is None else classes.index(correction.label)
        labels += [label] * len(views)
        weights += [correction.weight / len(views)] * len(views)
        case_ids += [case.id] * len(views)
    return TrainingExamples(
        np.concatenate(images) if images else np.zeros((0, 64, 64), np.uint8),
        np.array(labels, dtype=np.int64),
        np.array(weights, dtype=np.float32),
        classes,
        tuple(case_ids),
    )


def export(
    store: "Store", actor: Actor, known: tuple[str, ...], file: Path, *, part: str = "all"
) -> TrainingExamples:
    """Write the approved corrections to an NPZ, whole or not at all; audited.

    Raises:
        PermissionDenied: the role is missing.
        StoreError: kept pixels are missing or altered, or the file cannot be written.
    """
    examples = collect(store, actor, known, part=part)
    data = examples.to_npz()
    try:
        write_durably(file, data)
    except OSError as error:
        raise StoreError(f"The examples could not be written ({error.strerror}).") from error
    detail = {
        "part": part,
        "rows": len(examples.labels),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    with store.writing() as session:
        audit.record(session, actor, "correction.export", "corrections", detail=detail)
    return examples


def exported(home: Path) -> Iterator[tuple[set[str], Callable[[], None]]]:
    """The files of examples that trainings were given: the cases, and what removes the file.

    Args:
        home: the store's folder.
    """
    for name in (LEARNED, HELD_OUT):
        for file in sorted((home / RUNS).glob(f"*/{name}")):
            try:
                with np.load(file, allow_pickle=False) as kept:
                    case_ids = set(kept["case_ids"].tolist())
            except (OSError, ValueError, KeyError, zipfile.BadZipFile):
                continue  # gone meanwhile, or no file of ours
            yield case_ids, partial(file.unlink, missing_ok=True)


def is_held_out(case: CaseRow) -> bool:
    """Whether a case belongs to the fifth that measures; all slices of a series go together."""
    key = case.series_key or case.scan_sha256
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % _HELD_OUT_EVERY == 0
