"""Accounts: who may sign in, with which roles, and until when.

The identity provider only says who somebody is: an issuer, a subject there, and an address it
vouches for, which no other account here may hold. So an account's name stands for one person
for good. Roles are kept here, read anew at every action. A new account has no role until an
administrator gives it one; the address in ``ARNCNN_FIRST_ADMIN`` becomes admin at its sign-in
while there is none.
"""

import math
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from arncnn.errors import PermissionDenied, StoreError, UsageError
from arncnn.store import audit, settings
from arncnn.store.database import Database
from arncnn.store.roles import Actor, Role, requires
from arncnn.store.seals import require_intact, stored
from arncnn.store.sign_ins import (
    CLOCK_SKEW_S,
    SignIn,
    SignIns,
    begin,
    parsed_roles,
    require_going_on,
)
from arncnn.store.tables import AuditRow, SignInRow, UserRow

_NAME_LENGTH = 200
_REFUSAL_EVERY_S = 60.0  # the same refusal of the same person is one line of the audit
_MOST_REFUSALS = 10_000  # remembered
_DASHBOARD = Actor("dashboard", frozenset())
_WITH, _WITHOUT = "accounts.configure", "accounts.give_up"


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
    """One account.

    Attributes:
        id: its key.
        name: its address.
        roles: what it may do.
        is_active: whether it may sign in.
        created_at: Unix seconds.
        seen_at: Unix seconds of its last activity; None before the first that was kept.
    """

    id: str
    name: str
    roles: frozenset[Role]
    is_active: bool
    created_at: float
    seen_at: float | None = None


