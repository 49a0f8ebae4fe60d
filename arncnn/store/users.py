"""Accounts: who may sign in, with which roles, and until when.

The identity provider only says who somebody is. Roles are kept here, read anew at every
action, and a sign-in ends at its expiry or after a time without activity. A new account has
no role until an administrator gives it one; the address in ``ARNCNN_FIRST_ADMIN`` becomes
admin at its sign-in while there is none.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import select
from sqlalchemy.orm import Session

from arncnn.errors import PermissionDenied, UsageError
from arncnn.store import audit, settings
from arncnn.store.database import Database, Service
from arncnn.store.roles import Actor, Role, requires
from arncnn.store.seals import require_intact, stored
from arncnn.store.tables import UserRow

_CLOCK_SKEW_S = 60.0
_NAME_LENGTH = 200


@dataclass(frozen=True)
class Identity:
    """What an identity provider proved of a person (the claims of an ID token).

    Attributes:
        issuer: the provider (``iss``).
        subject: the person's id there (``sub``); with the issuer, the account's key.
        email: the address, shown and written into the audit.
        is_email_verified: whether the provider vouches for the address.
        expires_at: Unix seconds (``exp``).
        issued_at: Unix seconds (``iat``), which tell one login of a person from the next.
    """

    issuer: str
    subject: str
    email: str
    is_email_verified: bool
    expires_at: float
    issued_at: float = 0.0


@dataclass(frozen=True)
class User:
    """One account. ``name`` is its address; ``created_at`` is in Unix seconds."""

    id: str
    name: str
    roles: frozenset[Role]
    is_active: bool
    created_at: float


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


class Activity:
    """When each sign-in was last active, for all screens of one process.

    A sign-in that was idle for too long is never noted again, so it stays over: neither a new
    run nor a refresh brings it back. The memory does not outlive the process. After a restart
    a login that the provider's token still covers counts as active once more.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._last: dict[SignIn, float] = {}

    def last(self, sign_in: SignIn, at: float) -> float:
        """Unix seconds when a sign-in was last active; one not seen before is so now."""
        with self._lock:
            if sign_in not in self._last:
                # Those that expired are refused anyway; forgotten, they take no room.
                self._last = {each: on for each, on in self._last.items() if each.expires_at > at}
                self._last[sign_in] = at
            return self._last[sign_in]

    def note(self, sign_in: SignIn, at: float) -> None:
        """Keeps that a sign-in was active; an earlier moment takes nothing back."""
        with self._lock:
            self._last[sign_in] = max(at, self._last.get(sign_in, at))


class Users(Service):
    """Signing in, and giving and taking roles."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._activity = Activity()

    def sign_in(self, identity: Identity, *, now: float | None = None) -> SignIn:
        """Begin a sign-in; an account is made at the first.

        Raises:
            PermissionDenied: the token has expired, or the account is switched off.
            UsageError: the token names nobody.
        """
        at = time.time() if now is None else now
        name = identity.email.strip().casefold()
        if not (identity.issuer and identity.subject and 0 < len(name) <= _NAME_LENGTH):
            raise UsageError("The identity provider did not say who you are; ask for 'email'.")
        if at >= identity.expires_at + _CLOCK_SKEW_S:
            raise PermissionDenied("Your sign-in has expired. Please sign in again.")
        with self._database.writing() as session:
            row = session.scalar(
                select(UserRow).where(
                    UserRow.issuer == identity.issuer, UserRow.subject_id == identity.subject
                )
            )
            if row is None:
                row = UserRow(
                    issuer=identity.issuer,
                    subject_id=identity.subject,
                    name=name,
                    roles="",
                    is_active=True,
                    created_at=at,
                )
                _record(session, Actor(name, frozenset()), "user.create", row)
            require_intact(row)
            if not row.is_active:
                raise PermissionDenied("This account is switched off. Ask an administrator.")
            is_first = name == settings.first_admin() and identity.is_email_verified
            if is_first and not _admins(session):
                row.roles = _text({Role.ADMIN, *_parsed(row.roles)})
                _record(session, Actor(name, frozenset()), "user.first_admin", row)
            return SignIn(row.id, identity.issued_at, identity.expires_at)

    def resume(
        self, sign_in: SignIn, *, is_activity: bool = True, now: float | None = None
    ) -> Actor:
        """The actor of a sign-in, with the roles held now; call it at every interaction.

        Args:
            sign_in: from ``sign_in``.
            is_activity: whether a person did something; False for what a page does by itself.
            now: Unix seconds; None is the present.

        Raises:
            PermissionDenied: it expired, was idle for too long, or the account is switched off.
        """
        at = time.time() if now is None else now
        if at >= sign_in.expires_at:
            raise PermissionDenied("Your sign-in has expired. Please sign in again.")
        active_at = self._activity.last(sign_in, at)
        if at >= active_at + settings.idle_s():
            raise PermissionDenied("You were signed out after a time without activity.")
        with self._database.reading() as session:
            row = session.get(UserRow, sign_in.user_id)
            if row is None or not row.is_active:
                raise PermissionDenied("This account is switched off. Ask an administrator.")
            require_intact(row)
        if is_activity:
            active_at = at
            self._activity.note(sign_in, at)
        valid_until = min(sign_in.expires_at, active_at + settings.idle_s())
        return Actor(row.name, _parsed(row.roles), valid_until=valid_until)

    @requires("user.manage")
    def list(self, actor: Actor) -> tuple[User, ...]:
        """All accounts by name."""
        return tuple(map(_user, self._database.all(select(UserRow).order_by(UserRow.name))))

    @requires("user.manage")
    def change(
        self,
        actor: Actor,
        user_id: str,
        *,
        held: Iterable[Role] | None = None,
        is_active: bool | None = None,
    ) -> User:
        """Set an account's roles, or switch it on or off; it counts from the next action.

        Raises:
            UsageError: no administrator would be left.
            StoreError: there is no such account.
        """
        with self._database.writing() as session:
            row = stored(session, UserRow, user_id)
            if held is not None:
                row.roles = _text(held)
            if is_active is not None:
                row.is_active = is_active
            session.flush()
            if not actor.is_local and not _admins(session):
                raise UsageError("At least one active administrator must remain.")
            _record(session, actor, "user.change", row)
            return _user(row)


def _record(session: Session, actor: Actor, action: str, row: UserRow) -> None:
    detail = {"user": row.name, "roles": row.roles, "is_active": row.is_active}
    audit.record(session, actor, action, row, detail, changed=[row])


def _admins(session: Session) -> int:
    active = session.scalars(select(UserRow).where(UserRow.is_active))
    return sum(Role.ADMIN in _parsed(row.roles) for row in active)


def _parsed(text: str) -> frozenset[Role]:
    return frozenset(Role(word) for word in text.split())


def _text(held: Iterable[Role]) -> str:
    chosen = set(held)
    return " ".join(role.value for role in Role if role in chosen)


def _user(row: UserRow) -> User:
    return User(row.id, row.name, _parsed(row.roles), row.is_active, row.created_at)
