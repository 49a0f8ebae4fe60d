"""Sources for people: added, changed, paused, looked at; what is parked is tried again."""

import json
import time
from collections.abc import Mapping

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from arncnn.errors import StoreError, UsageError
from arncnn.store import audit
from arncnn.store.database import Service
from arncnn.store.roles import Actor, requires
from arncnn.store.seals import canonical, stored
from arncnn.store.source import (
    Inbox,
    Outbox,
    Parked,
    Queue,
    Source,
    SourceSettings,
)
from arncnn.store.tables import CursorRow, InboxRow, OutboxRow, SourceRow

TROUBLE = "trouble"
WANTED = "series:"  # and the series' UID: a cursor that says what a person asked for
_MOST_PARKED = 200
_MOST_NAME = 64


class Sources(Service):
    """Where scans come from, for people with their rights."""

    @requires("source.read")
    def list(self, actor: Actor) -> tuple[Source, ...]:
        """All sources by name, each proven unaltered."""
        with self._database.reading() as session:
            ids = session.scalars(select(SourceRow.id).order_by(SourceRow.name)).all()
            return tuple(from_row(stored(session, SourceRow, each)) for each in ids)

    @requires("source.manage")
    def add(self, actor: Actor, name: str, settings: SourceSettings) -> Source:
        """A new source.

        Raises:
            UsageError: the name is taken, or a setting is missing or wrong.
        """
        name = name.strip()
        if not name or len(name) > _MOST_NAME:
            raise UsageError("Give the source a name of up to 64 characters.")
        settings.check()
        with self._database.writing() as session:
            if session.scalar(select(SourceRow.id).where(SourceRow.name == name)):
                raise UsageError("A source with that name already exists.")
            row = SourceRow(
                name=name,
                kind="dicomweb" if settings.url else "dicom",
                settings=canonical(settings.to_json()),
                is_paused=False,
                created_at=time.time(),
                created_by=actor.name,
            )
            audit.record(session, actor, "source.add", _flushed(session, row), changed=[row])
        return from_row(row)

    @requires("source.manage")
    def change(self, actor: Actor, source_id: str, settings: SourceSettings) -> Source:
        """Other settings for a source; what waits goes by them.

        Raises:
            UsageError: a setting is missing or wrong.
            StoreError: there is no such source.
        """
        settings.check()
        with self._database.writing() as session:
            row = stored(session, SourceRow, source_id)
            row.settings = canonical(settings.to_json())
            row.kind = "dicomweb" if settings.url else "dicom"
            audit.record(session, actor, "source.change", row, changed=[row])
        return from_row(row)

    @requires("source.manage")
    def pause(self, actor: Actor, source_id: str, *, is_paused: bool) -> Source:
        """Stops or goes on with a source: nothing is taken from it, nothing sent to it.

        Raises:
            StoreError: there is no such source.
        """
        with self._database.writing() as session:
            row = stored(session, SourceRow, source_id)
            row.is_paused = is_paused
            action = "source.pause" if is_paused else "source.resume"
            audit.record(session, actor, action, row, changed=[row])
        return from_row(row)

    @requires("source.read")
    def queues(self, actor: Actor) -> Mapping[str, Queue]:
        """How every source stands, by its id."""
        with self._database.reading() as session:
            ids = session.scalars(select(SourceRow.id)).all()
            came = session.execute(
                select(
                    InboxRow.source_id,
                    InboxRow.state,
                    func.count(),
                    func.max(InboxRow.arrived_at),
                ).group_by(InboxRow.source_id, InboxRow.state)
            ).all()
            went = session.execute(
                select(OutboxRow.source_id, OutboxRow.state, func.count()).group_by(
                    OutboxRow.source_id, OutboxRow.state
                )
            ).all()
            said = session.execute(
                select(CursorRow.source_id, CursorRow.value)
                .where(CursorRow.name.like(f"{TROUBLE}:%"))
                .order_by(CursorRow.name)
            ).all()
        found = {}
        for each in ids:
            here = {state: count for source, state, count, _ in came if source == each}
            back = {state: count for source, state, count in went if source == each}
            arrivals = [at for source, _, _, at in came if source == each]
            found[each] = Queue(
                waiting=here.get(Inbox.WAITING, 0) + here.get(Inbox.GATHERING, 0),
                read=here.get(Inbox.READ, 0),
                skipped=here.get(Inbox.SKIPPED, 0) + here.get(Inbox.AGAIN, 0),
                parked=here.get(Inbox.PARKED, 0) + back.get(Outbox.PARKED, 0),
                answers=back.get(Outbox.WAITING, 0),
                sent=back.get(Outbox.SENT, 0),
                last_arrival=max(arrivals, default=None),
                trouble=" ".join(dict.fromkeys(why for source, why in said if source == each)),
            )
        return found

    @requires("source.read")
    def parked(self, actor: Actor, source_id: str) -> tuple[Parked, ...]:
        """What waits for a person, the newest first, at most 200."""
        with self._database.reading() as session:
            came = session.execute(
                select(InboxRow.id, InboxRow.arrived_at, InboxRow.sentence)
                .where(InboxRow.source_id == source_id, InboxRow.state == Inbox.PARKED)
                .order_by(InboxRow.arrived_at.desc())
                .limit(_MOST_PARKED)
            ).all()
            went = session.execute(
                select(OutboxRow.uid, OutboxRow.created_at, OutboxRow.sentence)
                .where(OutboxRow.source_id == source_id, OutboxRow.state == Outbox.PARKED)
                .order_by(OutboxRow.created_at.desc())
                .limit(_MOST_PARKED)
            ).all()
        rows = [
            *(Parked(key, "in", at, why) for key, at, why in came),
            *(Parked(key, "out", at, why) for key, at, why in went),
        ]
        return tuple(sorted(rows, key=lambda row: -row.at)[:_MOST_PARKED])

    @requires("source.retry")
    def try_again(self, actor: Actor, source_id: str) -> int:
        """Has everything that is parked at a source tried again; how much that is."""
        with self._database.writing() as session:
            back = session.execute(
                update(OutboxRow)
                .where(OutboxRow.source_id == source_id, OutboxRow.state == Outbox.PARKED)
                .values(state=Outbox.WAITING.value, due_at=0.0, attempts=0)
            )
            came = session.execute(
                update(InboxRow)
                .where(InboxRow.source_id == source_id, InboxRow.state == Inbox.PARKED)
                .values(state=Inbox.WAITING.value)
            )
            count = _count(back) + _count(came)
            if count:
                detail = {"rows": count}
                audit.record(session, actor, "source.retry", f"source:{source_id}", detail)
        return count

    @requires("case.add")
    def want(self, actor: Actor, source_id: str, study_uid: str, series_uid: str) -> None:
        """Asks for a series of a source to be fetched and read.

        Raises:
            StoreError: there is no such source.
        """
        with self._database.writing() as session:
            row = stored(session, SourceRow, source_id)
            session.merge(
                CursorRow(
                    source_id=row.id,
                    name=f"{WANTED}{series_uid}",
                    value=study_uid,
                    updated_at=time.time(),
                )
            )
            audit.record(session, actor, "source.want", row)

    @requires("case.read")
    def series(self, actor: Actor, series_uid: str) -> Mapping[str, int]:
        """How many objects of a series are in which state."""
        query = (
            select(InboxRow.state, func.count())
            .where(InboxRow.series_uid == series_uid)
            .group_by(InboxRow.state)
        )
        with self._database.reading() as session:
            return dict(session.execute(query).tuples().all())

    @requires("case.read")
    def of_cases(self, actor: Actor, case_ids: "tuple[str, ...]") -> Mapping[str, tuple[str, str]]:
        """The source's id and the study's UID of the cases that came from a source."""
        query = select(InboxRow.case_id, InboxRow.source_id, InboxRow.study_uid).where(
            InboxRow.case_id.in_(case_ids)
        )
        with self._database.reading() as session:
            return {str(case): (source, study) for case, source, study in session.execute(query)}


def from_row(row: SourceRow) -> Source:
    """The source a row holds.

    Raises:
        StoreError: its settings cannot be read.
    """
    try:
        settings = SourceSettings.from_json(json.loads(row.settings))
    except (TypeError, ValueError):
        raise StoreError("The settings of a source cannot be read; enter them again.") from None
    return row.as_record(Source, settings=settings)


def _flushed(session: Session, row: SourceRow) -> SourceRow:
    """The row with its id, which its seal and the audit name."""
    session.add(row)
    session.flush()
    return row


def _count(result: object) -> int:
    return int(getattr(result, "rowcount", 0))
