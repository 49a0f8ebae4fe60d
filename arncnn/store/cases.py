"""Keeping cases: adding, opening, deleting, and letting them expire."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from arncnn.intake.scan import Scan
from arncnn.store import (
    audit,
    corrections,
    full_pixels,
    headers,
    identity,
    pictures,
    reserve,
    settings,
    training_examples,
)
from arncnn.store.audit import Entry
from arncnn.store.case import Case, NewCase, from_row, to_row
from arncnn.store.pictures import Pixels
from arncnn.store.roles import Actor, requires
from arncnn.store.seals import digest, require_intact, stored
from arncnn.store.tables import AuditRow, CaseRow, CorrectionRow
from arncnn.store.worklist import Worklist
from arncnn.uploads import upload

_DAY_S = 86_400.0
_QUARANTINE_DAYS = 7
_DELETIONS = ("case.delete", "case.expire")
_SAME: tuple[Any, ...] = (CaseRow.scan_sha256, CaseRow.frame, CaseRow.model_sha256)
_same = attrgetter(*(column.key for column in _SAME))  # of what is one case
_APART_S = 1e-5  # between cases kept together: the order they were read in is told by their time


class Cases(Worklist):
    """The cases of a store; listing and export come from ``Worklist``."""

    @requires("case.add")
    def add(self, actor: Actor, new: NewCase, *, now: float | None = None) -> Case:
        """Keep a reading. The same bytes, frame and model are one case, added once.

        When this returns, the case and its pixels are on the disk.

        Args:
            new: the reading with its pixels.
            now: Unix seconds; None is the present.

        Raises:
            StoreError: the case could not be stored; nothing was.
        """
        return self.add_all(actor, [new], now=now)[0]

    @requires("case.add")
    def add_all(
        self, actor: Actor, batch: Sequence[NewCase], *, now: float | None = None
    ) -> tuple[Case, ...]:
        """Keep several readings, all of them or none: faster than one by one.

        Args:
            batch: the readings with their pixels; a few dozen at a time.
            now: Unix seconds; None is the present.

        Raises:
            StoreError: a case could not be stored; nothing was.
        """
        at = time.time() if now is None else now
        packed = [
            (pictures.pack(new.pixels, new.scan), pictures.thumbnail(new.pixels.display))
            for new in batch
        ]
        rows = [
            to_row(new, created_at=at + place * _APART_S, created_by=actor.name)
            for place, new in enumerate(batch)
        ]
        with self._database.writing() as session:
            # Under the write lock, so that no deletion can take a shared file away.
            self._put_new(session, dict(zip(rows, packed, strict=True)))
            kept = [
                self._keep(session, actor, *each) for each in zip(rows, batch, packed, strict=True)
            ]
        reserve.keep(self._database)
        return tuple(from_row(row) for row in kept)

    def _put_new(self, session: Session, packed: Mapping[CaseRow, tuple[bytes, bytes]]) -> None:
        """Keeps the files of what is no case yet, all at once, and has its rows name them."""
        scans = [row.scan_sha256 for row in packed]
        query = select(*_SAME).where(CaseRow.scan_sha256.in_(scans))
        known = {tuple(found) for found in session.execute(query)}
        new = {row: each for row, each in packed.items() if _same(row) not in known}
        names = self._database.blobs.put_all([blob for each in new.values() for blob in each])
        for row, pixels, thumbnail in zip(new, names[::2], names[1::2], strict=True):
            row.pixels_sha256, row.thumbnail_sha256 = pixels, thumbnail

    def _keep(
        self, session: Session, actor: Actor, row: CaseRow, new: NewCase, packed: Sequence[bytes]
    ) -> CaseRow:
        same = (column == value for column, value in zip(_SAME, _same(row), strict=True))
        known = session.scalar(select(CaseRow).where(*same))
        if known is not None:
            require_intact(known)
            self._mend(known, new, *packed)
            return known
        detail = {"scan_sha256": row.scan_sha256, "model_sha256": row.model_sha256}
        audit.record(session, actor, "case.add", row, detail, changed=[row])
        return row

    def _mend(self, row: CaseRow, new: NewCase, pixels: bytes, thumbnail: bytes) -> None:
        """Put back files that were lost or altered, where the scan gives the same ones again."""
        if digest(pixels) != row.pixels_sha256:
            pixels = pictures.pack(new.pixels)  # of a case from before values were kept with it
        for data, name in ((pixels, row.pixels_sha256), (thumbnail, row.thumbnail_sha256)):
            if digest(data) == name:
                self._database.blobs.put(data)

    @requires("case.read")
    def get(self, actor: Actor, case_id: str) -> Case:
        """One case, proven unaltered.

        Raises:
            StoreError: there is no such case, or its record was altered.
        """
        with self._database.reading() as session:
            return from_row(stored(session, CaseRow, case_id))

    @requires("case.read")
    def pixels(self, actor: Actor, case_id: str) -> Pixels:
        """The kept pixels of a case, checked against their hash.

        Raises:
            StoreError: the case is unknown, or its pixels are missing or altered.
        """
        return pictures.unpack(self._database.blobs.get(self.get(actor, case_id).pixels_sha256))

    @requires("case.read")
    def scan(self, actor: Actor, case_id: str) -> Scan | None:
        """A case's values as they were decoded, checked against their hash.

        None where only its picture is kept: the picture has them all, or they were too many, or
        it was read before they were kept.

        Raises:
            StoreError: the case is unknown, or its pixels are missing or altered.
        """
        case = self.get(actor, case_id)
        found = full_pixels.scan_of(self._database.blobs.get(case.pixels_sha256))
        if found is None:
            return None
        return replace(
            found,
            sha256=case.scan_sha256,
            kind=case.kind,
            frame=case.frame,
            frames=case.frames,
            attributes={**case.attributes, **found.attributes},
            series_key=case.series_key,
            study_key=case.study_key,
            warnings=case.warnings,
        )

    @requires("case.read")
    def thumbnail(self, actor: Actor, case: Case) -> bytes:
        """A listed case's thumbnail: PNG, at most 256 pixels a side, checked by its hash.

        Raises:
            StoreError: it is missing or was altered.
        """
        return self._database.blobs.get(case.thumbnail_sha256)

    @requires("case.delete")
    def delete(self, actor: Actor, case_id: str, *, reason: str = "") -> None:
        """Delete a case, its pixels, and what was said of it; one audit line stays.

        Raises:
            StoreError: there is no such case, or it could not be deleted.
        """
        self.delete_all(actor, [case_id], reason=reason)

    @requires("case.delete")
    def delete_all(self, actor: Actor, case_ids: Sequence[str], *, reason: str = "") -> None:
        """Delete several cases, all of them or none; one audit line a case stays.

        Raises:
            StoreError: one of them does not exist, or they could not be deleted.
        """
        detail = {"has_reason": bool(reason)}

        def delete(session: Session) -> list[str]:
            rows = [stored(session, CaseRow, each, altered=True) for each in case_ids]
            return [n for row in rows for n in _delete(session, actor, row, "case.delete", detail)]

        self._remove(reserve.deleting(self._database, delete))
        self._sweep_copies()
        reserve.keep(self._database)

    @requires("case.retention")
    def expire(self, actor: Actor, *, days: float | None = None, now: float | None = None) -> int:
        """Delete every case older than the retention time; give how many were deleted.

        Args:
            days: None takes ``ARNCNN_RETENTION_DAYS``; without it nothing expires.
            now: Unix seconds; None is the present.

        Raises:
            StoreError: the deletion failed; a later call goes on with it.
        """
        days = settings.retention_days() if days is None else days
        if days is None:
            return 0
        before = (time.time() if now is None else now) - days * _DAY_S
        expired = self._database.all(select(CaseRow.id).where(CaseRow.created_at < before))
        for case_id in expired:

            def delete(session: Session, case_id: str = case_id) -> list[str]:
                row = session.get(CaseRow, case_id)
                detail = {"days": days}
                return [] if row is None else _delete(session, actor, row, "case.expire", detail)

            self._remove(reserve.deleting(self._database, delete))
        if expired:
            self._sweep_copies()
            reserve.keep(self._database)
        return len(expired)

    @requires("case.retention")
    def sweep(self, actor: Actor, *, now: float | None = None) -> int:
        """Take away what no case names; give how many files.

        What a case had that was deleted goes at once (a crash may have left it). Anything else
        lies in quarantine for a week, and comes back from there when a case names it again.

        Args:
            now: Unix seconds; None is the present.

        Raises:
            StoreError: the folder belongs to another database; nothing was touched.
        """
        at = time.time() if now is None else now
        kept, held = self._database.blobs, self._database.quarantine
        with self._database.writing() as session:  # the lock: no case is being added meanwhile
            identity.require(self._database, session)
            named = identity.named_files(session)
            orphans = [name for name in kept.names() if name not in named]
            deleted = _deleted_files(session) if orphans else frozenset()
            for name in held.names():
                if name in named:
                    held.move(name, kept, at)
                elif at - held.dated(name) > _QUARANTINE_DAYS * _DAY_S:
                    held.delete(name)
            for name in orphans:
                if name in deleted:
                    kept.delete(name)
                else:
                    kept.move(name, held, at)
        return len(orphans) + self._sweep_copies()

    def _remove(self, names: Sequence[str]) -> None:
        """Remove files of deleted cases, but those that another case names too."""
        with self._database.writing() as session:  # the lock: no case is being added meanwhile
            for name in names:
                used = or_(CaseRow.pixels_sha256 == name, CaseRow.thumbnail_sha256 == name)
                if session.scalar(select(CaseRow.id).where(used).limit(1)) is None:
                    self._database.blobs.delete(name)

    def _sweep_copies(self) -> int:
        """Remove what else holds a case that is gone: training examples, the upload it came in."""
        removed = 0
        home = self._database.folder
        for case_ids, remove in (*training_examples.exported(home), *upload.read(home)):
            with self._database.writing() as session:
                known = set(session.scalars(select(CaseRow.id).where(CaseRow.id.in_(case_ids))))
                if case_ids - known:
                    remove()
                    removed += 1
        return removed


def _delete(
    session: Session, actor: Actor, row: CaseRow, action: str, detail: Mapping[str, object]
) -> list[str]:
    said = session.scalars(select(CorrectionRow).where(CorrectionRow.case_id == row.id)).all()
    deleted = [row.subject(), *corrections.delete(session, said), *headers.delete(session, row.id)]
    session.delete(row)
    files = [row.pixels_sha256, row.thumbnail_sha256]
    audit.record(session, actor, action, deleted[0], {**detail, "files": files}, deleted=deleted)
    return files


def _deleted_files(session: Session) -> frozenset[str]:
    lines = select(AuditRow).where(AuditRow.action.in_(_DELETIONS))
    return frozenset(
        str(name)
        for line in session.scalars(lines)
        for name in line.as_record(Entry).detail.get("files", ())
    )
