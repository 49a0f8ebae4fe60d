"""Who did what, when: a chain of lines in which each hash covers the line before.

Every change of a sealed row is recorded with the row's new seal (None when it was deleted), in
the transaction of the change. Replaying the chain therefore tells what every sealed row must
look like now; ``verify`` compares. The chain's end is anchored, so cutting off lines is found.
It proves consistency, not authorship: who can rewrite the whole database can rewrite all of it,
so keep the end (``head``) elsewhere where that matters.
"""

import csv
import io
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from arncnn.store.database import Service, fitting
from arncnn.store.roles import Actor, requires
from arncnn.store.seals import canonical, digest, seal_of
from arncnn.store.tables import AnchorRow, AuditRow, Sealed

GENESIS = "0" * 64
ANCHOR = "audit"
_BATCH = 500
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Entry:
    """One line of the audit. ``detail`` holds facts of the action, never patient data."""

    number: int
    at: float
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any]
    hash: str


@dataclass(frozen=True)
class AuditFilter:
    """Which lines to show; what is None does not filter. Times are Unix seconds."""

    actor: str | None = None
    action: str | None = None
    subject: str | None = None
    since: float | None = None
    until: float | None = None


@dataclass(frozen=True)
class AuditPage:
    """A slice of the audit and the number of lines in all that fit the filter."""

    entries: tuple[Entry, ...]
    total: int


def record(
    session: Session,
    actor: Actor,
    action: str,
    subject: Sealed | str,
    detail: Mapping[str, Any] = _NOTHING,
    *,
    changed: Sequence[Sealed] = (),
    deleted: Sequence[str] = (),
    also: Mapping[str, str] = _NOTHING,
) -> None:
    """Seal the changed rows and add the audit line, inside the caller's transaction.

    Args:
        session: a writing session, which holds the write lock.
        actor: who acts.
        action: a key of ``roles.ACTIONS`` or a finer word such as "job.lost".
        subject: the row it is about, or its name such as "cases:1f0c".
        detail: facts of the action; no notes, names of patients or file names.
        changed: sealed rows that this action added or altered.
        deleted: subjects of sealed rows that this action removed.
        also: further seals by subject.
    """
    session.add_all(changed)
    session.flush()
    seals: dict[str, str | None] = {**dict.fromkeys(deleted), **also}
    for item in changed:
        session.refresh(item)  # seal what the database holds, not what was handed to it
        item.seal = seal_of(item)
        seals[item.subject()] = item.seal
    anchors = {row.name: row for row in session.scalars(select(AnchorRow))}
    anchor = anchors.pop(ANCHOR, None)
    if anchor is None:
        anchor = AnchorRow(name=ANCHOR, entries=0, hash=GENESIS)
        session.add(anchor)
    for other in (other for other in anchors.values() if not other.entries):
        other.entries = anchor.entries + 1  # the line that tells of it
        seals[anchor_subject(other.name)] = other.hash
    row = AuditRow(
        number=anchor.entries + 1,
        at=time.time(),
        actor=actor.name,
        action=action,
        subject=subject.subject() if isinstance(subject, Sealed) else subject,
        detail=canonical(dict(detail)),
        seals=canonical(seals),
        previous_hash=anchor.hash,
    )
    row.hash = hash_of(row)
    session.add(row)
    anchor.entries, anchor.hash = row.number, row.hash
    session.flush()


def anchor_subject(name: str) -> str:
    """What the chain calls another anchor: the schema's, or the store's id."""
    return f"anchors:{name}"


def hash_of(row: AuditRow) -> str:
    """The hash a line must have: SHA-256 of the previous hash and the line's canonical JSON."""
    content = [row.number, row.at, row.actor, row.action, row.subject, row.detail, row.seals]
    return digest(f"{row.previous_hash}\n{canonical(content)}")


class Audit(Service):
    """Reading the audit. Nothing here changes it."""

    @requires("audit.read")
    def entries(
        self, actor: Actor, where: AuditFilter | None = None, *, offset: int = 0, limit: int = 100
    ) -> AuditPage:
        """A page of lines, newest first."""
        query, newest = _fitting(where), AuditRow.number.desc()
        rows, total = self._database.page(query, newest, offset=offset, limit=limit)
        return AuditPage(tuple(row.as_record(Entry) for row in rows), total)

    @requires("audit.read")
    def csv(self, actor: Actor, where: AuditFilter | None = None) -> Iterator[str]:
        """The lines as CSV text, oldest first, header first, in constant memory."""
        yield csv_line(["number", "time", "actor", "action", "subject", "detail", "hash"])
        for e in self._each(where):
            detail = canonical(dict(e.detail))
            yield csv_line([e.number, iso(e.at), e.actor, e.action, e.subject, detail, e.hash])

    @requires("audit.read")
    def json_lines(self, actor: Actor, where: AuditFilter | None = None) -> Iterator[str]:
        """The lines as one JSON object each, oldest first, in constant memory."""
        for entry in self._each(where):
            line = {**vars(entry), "at": iso(entry.at), "detail": dict(entry.detail)}
            yield json.dumps(line) + "\n"

    @requires("audit.read")
    def head(self, actor: Actor) -> tuple[int, str]:
        """The number and hash of the last line: note it elsewhere to prove nothing was cut."""
        with self._database.reading() as session:
            return end(session)

    def note(
        self, name: str, action: str, subject: str, detail: Mapping[str, Any] = _NOTHING
    ) -> None:
        """Add a line on what somebody looked at or took away, which changes no record.

        Args:
            name: of the actor, whose right was asked.
            action: such as "case.open".
            subject: such as "cases:1f0c".
            detail: facts; no names of patients or files.
        """
        with self._database.writing() as session:
            record(session, Actor(name, frozenset()), action, subject, detail)

    def _each(self, where: AuditFilter | None) -> Iterator[Entry]:
        rows = self._database.each(_fitting(where), AuditRow.number, batch=_BATCH)
        return (row.as_record(Entry) for row in rows)


def end(session: Session) -> tuple[int, str]:
    """The number and hash that the anchor says the last line has."""
    anchor = session.get(AnchorRow, ANCHOR)
    return (anchor.entries, anchor.hash) if anchor else (0, GENESIS)


def csv_line(values: Sequence[object]) -> str:
    r"""One CSV line that a spreadsheet takes as text, never as a formula.

    >>> csv_line(["=1+1", None, "a,b"])
    '\'=1+1,,"a,b"\r\n'
    """
    buffer = io.StringIO()
    csv.writer(buffer).writerow([_safe(value) for value in values])
    return buffer.getvalue()


def _safe(value: object) -> object:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return "" if value is None else value


def iso(at: float) -> str:
    """A time as ISO 8601 in UTC.

    >>> iso(0.0)
    '1970-01-01T00:00:00+00:00'
    """
    return datetime.fromtimestamp(at, UTC).isoformat()


def _fitting(where: AuditFilter | None) -> Select[AuditRow]:
    return fitting(select(AuditRow), where or AuditFilter(), AuditRow, AuditRow.at)
