"""Process: a running program, known by more than a number that the system gives out again.

A process id alone is no identity: after the process has ended, another may get it. Together
with the moment it began, and the boot it belongs to, it is.
"""

import contextlib
import os
import platform
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_BOOT_ID = _PROC / "sys/kernel/random/boot_id"
_STATE, _STARTED = 0, 19  # fields of /proc/PID/stat after the name, proc(5)


@dataclass(frozen=True)
class Process:
    """A process that leads its own group.

    Attributes:
        pid: its number.
        started: when it began, as the system tells it, and in which boot.
    """

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> "Process | None":
        """The process that has this number now; None when it has ended."""
        started = _started(pid)
        return None if started is None else cls(pid, started)

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
        return _started(self.pid) == self.started

    def kill_group(self) -> None:
        """End it and its group at once; another process with its number is left alone."""
        if self.is_alive:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)


def with_environment(variable: str) -> Iterator[tuple[Process, dict[str, str]]]:
    """This user's processes that carry a variable in their environment (Linux; else none)."""
    wanted = f"{variable}=".encode()
    if not _PROC.is_dir():
        return
    for entry in _PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            raw = (entry / "environ").read_bytes()
        except OSError:  # ended meanwhile, or another user's
            continue
        if wanted not in raw:
            continue
        process = Process.of(int(entry.name))
        if process is not None:
            pairs = (item.partition("=") for item in raw.decode(errors="replace").split("\0"))
            yield process, {key: value for key, _, value in pairs}


def leads_its_group(process: Process) -> bool:
    """Whether a process is the one its group is named after."""
    try:
        return os.getpgid(process.pid) == process.pid
    except ProcessLookupError:
        return False


def host() -> str:
    """This machine's name, as devices carry it."""
    return platform.node() or "localhost"


def _started(pid: int) -> str | None:
    if not _PROC.is_dir():
        return _started_by_ps(pid)
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    if fields[_STATE] in ("Z", "X"):  # ended, only not yet collected
        return None
    return f"{fields[_STARTED]}-{_boot()}"


def _boot() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii")[:8]
    except OSError:
        return "boot"


def _started_by_ps(pid: int) -> str | None:
    found = subprocess.run(
        ["ps", "-o", "state=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, started = found.stdout.strip().partition(" ")
    return started.strip().replace(" ", "-") if started and not state.startswith("Z") else None
