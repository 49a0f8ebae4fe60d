"""From rows of the inbox to cases and answers.

A case is kept first, then row and answers in one transaction, then the file goes. A kill between
any two leaves the row as it was: the object is read again, finds its case, and answers under the
same UID.
"""

import math
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np

from arncnn.cases.open_case import OpenCase
from arncnn.cases.service import CaseService
from arncnn.errors import ArncnnError, IntakeError, ReportError, StoreError
from arncnn.intake import Item, identify_file, open_scan
from arncnn.pacs import answers
from arncnn.pacs.answers import Read
from arncnn.pacs.spool import Spool
from arncnn.store.case import Case
from arncnn.store.roles import PACS
from arncnn.store.source import Answer, Inbox, Outcome, Received, Source

_AT_ONCE = 32
_MOST_SLICES = 5000
_CHANGED = (
    "A different image arrived under the UID of one that was read before. It was read as a "
    "separate case and is not answered. Find out which is right, and have it stored under "
    "its own UID."
)
_GONE = "Its file is no longer in the spool. Have it sent again."
_WITH_SERIES = "Part of a series of which other images were read."

Keys = dict[tuple[str, str, int], tuple[str, str]]
"""SHA-256 of the pixels and case, by SOP Instance UID, model and frame."""


class InboxReader:
    """Reads what waits in the inbox, as the model in service reads."""

    def __init__(self, service: CaseService, spool: Spool) -> None:
        self._service = service
        self._work = service.store.pacs
        self._spool = spool

    def read_waiting(self, sources: Mapping[str, Source], paused: Sequence[str]) -> int:
        """Reads single images; how many were done with.

        Raises:
            ModelError: there is no model to read with; all goes on waiting.
            StoreError: nothing can be kept now.
        """
        rows = self._work.inbox(PACS, Inbox.WAITING, but=paused, limit=_AT_ONCE)
        if not rows:
            return 0
        found = self._read(rows)
        outcomes: list[Outcome] = []
        bodies: list[bytes] = []
        known = self._earlier(rows, found)
        for row, result in zip(rows, found, strict=True):
            outcome = self._outcome(row, result, known)
            source = sources.get(row.source_id)
            if outcome.reading is not None and source is not None and _is_answered(source):
                outcome = self._answered(outcome, row, result, source, bodies)
            outcomes.append(outcome)
        self._done(rows, outcomes, bodies)
        return len(rows)

    def read_quiet_series(self, sources: Mapping[str, Source], paused: Sequence[str]) -> int:
        """Reads CT and MR series to which nothing was added for a while; how many objects."""
        rows = self._work.inbox(PACS, Inbox.GATHERING, but=paused, limit=_MOST_SLICES)
        series: dict[tuple[str, str], list[Received]] = {}
        for row in rows:
            series.setdefault((row.source_id, row.series_uid), []).append(row)
        done, now = 0, time.time()
        for (source_id, _), slices in series.items():
            source = sources.get(source_id)
            quiet_s = source.settings.quiet_s if source else 0.0
            if source is not None and now - max(row.arrived_at for row in slices) >= quiet_s:
                self._read_series(slices, source)
                done += len(slices)
        return done

    def _read_series(self, slices: Sequence[Received], source: Source) -> None:
        chosen = self._evenly_spaced(slices, source.settings.slices)
        found = self._read(chosen)
        known = self._earlier(chosen, found)
        outcomes: list[Outcome] = []
        bodies: list[bytes] = []
        reads: list[tuple[Received, OpenCase]] = []
        for row, result in zip(chosen, found, strict=True):
            outcome = self._outcome(row, result, known)
            outcomes.append(outcome)
            if outcome.reading is not None and isinstance(result, OpenCase):
                reads.append((row, result))
        if reads and _is_answered(source):
            position = next(n for n, each in enumerate(outcomes) if each.reading is not None)
            outcomes[position] = self._series_answered(
                outcomes[position], reads, slices, source, bodies
            )
        ids = {row.id for row in chosen}
        others = [row for row in slices if row.id not in ids]
        outcomes += [Outcome(row.id, Inbox.READ, _WITH_SERIES) for row in others]
        self._done([*chosen, *others], outcomes, bodies)

    def _evenly_spaced(self, slices: Sequence[Received], count: int) -> list[Received]:
        """Some of the slices, in the order they lie in the body."""
        newest = {row.sop_uid: row for row in slices}
        ordered = sorted(newest.values(), key=self._place)
        if len(ordered) <= count:
            return ordered
        # The middle of each of as many equal parts: the ends of a series show least.
        return [ordered[int((part + 0.5) * len(ordered) / count)] for part in range(count)]

    def _place(self, row: Received) -> tuple[float, str]:
        try:
            identity = identify_file(self._spool.path(row.source_id, row.id))
        except IntakeError:
            return math.inf, row.sop_uid
        return _along_normal(identity), row.sop_uid

    def _read(self, rows: Sequence[Received]) -> "list[OpenCase | ArncnnError]":
        def item(row: Received) -> Item:
            path = self._spool.path(row.source_id, row.id)
            return Item(row.id, lambda *, frame=None: open_scan(path, frame=frame), path)

        return self._service.read_all(PACS, [item(row) for row in rows])

    def _earlier(self, rows: Sequence[Received], found: "Sequence[OpenCase | ArncnnError]") -> Keys:
        """What is known of these objects from before."""
        read = [(row, each) for row, each in zip(rows, found, strict=True)]
        keys = [_key(row, each) for row, each in read if isinstance(each, OpenCase)]
        return dict(self._work.earlier(PACS, keys)) if keys else {}

    def _outcome(self, row: Received, result: OpenCase | ArncnnError, known: Keys) -> Outcome:
        if isinstance(result, StoreError):
            raise result  # it goes on waiting
        if not isinstance(result, OpenCase):
            if isinstance(result, IntakeError) and result.code == "missing":
                return Outcome(row.id, Inbox.PARKED, _GONE)
            if isinstance(result, IntakeError) and result.code == "no_picture":
                return Outcome(row.id, Inbox.SKIPPED, str(result))
            return Outcome(row.id, Inbox.PARKED, str(result))
        key = _key(row, result)
        pixels = result.case.pixels_sha256  # of the picture, however its header was written anew
        if key in known:
            before, case_id = known[key]
            if before != pixels:
                return Outcome(row.id, Inbox.PARKED, _CHANGED)
            self._forget_double(result.case, case_id)
            return Outcome(row.id, Inbox.AGAIN, "The same object was read before.")
        known[key] = pixels, result.case.id
        kept = (pixels, *key[1:], result.case.id)
        return Outcome(row.id, Inbox.READ, reading=kept)

    def _forget_double(self, case: Case, first: str) -> None:
        """An object whose header was written anew is one case, not two."""
        if case.id != first and case.created_by == PACS.name:
            with suppress(StoreError):
                self._service.delete(PACS, [case.id])

    def _answered(
        self,
        outcome: Outcome,
        row: Received,
        result: OpenCase | ArncnnError,
        source: Source,
        bodies: list[bytes],
    ) -> Outcome:
        if not isinstance(result, OpenCase):
            return outcome
        try:
            made = answers.on_image(source, self._identified(row, result))
        except (ReportError, IntakeError) as error:
            return replace(outcome, sentence=str(error))
        bodies += made.values()
        return replace(outcome, answers=tuple(made))

    def _series_answered(
        self,
        outcome: Outcome,
        reads: Sequence[tuple[Received, OpenCase]],
        slices: Sequence[Received],
        source: Source,
        bodies: list[bytes],
    ) -> Outcome:
        uid = slices[0].series_uid
        before = self._work.inbox(PACS, Inbox.READ, series_uid=uid, limit=_MOST_SLICES)
        earlier = self._work.reports(PACS, uid)
        try:
            made = answers.on_series(
                source,
                [self._identified(row, opened) for row, opened in reads],
                [row.sop_uid for row in (*before, *slices)],
                earlier[0] if earlier else None,
            )
        except (ReportError, IntakeError) as error:
            return replace(outcome, sentence=str(error))
        bodies += made.values()
        return replace(outcome, answers=tuple(made))

    def _identified(self, row: Received, opened: OpenCase) -> Read:
        return row, opened, identify_file(self._spool.path(row.source_id, row.id))

    def _done(
        self, rows: Sequence[Received], outcomes: Sequence[Outcome], bodies: Sequence[bytes]
    ) -> None:
        self._spool.put_answers(bodies)  # on the disk before a row names them
        self._work.record(PACS, outcomes)
        settled = {each.id for each in outcomes if each.state is not Inbox.PARKED}
        for row in rows:
            if row.id in settled:
                self._spool.remove(row.source_id, row.id)


def _key(row: Received, opened: OpenCase) -> tuple[str, str, int]:
    reading = opened.reading
    return row.sop_uid, reading.model.sha256, reading.frame


def _is_answered(source: Source) -> bool:
    return source.settings.answer is not Answer.NONE


def _along_normal(identity: Mapping[str, str]) -> float:
    """Where a slice lies, in mm along its normal; by its number where that is not said."""
    try:
        place = np.array([float(n) for n in identity["ImagePositionPatient"].split("\\")])
        axes = np.array([float(n) for n in identity["ImageOrientationPatient"].split("\\")])
        if len(place) == 3 and len(axes) == 6:
            return float(np.cross(axes[:3], axes[3:]) @ place)
        return float(identity["InstanceNumber"])
    except (ValueError, OverflowError):
        return math.inf
