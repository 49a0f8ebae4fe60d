"""Whether a file's bytes failed to come by a passing fault: of a network, a store or a disk.

What is the file's own fault (it may not be read, is no file) stays its fault. All else may be over
in a moment: it is tried again, and "undelivered" says to read the file later. So does "missing" in
a long reading: what was listed and is not there may lie on a folder that is not mounted here.
"""

import errno
import random
import sys
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from arncnn.errors import IntakeError
from arncnn.intake.refusals import refuse

T = TypeVar("T")

_PASSING = frozenset({"undelivered", "sandbox"})  # the latter: this machine cannot decode
_OF_THE_FILE = frozenset(
    {errno.EACCES, errno.EPERM, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL,
     errno.ENXIO, errno.EOVERFLOW}
)  # fmt: skip
_DENIED = "AWS Error ACCESS_DENIED"  # pyarrow's errors have no number
_OTHERS = {  # what stores raise besides OSError, where their packages are in use
    "aiohttp": "ClientError",
    "azure.core.exceptions": "AzureError",
    "gcsfs.retry": "HttpError",
}
_PAUSES_S = (0.5, 1.0, 2.0)  # before the second, third and fourth try; halved or up to as much more
_IN_VAIN = 8  # files one after another, and the next ones are asked for once


def faults() -> tuple[type[Exception], ...]:
    """What asking for a file may raise: ``IntakeError``, or what disks and stores raise."""
    here = [(sys.modules.get(module), name) for module, name in _OTHERS.items()]
    return (IntakeError, OSError, *(getattr(module, name) for module, name in here if module))


def reason_of(error: Exception) -> IntakeError:
    """What one of ``faults`` says; bytes did not come: "missing", "unreadable", "undelivered".

    >>> reason_of(FileNotFoundError()).code, reason_of(TimeoutError()).code
    ('missing', 'undelivered')
    """
    if isinstance(error, IntakeError):
        return error
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return refuse("missing")
    is_denied = isinstance(error, PermissionError | IsADirectoryError) or _DENIED in str(error)
    if is_denied or getattr(error, "errno", None) in _OF_THE_FILE:
        return refuse("unreadable")
    return refuse("undelivered")


def is_passing(code: str) -> bool:
    """Whether the reason of this code has nothing to do with the file."""
    return code in _PASSING


def is_unread(code: str) -> bool:
    """Whether a long reading leaves a file with this reason to its next run, without a row.

    >>> is_unread("undelivered"), is_unread("missing"), is_unread("damaged")
    (True, True, False)
    """
    return is_passing(code) or code == "missing"


class Patience:
    """Tries again what a passing fault stopped, a few times after growing pauses.

    When nothing comes at all, file after file, it stops waiting until something does: a store that
    is away for an hour is not waited for once a file. Safe for use by many threads.
    """

    def __init__(self) -> None:
        """Nothing was in vain yet."""
        self._lock = threading.Lock()
        self._in_vain = 0

    def __call__(self, call: Callable[[], T]) -> T:
        """What the call gives.

        Raises:
            IntakeError: its reason, which is no passing one, or still is one at the last try.
            OSError: the same, where the call raises such errors.
        """
        for pause in (*_PAUSES_S, None) if self._in_vain < _IN_VAIN else (None,):
            try:
                found = call()
            except faults() as error:
                if not is_passing(reason_of(error).code):
                    raise
                if pause is None:
                    self._count(in_vain=True)
                    raise
                time.sleep(pause * random.uniform(0.5, 2))  # not all readers at once
            else:
                self._count(in_vain=False)
                return found
        raise AssertionError  # the last try returns or raises

    def _count(self, *, in_vain: bool) -> None:
        with self._lock:
            self._in_vain = self._in_vain + 1 if in_vain else 0
