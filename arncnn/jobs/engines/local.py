"""LocalEngine: a training as a process of its own on this machine.

The trainer leads its own session, so closing a terminal or killing the supervisor leaves it at
work; it prints to a file, so the next supervisor reads on where the last one stopped. It holds
a lock on its job's folder for as long as it lives: two attempts never write the same
checkpoint. Its environment names its job and attempt, by which an orphan is found even when
the supervisor was killed before it could note the process down.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import arncnn
from arncnn import config
from arncnn.errors import JobError
from arncnn.jobs.engines.base import STOP_FILE, EngineAwayError, Launch, Status, log_of
from arncnn.jobs.engines.process import Process, leads_its_group, with_environment

MARK = "ARNCNN_JOB"
_HOME = "ARNCNN_JOB_HOME"
_WAIT_FOR_LOCK_S = 10.0  # on a busy machine a killed trainer needs time to be gone
_NICENESS = 10  # readings in the dashboard come first


class LocalEngine:
    """Runs attempts on this machine, one a device."""

    name = "local"

    def __init__(self, devices: tuple[str, ...] = ()) -> None:
        self._devices = devices
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._ending: list[subprocess.Popen[bytes]] = []

    def devices(self) -> tuple[str, ...]:
        """The devices found on this machine."""
        if not self._devices:
            from arncnn.jobs.devices import survey

            self._devices = tuple(device.name for device in survey().devices)
        return self._devices

    def launch(self, launch: Launch) -> str:
        """Start an attempt in a session of its own."""
        launch.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = self._lock(launch)
        mark = f"{launch.job_id}:{launch.attempt}"
        environment = {
            **os.environ,
            **_only(launch.device),
            "PYTHONUNBUFFERED": "1",
            **launch.environment,
            MARK: mark,
            _HOME: str(config.home()),
        }
        try:
            with log_of(launch.folder, launch.attempt).open("ab") as log:
                child = subprocess.Popen(
                    launch.command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=Path(arncnn.__file__).parent.parent,
                    env=environment,
                    start_new_session=True,
                    pass_fds=(lock,),
                )
        except OSError as error:
            raise JobError(f"The trainer could not be started ({error.strerror}).") from error
        finally:
            os.close(lock)  # from here on only the trainer holds it
        with contextlib.suppress(OSError, AttributeError):
            os.setpriority(os.PRIO_PROCESS, child.pid, _NICENESS)
        process = Process.of(child.pid)
        reference = str(process or Process(child.pid, "ended"))
        self._children[reference] = child
        return reference

    def find(self, job_id: str, attempt: int) -> str | None:
        """The process that carries the attempt's mark."""
        for process, environment in self._marked():
            if environment[MARK] == f"{job_id}:{attempt}" and leads_its_group(process):
                return str(process)
        return None

    def poll(self, reference: str) -> Status:
        """Whether the process runs; the exit code is known to the supervisor that started it."""
        child = self._children.get(reference)
        if child is not None:
            code = child.poll()
            return Status(code is None, code)
        return Status(Process.parse(reference).is_alive)

    def read(self, reference: str, log: Path, offset: int) -> bytes:
        """What is in the log file from ``offset`` on."""
        try:
            with log.open("rb") as stream:
                stream.seek(offset)
                return stream.read()
        except FileNotFoundError:
            return b""

    def ask_to_stop(self, reference: str, folder: Path) -> None:
        """Leave the file that the trainer looks for after every step."""
        (folder / STOP_FILE).touch()

    def cancel(self, reference: str) -> None:
        """Kill the process group."""
        Process.parse(reference).kill_group()
        child = self._children.pop(reference, None)
        if child is not None and child.poll() is None:
            self._ending.append(child)

    def _collect(self) -> None:
        """Take the exit codes of those that were ended; nothing waits for them."""
        self._ending = [child for child in self._ending if child.poll() is None]

    def end_orphans(self, keep: Mapping[str, int]) -> int:
        """Kill marked processes whose attempt is not the current one."""
        ended = 0
        self._collect()
        for process, environment in self._marked():
            job_id, _, attempt = environment[MARK].partition(":")
            if str(keep.get(job_id)) != attempt:
                _kill(process)
                ended += 1
        return ended

    def _marked(self) -> list[tuple[Process, dict[str, str]]]:
        home = str(config.home())
        found = with_environment(MARK)
        return [pair for pair in found if MARK in pair[1] and pair[1].get(_HOME) == home]

    def _lock(self, launch: Launch) -> int:
        """Take the folder's lock; an earlier attempt that still holds it is ended first."""
        handle = os.open(launch.folder / "trainer.lock", os.O_CREAT | os.O_RDWR, 0o600)
        until = time.monotonic() + _WAIT_FOR_LOCK_S
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    os.close(handle)
                    raise EngineAwayError("An earlier trainer has not ended yet.") from None
                for process, environment in self._marked():
                    if environment[MARK].partition(":")[0] == launch.job_id:
                        _kill(process)
                time.sleep(0.05)
            else:
                return handle


def _kill(process: Process) -> None:
    if leads_its_group(process):
        process.kill_group()
    elif process.is_alive:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process.pid, signal.SIGKILL)


def _only(device: str) -> dict[str, str]:
    """Variables that show a trainer its device alone."""
    kind, _, number = device.partition("@")[0].partition(":")
    if kind == "gpu":
        return {"CUDA_VISIBLE_DEVICES": number}
    return {"CUDA_VISIBLE_DEVICES": "-1"} if kind == "cpu" else {}
