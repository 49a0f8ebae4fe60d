"""Why a training failed, in a sentence, and whether another attempt may help."""

import errno
import json
import signal
from dataclasses import dataclass

UNTOUCHED = "The model in service is untouched."
_MEMORY = (
    "resource_exhausted", "resourceexhausted", "out of memory", "oom when", "memoryerror",
    "bad_alloc", "cannot allocate memory", "can't start new thread",
)  # fmt: skip
_DISK = ("no space left on device", "disk quota exceeded", "database or disk is full")
_LAST = 200  # lines of a log that can tell why


@dataclass(frozen=True)
class Failure:
    """Why an attempt ended without a model.

    Attributes:
        sentence: for the person who sees it.
        may_pass: whether the same may succeed when tried again.
    """

    sentence: str
    may_pass: bool


def out_of_memory(device: str) -> Failure:
    """The device's memory did not suffice."""
    kind = "graphics memory" if device.startswith("gpu") else "memory"
    return Failure(
        f"The training ran out of {kind}. {UNTOUCHED} Queue it again with a smaller batch "
        "or on another device; ARNCNN_TRAINING_GB sets how much memory a training may use.",
        may_pass=False,
    )


def disk_full() -> Failure:
    """No room for checkpoint, log or model."""
    return Failure(
        f"The disk is full. {UNTOUCHED} Free some space, then retry: the training resumes "
        "from its last complete checkpoint.",
        may_pass=False,
    )


def of_exception(error: BaseException, device: str = "") -> Failure:
    """The reason an exception stands for.

    >>> of_exception(OSError(errno.ENOSPC, "x")).sentence.split(".")[0]
    'The disk is full'
    """
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full()
    is_full = isinstance(error, OSError) and error.errno == errno.ENOMEM
    if isinstance(error, MemoryError) or is_full:
        return out_of_memory(device)
    return of_log(f"{type(error).__name__}: {error}", None, device)


def of_log(log: str, exit_code: int | None, device: str = "") -> Failure:
    """The reason that a trainer's last words and its exit code tell.

    Args:
        log: the end of what it printed.
        exit_code: negative for a signal; None when nobody saw it end.
        device: where it ran.
    """
    lines = log.splitlines()[-_LAST:]
    told = [words for line in lines if (words := _sentence(line))]
    if told:
        return Failure(told[-1], may_pass=False)
    last = "\n".join(lines).lower()
    if any(sign in last for sign in _DISK):
        return disk_full()
    if any(sign in last for sign in _MEMORY):
        return out_of_memory(device)
    if exit_code == -signal.SIGKILL:
        return Failure(
            "The trainer was killed, perhaps because it ran out of memory.", may_pass=True
        )
    if exit_code is not None and exit_code < 0:
        return Failure(f"The trainer was ended by signal {-exit_code}.", may_pass=True)
    if exit_code is None:
        return Failure("The trainer ended without a message.", may_pass=True)
    return Failure(
        f"The trainer ended with an unexpected error (exit code {exit_code}); see its log.",
        may_pass=True,
    )


def _sentence(line: str) -> str | None:
    """What a trainer says of its own failure: a "failed" event, or the command line's message."""
    if line.startswith("arncnn: "):
        return line.removeprefix("arncnn: ").strip()
    if line.startswith("{"):
        try:
            event = json.loads(line)
        except ValueError:
            return None
        if isinstance(event, dict) and event.get("event") == "failed":
            return str(event.get("reason") or "") or None
    return None
