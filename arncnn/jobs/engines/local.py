"""LocalEngine: a training as a process of its own on this machine.

The trainer leads its own session, so closing a terminal or killing the supervisor leaves it at
work; it prints to a file, so the next supervisor reads on where the last one stopped. It holds
a lock on its job's folder for as long as it lives: two attempts never write the same
checkpoint. Its environment names its job and attempt, by which an orphan is found even when
the supervisor was killed before it could note the process down.
"""

import contextlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import psutil

import arncnn
from arncnn import config
from arncnn.errors import JobError
from arncnn.files import lock
from arncnn.jobs.engines.base import STOP_FILE, EngineAwayError, Launch, Status, log_of
from arncnn.jobs.engines.process import Process, with_environment

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
        mark = f"{launch.job_id}:{launch.attempt}"
        environment = {
            **os.environ,
            **_visible(launch.device),
            "PYTHONUNBUFFERED": "1",
            **launch.environment,
            MARK: mark,
            _HOME: str(config.home()),
        }
        with lock(
            launch.folder / "trainer.lock",
            _WAIT_FOR_LOCK_S,
            lambda: self._kill_earlier(launch.job_id),
        ) as held:
            if held is None:
                raise EngineAwayError("An earlier trainer has not ended yet.")
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
                        pass_fds=(held,),  # after this block only the trainer holds the lock
                    )
            except OSError as error:
                raise JobError(f"The trainer could not be started ({error.strerror}).") from error
        with contextlib.suppress(psutil.Error):
            psutil.Process(child.pid).nice(_NICENESS)
        process = Process.of(child.pid)
        reference = str(process or Process(child.pid, "ended"))
        self._children[reference] = child
        return reference

    def find(self, job_id: str, attempt: int) -> str | None:
        """The process that carries the attempt's mark."""
        for process, environment in self._marked():
            if environment[MARK] == f"{job_id}:{attempt}" and process.leads_its_group:
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
        """Kill the trainer and all it started."""
        Process.parse(reference).kill()
        child = self._children.pop(reference, None)
        if child is not None and child.poll() is None:
            self._ending.append(child)

    def end_orphans(self, keep: Mapping[str, int]) -> int:
        """Kill marked processes whose attempt is not the current one."""
        ended = 0
        self._ending = [child for child in self._ending if child.poll() is None]  # reaps them
        for process, environment in self._marked():
            job_id, _, attempt = environment[MARK].partition(":")
            if str(keep.get(job_id)) != attempt:
                process.kill()
                ended += 1
        return ended

    def _marked(self) -> list[tuple[Process, dict[str, str]]]:
        home = str(config.home())
        found = with_environment(MARK)
        return [pair for pair in found if pair[1].get(_HOME) == home]

    def _kill_earlier(self, job_id: str) -> None:
        """End the attempts at a job that still hold its folder's lock."""
        for process, environment in self._marked():
            if environment[MARK].partition(":")[0] == job_id:
                process.kill()


def _visible(device: str) -> dict[str, str]:
    """Variables that show a trainer its device alone."""
    kind, _, number = device.partition("@")[0].partition(":")
    if kind == "gpu":
        return {"CUDA_VISIBLE_DEVICES": number}
    return {"CUDA_VISIBLE_DEVICES": "-1"} if kind == "cpu" else {}
