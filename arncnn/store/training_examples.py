"""Training examples: the approved corrections of a store, and the files that trainings get."""

import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from sqlalchemy import select

from arncnn.data.approved_corrections import HELD_OUT, LEARNED, ApprovedCorrections, cases_in
from arncnn.errors import StoreError, TrainingError
from arncnn.files import write_durably
from arncnn.store import audit, pictures
from arncnn.store.database import Database
from arncnn.store.roles import Actor, requires
from arncnn.store.seals import require_intact
from arncnn.store.tables import CaseRow, CorrectionRow

RUNS = "runs"  # folder of the trainings, one below it for each
_PARTS = ("all", "train", "held-out")
_HELD_OUT_EVERY = 5  # one scan or series in five measures instead of training


@requires("correction.export")
def collect(store: Database, actor: Actor, *, part: str = "all") -> ApprovedCorrections:
    """The approved corrections of a store.

    Args:
        store: where they are.
        part: "all"; or "train" and "held-out", which never share a scan or a series: a fixed
            fifth, chosen by hash, is held out to measure candidates on.

    Raises:
        StoreError: kept pixels are missing or altered.
    """
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
            require_intact(correction, case)
            if part == "all" or (part == "held-out") == is_held_out(case):
                chosen[case.scan_sha256, case.frame] = (correction, case)
    images: list[np.ndarray] = []
    answers: list[str | None] = []
    weights: list[float] = []
    case_ids: list[str] = []
    for correction, case in chosen.values():
        views = pictures.unpack(store.blobs.get(case.pixels_sha256)).model_input[..., 0]
        images.append(np.rint(views * 255.0).astype(np.uint8))
        answers += [correction.label] * len(views)
        weights += [correction.weight / len(views)] * len(views)
        case_ids += [case.id] * len(views)
    return ApprovedCorrections(
        np.concatenate(images) if images else np.zeros((0, 64, 64), np.uint8),
        tuple(answers),
        np.array(weights, dtype=np.float32),
        tuple(case_ids),
    )


@requires("correction.export")
def export(
    store: Database, actor: Actor, known: tuple[str, ...], file: Path, *, part: str = "all"
) -> ApprovedCorrections:
    """Write the approved corrections to a file, whole or not at all; audited.

    Args:
        store: where they are.
        known: the model's classes, in its order.
        file: an ``.npz`` that ``train --extra`` takes.
        part: see ``collect``.

    Raises:
        StoreError: kept pixels are missing or altered, or the file cannot be written.
    """
    corrections = collect(store, actor, part=part)
    data = corrections.to_npz(known)
    try:
        write_durably(file, data)
    except OSError as error:
        raise StoreError(f"The examples could not be written ({error.strerror}).") from error
    detail = {
        "part": part,
        "rows": len(corrections),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    with store.writing() as session:
        audit.record(session, actor, "correction.export", "corrections", detail)
    return corrections


def exported(home: Path) -> Iterator[tuple[set[str], Callable[[], None]]]:
    """The files of examples that trainings were given: the cases, and what removes the file.

    Args:
        home: the store's folder.
    """
    for name in (LEARNED, HELD_OUT):
        for file in sorted((home / RUNS).glob(f"*/{name}")):
            try:
                case_ids = cases_in(file)
            except TrainingError:
                continue  # gone meanwhile, or no file of ours
            yield case_ids, partial(file.unlink, missing_ok=True)


def is_held_out(case: CaseRow) -> bool:
    """Whether a case belongs to the fifth that measures; all slices of a series go together."""
    key = case.series_key or case.scan_sha256
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % _HELD_OUT_EVERY == 0