class Users(SignIns):
    """Signing in and out, and giving and taking roles."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._refused: dict[tuple[str, ...], float] = {}  # Unix seconds, to not say it twice
        self._is_with_accounts = False
        self._was_without_at = -math.inf  # seconds of the monotonic clock

    def sign_in(self, identity: Identity, *, now: float | None = None) -> SignIn:
        """Begin a sign-in, or find it again; an account is made at the first.

        Raises:
            PermissionDenied: the token has expired or was signed out, the address is not
                vouched for or another account's, or the account is switched off.
            UsageError: the token names nobody.
        """
        at = time.time() if now is None else now
        name = settings.plain_address(identity.email)
        try:
            return self._sign_in(identity, name, at)
        except (PermissionDenied, UsageError) as error:
            self.note_refusal(name[:_NAME_LENGTH] or "nobody", "user.sign_in", str(error))
            raise

    def _sign_in(self, identity: Identity, name: str, at: float) -> SignIn:
        if not (identity.issuer and identity.subject and 0 < len(name) <= _NAME_LENGTH):
            raise UsageError(
                "The identity provider did not send enough to identify you; request the "
                "scope 'email'."
            )
        if at >= identity.expires_at + CLOCK_SKEW_S:
            raise PermissionDenied("Your sign-in has expired. Please sign in again.")
        if not identity.is_email_verified:
            raise PermissionDenied(
                "The identity provider has not verified your address ('email_verified'). "
                "Have it verified there, then sign in again."
            )
        with self._database.writing() as session:
            row = session.scalar(
                select(UserRow).where(
                    UserRow.issuer == identity.issuer, UserRow.subject_id == identity.subject
                )
            )
            if row is None:
                row = _new_account(session, identity, name, at)
            require_intact(row)
            if not row.is_active:
                raise PermissionDenied("This account is switched off. Ask an administrator.")
            if _namesakes(session, row.name, but=row.id, is_active=True):
                raise PermissionDenied(
                    "Two accounts hold your address. Ask an administrator to switch one off."
                )
            if name == settings.first_admin() and not _admins(session):
                row.roles = _text({Role.ADMIN, *parsed_roles(row.roles)})
                _record(session, Actor(name, frozenset()), "user.first_admin", row)
            sign_in = SignIn(row.id, identity.issued_at, identity.expires_at)
            if not require_going_on(session, sign_in):
                begin(session, sign_in, row, at)
            return sign_in

    def note_refusal(self, name: str, action: str, sentence: str) -> None:
        """Keep in the audit that somebody was refused; the same again is not told for a while.

        A store that cannot be written changes nothing: the person is refused all the same.
        """
        key, at = (name, action, sentence), time.time()
        with self._lock:
            if at < self._refused.get(key, 0.0) + _REFUSAL_EVERY_S:
                return
            if len(self._refused) >= _MOST_REFUSALS:
                self._refused.clear()
            self._refused[key] = at
        with suppress(StoreError), self._database.writing() as session:
            audit.record(session, Actor(name, frozenset()), "refused", action, {"why": sentence})

    def keep_accounts(self) -> None:
        """Note, once, that this store is used with accounts: without them it is closed."""
        if not self._is_with_accounts:
            if not self.needs_accounts():
                with self._database.writing() as session:
                    audit.record(session, _DASHBOARD, _WITH, "accounts")
            self._is_with_accounts = True
            self._was_without_at = -math.inf

    def needs_accounts(self, *, no_older_than_s: float = 0.0) -> bool:
        """Whether this store was ever used with accounts, and nobody gave that up since.

        Args:
            no_older_than_s: a "no" that was found so short a time ago is given again.
        """
        asked_at = time.monotonic()
        if asked_at < self._was_without_at + no_older_than_s:
            return False
        is_needed = self._were_accounts_used()
        self._was_without_at = -math.inf if is_needed else asked_at
        return is_needed

    def _were_accounts_used(self) -> bool:
        told = select(AuditRow.action).where(AuditRow.action.in_((_WITH, _WITHOUT)))
        with self._database.reading() as session:
            last = session.scalar(told.order_by(AuditRow.number.desc()).limit(1))
            if last is not None:
                return last == _WITH
            return session.scalar(select(UserRow.id).limit(1)) is not None

    @requires("user.manage")
    def give_up_accounts(self, actor: Actor) -> None:
        """Let the store be used without accounts again; the local user has every role then."""
        with self._database.writing() as session:
            audit.record(session, actor, _WITHOUT, "accounts")
        self._is_with_accounts = False

    @requires("user.manage")
    def list(self, actor: Actor) -> tuple[User, ...]:
        """All accounts by name."""
        seen = select(SignInRow.user_id, func.max(SignInRow.active_at)).group_by(SignInRow.user_id)
        with self._database.reading() as session:
            seen_at = {row[0]: row[1] for row in session.execute(seen)}
            rows = session.scalars(select(UserRow).order_by(UserRow.name, UserRow.id)).all()
        return tuple(_user(row, seen_at.get(row.id)) for row in rows)

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
            row, admins = stored(session, UserRow, user_id), _admins(session)
            if held is not None:
                row.roles = _text(held)
            if is_active is not None:
                row.is_active = is_active
            session.flush()
            if admins and not _admins(session):
                raise UsageError("At least one active administrator must remain.")
            _record(session, actor, "user.change", row)
            return _user(row)


def _record(session: Session, actor: Actor, action: str, row: UserRow) -> None:
    detail = {"user": row.name, "roles": row.roles, "is_active": row.is_active}
    audit.record(session, actor, action, row, detail, changed=[row])


def _new_account(session: Session, identity: Identity, name: str, at: float) -> UserRow:
    if _namesakes(session, name):
        raise PermissionDenied(
            "Another account here holds your address, and an address stands for one person. "
            "Ask an administrator."
        )
    row = UserRow(
        issuer=identity.issuer,
        subject_id=identity.subject,
        name=name,
        roles="",
        is_active=True,
        created_at=at,
    )
    _record(session, Actor(name, frozenset()), "user.create", row)
    return row


def _namesakes(
    session: Session, name: str, *, but: str | None = None, is_active: bool = False
) -> int:
    query = select(UserRow.id).where(UserRow.name == name)
    if is_active:
        query = query.where(UserRow.is_active)
    return sum(found != but for found in session.scalars(query))


def _admins(session: Session) -> int:
    active = session.scalars(select(UserRow).where(UserRow.is_active))
    return sum(Role.ADMIN in parsed_roles(row.roles) for row in active)


def _text(held: Iterable[Role]) -> str:
    chosen = set(held)
    return " ".join(role.value for role in Role if role in chosen)


def _user(row: UserRow, seen_at: float | None = None) -> User:
    return User(row.id, row.name, parsed_roles(row.roles), row.is_active, row.created_at, seen_at)
