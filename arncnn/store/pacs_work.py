"""PacsWork: the inbox and the outbox, for the process that works on them.

An object's file lies in the spool before its row is here, and goes once the row says what became
of it; an answer's body lies in the outbox's folder before its row is here. So a kill between any
two steps loses nothing, and what is done again finds its own row.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from arncnn.store import audit
from arncnn.store.database import Service
from arncnn.store.roles import Actor, requires
from arncnn.store.source import (
    Arrival,
    Inbox,
    NewAnswer,
    Outbox,
    Outcome,
    Received,
    Waiting,
)
from arncnn.store.sources import WANTED
from arncnn.store.tables import CursorRow, InboxRow, OutboxRow

T = TypeVar("T")

_AT_ONCE = 500  # names in one query


class PacsWork(Service):
    """What came, what became of it, and what goes back."""

    @requires("source.work")
    def known(self, actor: Actor, names: Sequence[str]) -> Mapping[str, Inbox]:
        """The states of files in the spool that have a row."""
        query = select(InboxRow.id, InboxRow.state)
        with self._database.reading() as session:
            return {
                row[0]: Inbox(row[1])
                for start in range(0, len(names), _AT_ONCE)
                for row in session.execute(
                    query.where(InboxRow.id.in_(names[start : start + _AT_ONCE]))
                )
            }

    @requires("source.work")
    def known_objects(self, actor: Actor, uids: Sequence[str]) -> frozenset[str]:
        """Which SOP Instance UIDs came before, or are our own answers."""
        with self._database.reading() as session:
            return frozenset(
                uid
                for start in range(0, len(uids), _AT_ONCE)
                for column in (InboxRow.sop_uid, OutboxRow.uid)
                for uid in session.scalars(
                    select(column).where(column.in_(uids[start : start + _AT_ONCE]))
                )
            )

    @requires("source.work")
    def take(self, actor: Actor, arrivals: Sequence[Arrival]) -> None:
        """Enters files of the spool into the inbox, all of them or none."""
        if not arrivals:
            return
        with self._database.writing() as session:
            for each in arrivals:
                session.add(
                    InboxRow(
                        id=each.id,
                        source_id=each.source_id,
                        arrived_at=each.arrived_at,
                        state=each.state.value,
                        sentence=each.sentence,
                        sop_class=each.uids["SOPClassUID"],
                        sop_uid=each.uids["SOPInstanceUID"],
                        series_uid=each.uids["SeriesInstanceUID"],
                        study_uid=each.uids["StudyInstanceUID"],
                    )
                )
            for source_id in sorted({each.source_id for each in arrivals}):
                ours = [each for each in arrivals if each.source_id == source_id]
                detail = {"objects": len(ours)}
                audit.record(session, actor, "pacs.receive", f"source:{source_id}", detail)

    @requires("source.work")
    def inbox(
        self,
        actor: Actor,
        state: Inbox,
        *,
        series_uid: str | None = None,
        but: Collection[str] = (),
        limit: int,
    ) -> tuple[Received, ...]:
        """Rows of a state in the order they came."""
        query = select(InboxRow).where(InboxRow.state == state)
        if series_uid is not None:
            query = query.where(InboxRow.series_uid == series_uid)
        if but:
            query = query.where(InboxRow.source_id.not_in(but))
        rows = self._database.all(query.order_by(InboxRow.arrived_at).limit(limit))
        return tuple(row.as_record(Received, state=Inbox(row.state)) for row in rows)

    @requires("source.work")
    def earlier(
        self, actor: Actor, keys: Sequence[tuple[str, str, int]]
    ) -> Mapping[tuple[str, str, int], tuple[str, str]]:
        """Pixels' SHA-256 and case of what was read before, by SOP UID, model and frame."""
        query = select(InboxRow).where(
            InboxRow.sop_uid.in_([key[0] for key in keys]), InboxRow.case_id.is_not(None)
        )
        return {
            (row.sop_uid, str(row.model_sha256), row.frame or 0): (
                str(row.pixels_sha256),
                str(row.case_id),
            )
            for row in self._database.all(query)
        }

    @requires("source.work")
    def record(self, actor: Actor, outcomes: Sequence[Outcome]) -> None:
        """Keeps what became of objects, with the answers that follow: all of it or nothing."""
        if not outcomes:
            return
        now = time.time()
        ids = [each.id for each in outcomes]
        answers = {answer.uid for each in outcomes for answer in each.answers}
        with self._database.writing() as session:
            rows = _all(session, InboxRow, InboxRow.id, ids)
            known = set(_all(session, OutboxRow, OutboxRow.uid, sorted(answers)))
            for each in outcomes:
                row = rows.get(each.id)
                if row is None:
                    continue
                row.state, row.sentence = each.state.value, each.sentence
                if each.reading is not None:
                    row.pixels_sha256, row.model_sha256, row.frame, row.case_id = each.reading
                    row.read_at = now
                for answer in each.answers:
                    if answer.uid not in known:
                        session.add(_outbox_row(answer, now))
                        known.add(answer.uid)
            counts = {state.value: 0 for state in Inbox}
            for each in outcomes:
                counts[each.state.value] += 1
            detail = {name: count for name, count in counts.items() if count}
            action = "pacs.park" if set(detail) == {Inbox.PARKED} else "pacs.read"
            audit.record(session, actor, action, "inbox", detail)

    @requires("source.work")
    def due(self, actor: Actor, source_id: str, *, limit: int) -> tuple[Waiting, ...]:
        """Answers to be sent to a source now."""
        query = select(OutboxRow).where(
            OutboxRow.source_id == source_id,
            OutboxRow.state == Outbox.WAITING,
            OutboxRow.due_at <= time.time(),
        )
        rows = self._database.all(query.order_by(OutboxRow.due_at).limit(limit))
        return tuple(row.as_record(Waiting, state=Outbox(row.state)) for row in rows)

    @requires("source.work")
    def bodies(self, actor: Actor) -> frozenset[str]:
        """The bodies that answers which are not sent yet name."""
        query = select(OutboxRow.body_sha256).where(OutboxRow.state != Outbox.SENT)
        return frozenset(self._database.all(query))

    @requires("source.work")
    def sent(self, actor: Actor, source_id: str, uids: Sequence[str]) -> None:
        """Notes that answers are stored where they were to go."""
        if not uids:
            return
        with self._database.writing() as session:
            session.execute(
                update(OutboxRow)
                .where(OutboxRow.uid.in_(uids))
                .values(state=Outbox.SENT.value, sent_at=time.time(), sentence="")
            )
            detail = {"answers": len(uids)}
            audit.record(session, actor, "pacs.send", f"source:{source_id}", detail)

    @requires("source.work")
    def failed(
        self, actor: Actor, source_id: str, uids: Sequence[str], sentence: str, due_at: float | None
    ) -> None:
        """Notes that answers did not get there.

        Args:
            actor: who works.
            source_id: where they were to go.
            uids: theirs.
            sentence: why, for a person.
            due_at: Unix seconds when to try again; None parks them for a person.
        """
        state = Outbox.PARKED if due_at is None else Outbox.WAITING
        with self._database.writing() as session:
            session.execute(
                update(OutboxRow)
                .where(OutboxRow.uid.in_(uids), OutboxRow.state == Outbox.WAITING)
                .values(
                    state=state.value,
                    sentence=sentence,
                    attempts=OutboxRow.attempts + 1,
                    due_at=due_at or 0.0,
                )
            )
            if due_at is None:
                detail = {"answers": len(uids)}
                audit.record(session, actor, "pacs.park", f"source:{source_id}", detail)

    @requires("source.work")
    def reports(self, actor: Actor, series_uid: str) -> tuple[str, ...]:
        """UIDs of answers on a series, the newest first."""
        query = (
            select(OutboxRow.uid)
            .where(OutboxRow.about_uid == series_uid)
            .order_by(OutboxRow.created_at.desc())
        )
        return tuple(self._database.all(query))

    @requires("source.work")
    def cursor(self, actor: Actor, source_id: str, name: str) -> str | None:
        """How far a source was followed, or None."""
        with self._database.reading() as session:
            row = session.get(CursorRow, (source_id, name))
            return row.value if row else None

    @requires("source.work")
    def move(self, actor: Actor, source_id: str, name: str, value: str | None) -> None:
        """Notes how far a source was followed; None forgets it."""
        with self._database.writing() as session:
            session.execute(
                delete(CursorRow).where(CursorRow.source_id == source_id, CursorRow.name == name)
            )
            if value is not None:
                session.add(
                    CursorRow(source_id=source_id, name=name, value=value, updated_at=time.time())
                )

    @requires("source.work")
    def wanted(self, actor: Actor, source_id: str) -> Mapping[str, str]:
        """The series that people asked for, by their UIDs, with their studies'."""
        query = select(CursorRow).where(
            CursorRow.source_id == source_id, CursorRow.name.like(f"{WANTED}%")
        )
        return {row.name.removeprefix(WANTED): row.value for row in self._database.all(query)}


def _all(session: Session, table: type[T], key: Any, names: Sequence[str]) -> dict[str, T]:
    """The rows of these keys, a few queries for all of them."""
    return {
        getattr(row, key.key): row
        for start in range(0, len(names), _AT_ONCE)
        for row in session.scalars(select(table).where(key.in_(names[start : start + _AT_ONCE])))
    }


def _outbox_row(answer: NewAnswer, now: float) -> OutboxRow:
    return OutboxRow(
        **vars(answer),
        state=Outbox.WAITING.value,
        sentence="",
        attempts=0,
        due_at=0.0,
        created_at=now,
    )
