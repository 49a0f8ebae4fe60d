"""Who may do what. Every action of the core names its roles here and asks before it acts."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from types import MappingProxyType
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from arncnn.errors import PermissionDenied


class Place(Protocol):
    """Where methods ask for rights."""

    def refused(self, name: str, action: str, sentence: str) -> None:
        """Notes that somebody was refused an action, and in which words."""


T = TypeVar("T", bound=Place)
P = ParamSpec("P")
R = TypeVar("R")


class Role(StrEnum):
    """What a person may do; a person can hold several."""

    VIEWER = "viewer"
    CLINICIAN = "clinician"
    TRAINER = "trainer"
    APPROVER = "approver"
    ADMIN = "admin"


@dataclass(frozen=True)
class Actor:
    """The person (or the supervisor) on whose behalf the core acts.

    Attributes:
        name: what the audit records: an account's address, or "local user".
        roles: the roles held now.
        is_local: True only for the single user of a dashboard without accounts. With
            accounts, nobody approves what they themselves started.
        valid_until: Unix time in seconds after which every action is refused: the sign-in's
            expiry or the idle limit, whichever comes first. None: no limit.
        account_id: the account, where there is one.
    """

    name: str
    roles: frozenset[Role]
    is_local: bool = False
    valid_until: float | None = None
    account_id: str | None = None

    @property
    def owner(self) -> str:
        """Whose files and screens these are: the account, or the local user."""
        return self.account_id or self.name


Method = Callable[Concatenate[T, Actor, P], R]
LOCAL_USER = Actor("local user", frozenset(Role), is_local=True)
SUPERVISOR = Actor("supervisor", frozenset({Role.TRAINER}))
PACS = Actor("pacs", frozenset({Role.CLINICIAN}))
RETENTION = Actor("retention", frozenset({Role.ADMIN}))

_EVERYBODY = frozenset(Role)
_STAFF = frozenset({Role.CLINICIAN, Role.TRAINER, Role.APPROVER, Role.ADMIN})


def _roles(*roles: Role) -> frozenset[Role]:
    return frozenset(roles)


ACTIONS: Mapping[str, frozenset[Role]] = MappingProxyType(
    {
        "case.read": _EVERYBODY,
        "case.add": _roles(Role.CLINICIAN, Role.ADMIN),
        "case.delete": _roles(Role.CLINICIAN, Role.ADMIN),
        "case.export": _STAFF,
        "case.retention": _roles(Role.ADMIN),
        "correction.read": _EVERYBODY,
        "correction.add": _roles(Role.CLINICIAN),
        "correction.withdraw": _roles(Role.CLINICIAN),
        "correction.review": _roles(Role.APPROVER),
        "correction.export": _roles(Role.TRAINER, Role.APPROVER, Role.ADMIN),
        "data.read": _EVERYBODY,
        "data.add": _roles(Role.TRAINER),
        "header.decide": _roles(Role.CLINICIAN, Role.APPROVER),
        "job.read": _EVERYBODY,
        "job.submit": _roles(Role.TRAINER),
        "job.stop": _roles(Role.TRAINER, Role.ADMIN),
        "job.retry": _roles(Role.TRAINER),
        "job.run": _roles(Role.TRAINER),
        "run.record": _roles(Role.TRAINER),
        "model.read": _EVERYBODY,
        "model.register": _roles(Role.TRAINER),
        "model.gate": _roles(Role.TRAINER),
        "model.promote": _roles(Role.APPROVER),
        "model.rollback": _roles(Role.APPROVER),
        "source.read": _EVERYBODY,
        "source.manage": _roles(Role.ADMIN),
        "source.retry": _roles(Role.CLINICIAN, Role.ADMIN),
        "source.work": _roles(Role.CLINICIAN),
        "user.manage": _roles(Role.ADMIN),
        "audit.read": _roles(Role.APPROVER, Role.ADMIN),
        "store.verify": _roles(Role.APPROVER, Role.ADMIN),
        "store.backup": _roles(Role.ADMIN),
        "store.restore": _roles(Role.ADMIN),
    }
)


def require(actor: Actor, *roles: Role) -> None:
    """Pass when the actor holds one of the roles and the sign-in is still valid.

    Raises:
        PermissionDenied: the sentence says which role is missing.
    """
    if actor.valid_until is not None and time.time() >= actor.valid_until:
        raise PermissionDenied("Your sign-in has expired. Please sign in again.")
    if not actor.roles.intersection(roles):
        needed = " or ".join(role.value for role in Role if role in roles)
        held = ", ".join(role.value for role in Role if role in actor.roles) or "none"
        raise PermissionDenied(
            f"This needs the role {needed}; your roles: {held}. Ask an administrator for it."
        )


def check(actor: Actor, action: str) -> None:
    """Pass when the actor may carry out a named action of ``ACTIONS``.

    Raises:
        PermissionDenied: as ``require`` says it.
    """
    require(actor, *ACTIONS[action])


def requires(action: str) -> Callable[[Method[T, P, R]], Method[T, P, R]]:
    """Declare the right that a method needs: it is asked of the actor before anything else.

    What is decorated takes its service (or database) first and then the actor; it raises
    ``PermissionDenied`` where the role is missing, and notes that as the place's ``refused``
    does. Its ``action`` names the right.
    """

    def declared(method: Method[T, P, R]) -> Method[T, P, R]:
        @wraps(method)
        def checked(place: T, actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R:
            try:
                check(actor, action)
            except PermissionDenied as error:
                place.refused(actor.name, action, str(error))
                raise
            return method(place, actor, *args, **kwargs)

        vars(checked)["action"] = action
        return checked

    return declared


def may(actor: Actor, action: str) -> bool:
    """Whether to offer an action on screen; the core asks again when it is carried out.

    >>> may(SUPERVISOR, "model.promote"), may(LOCAL_USER, "model.promote")
    (False, True)
    """
    return refusal(actor, action) is None


def refusal(actor: Actor, action: str) -> str | None:
    """Why an action is not offered, in a sentence; None where it is.

    >>> refusal(LOCAL_USER, "model.promote") is None
    True
    >>> str(refusal(SUPERVISOR, "model.promote")).split(";")[0]
    'This needs the role approver'
    """
    try:
        check(actor, action)
    except PermissionDenied as error:
        return str(error)
    return None
