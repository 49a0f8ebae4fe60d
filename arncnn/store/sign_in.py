"""Sign-ins: one login of one person, and when it was last active on any of their screens."""

from dataclasses import dataclass
from threading import Lock


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
