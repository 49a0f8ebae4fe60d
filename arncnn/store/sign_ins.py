"""Sign-ins: how long a login of an account lasts, and how it ended.

A sign-in ends at its expiry, after a time without activity, or when the person signs out. Its
end is a row of the database: no other tab, copied cookie, refresh, emptied cache or restart
brings it back, in any process. Activity is written down a twentieth of the idle time late at
most, so that not every click waits for the disk; by as much a sign-in may end too early, never
too late.
"""

import time
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import delete
from sqlalchemy.orm import Session

from arncnn.errors import PermissionDenied, StoreError
from arncnn.store import audit, settings
from arncnn.store.database import Database, Service
from arncnn.store.roles import Actor, Role
from arncnn.store.seals import require_intact
from arncnn.store.tables import SignInRow, UserRow

CLOCK_SKEW_S = 60.0
_OVER = {
    "sign_out": "You have signed out. Please sign in again.",
    "idle": "You were signed out after a period without activity.",
}


@dataclass(frozen=True)
class SignIn:
    """One login of one person; a page keeps it and hands it back.

    Every tab and every refresh of the same browser comes with the same login, and so with an
    equal sign-in; a fresh login at the identity provider makes another one.

    Attributes:
        user_id: the account.
        issued_at: Unix seconds of the login.
        expires_at: Unix seconds after which it is over in any case.
    """

    user_id: str
    issued_at: float
    expires_at: float


class SignIns(Service):
    """Going on with a sign-in, and ending it."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._lock = Lock()
        self._active: dict[SignIn, float] = {}  # Unix seconds, ahead of the database

    def resume(
        self, sign_in: SignIn, *, is_activity: bool = True, now: float | None = None
    ) -> Actor:
        """The actor of a sign-in, with the roles held now; call it at every interaction.

        Args:
            sign_in: from ``sign_in``.
            is_activity: whether a person did something; False for what a page does by itself.
            now: Unix seconds; None is the present.

        Raises:
            PermissionDenied: it expired, was idle for too long or signed out, or the account
                is switched off.
        """
        at = time.time() if now is None else now
        if at >= sign_in.expires_at:
            raise PermissionDenied("Your sign-in has expired. Please sign in again.")
        with self._database.reading() as session:
            row = session.get(UserRow, sign_in.user_id)
            login = session.get(SignInRow, _key(sign_in))
            if row is None or not row.is_active:
                raise PermissionDenied("This account is switched off. Ask an administrator.")
            require_intact(row)
        if login is None:
            raise PermissionDenied("This sign-in is not known. Please sign in again.")
        if login.over is not None:
            raise PermissionDenied(_OVER[login.over])
        with self._lock:
            active_at = max(login.active_at, self._active.get(sign_in, 0.0))
        idle_s = settings.idle_s()
        if at >= active_at + idle_s:
            self._end(sign_in, "idle")
            raise PermissionDenied(_OVER["idle"])
        if is_activity:
            active_at = max(at, active_at)
            self._note(sign_in, active_at, is_written=at - login.active_at < idle_s / 20)
        valid_until = min(sign_in.expires_at, active_at + idle_s)
        return Actor(
            row.name, parsed_roles(row.roles), valid_until=valid_until, account_id=sign_in.user_id
        )

    def sign_out(self, sign_in: SignIn) -> None:
        """End a sign-in for good, on every screen that has it."""
        self._end(sign_in, "sign_out")

    def _note(self, sign_in: SignIn, at: float, *, is_written: bool) -> None:
        with self._lock:
            # Those that expired are refused anyway; forgotten, they take no room.
            if sign_in not in self._active:
                self._active = {s: on for s, on in self._active.items() if s.expires_at > at}
            self._active[sign_in] = at
        if not is_written:
            with suppress(StoreError), self._database.writing() as session:
                login = session.get(SignInRow, _key(sign_in))
                if login is not None:
                    login.active_at = max(at, login.active_at)

    def _end(self, sign_in: SignIn, over: str) -> None:
        with self._database.writing() as session:
            login = session.get(SignInRow, _key(sign_in))
            row = session.get(UserRow, sign_in.user_id)
            if login is not None and row is not None and login.over is None:
                login.over = over
                audit.record(session, Actor(row.name, frozenset()), f"user.{over}", row)


def _key(sign_in: SignIn) -> tuple[str, float, float]:
    return sign_in.user_id, sign_in.issued_at, sign_in.expires_at


def begin(session: Session, sign_in: SignIn, row: UserRow, at: float) -> None:
    """Keep that a login of an account was seen for the first time."""
    is_past = (SignInRow.user_id == row.id, SignInRow.expires_at + CLOCK_SKEW_S < at)
    session.execute(delete(SignInRow).where(*is_past))
    user_id, issued_at, expires_at = _key(sign_in)
    session.add(
        SignInRow(user_id=user_id, issued_at=issued_at, expires_at=expires_at, active_at=at)
    )
    audit.record(session, Actor(row.name, frozenset()), "user.sign_in", row)


def require_going_on(session: Session, sign_in: SignIn) -> bool:
    """Whether a sign-in was seen before.

    Raises:
        PermissionDenied: it was, and it is over.
    """
    login = session.get(SignInRow, _key(sign_in))
    if login is not None and login.over is not None:
        raise PermissionDenied(_OVER[login.over])
    return login is not None


def parsed_roles(text: str) -> frozenset[Role]:
    """The roles of an account's row."""
    return frozenset(Role(word) for word in text.split())
