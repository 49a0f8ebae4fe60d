"""Process: a running program, known by more than a number that the system gives out again.

A process id alone is no identity: after the process has ended, another may get it. Together
with the moment it began, and the boot it belongs to, it is.
"""

import contextlib
import os
import platform
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_ENDED = (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)  # though not collected yet


@dataclass(frozen=True)
class Process:
    """A program of this machine, running or ended.

    Attributes:
        pid: its number.
        started: when it began, in clock ticks after the boot, and in which boot: setting the
            clock changes neither.
    """

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> "Process | None":
        """The process that has this number now; None when it has ended."""
        try:
            found = psutil.Process(pid)
            if found.status() in _ENDED:
                return None
            since_boot_s = found.create_time() - psutil.boot_time()
        except psutil.Error:
            return None
        return cls(pid, f"{round(since_boot_s * os.sysconf('SC_CLK_TCK'))}-{_boot()}")

    @classmethod
    def parse(cls, reference: str) -> "Process":
        """Read what ``str`` wrote."""
        pid, _, started = reference.partition(":")
        return cls(int(pid), started)

    def __str__(self) -> str:
        return f"{self.pid}:{self.started}"

    @property
    def is_alive(self) -> bool:
        """Whether this very process still runs."""
        return Process.of(self.pid) == self

    @property
    def leads_its_group(self) -> bool:
        """Whether its group is named after it."""
        try:
            return os.getpgid(self.pid) == self.pid
        except ProcessLookupError:
            return False

    def kill(self) -> None:
        """End it at once, with its group if it leads one; what got its number later is spared."""
        if self.is_alive:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                (os.killpg if self.leads_its_group else os.kill)(self.pid, signal.SIGKILL)


def with_environment(variable: str) -> Iterator[tuple[Process, dict[str, str]]]:
    """This user's processes that carry a variable in their environment."""
    for found in psutil.process_iter():
        try:
            environment = found.environ()
        except psutil.Error:  # ended meanwhile, or another user's
            continue
        process = Process.of(found.pid) if variable in environment else None
        if process is not None:
            yield process, environment


def host() -> str:
    """This machine's name, as devices carry it."""
    return platform.node() or "localhost"


def _boot() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii")[:8]
    except OSError:
        return "boot"
