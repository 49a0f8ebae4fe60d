"""RayEngine: trainings as Ray jobs, on a cluster that ``RAY_ADDRESS`` names.

| Variable | Meaning | Default |
| --- | --- | --- |
| ``RAY_ADDRESS`` | of the cluster's dashboard, e.g. ``http://head:8265`` | needed |
| ``RAY_AUTH_TOKEN`` | bearer token, for a head with ``RAY_AUTH_MODE=token`` | none |
| ``ARNCNN_RAY_GPUS`` | graphics cards a training asks for (``entrypoint_num_gpus``) | 1 |
| ``ARNCNN_RAY_CPUS`` | processors it asks for | 1 |
| ``ARNCNN_RAY_PYTHON`` | the interpreter on the workers | python |
| ``ARNCNN_RAY_SLOTS`` | trainings at a time | 1 |
| ``ARNCNN_ARTEFACTS`` | fsspec URL both sides reach, where they share no disk | shared disk |

The workers need this package and its requirements installed, at the same path or as a module.
An attempt's name is its Ray submission id, so an attempt is submitted once however often the
supervisor is killed while doing so.
"""

import os
import shlex
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import arncnn
from arncnn import config
from arncnn.errors import JobError, UsageError
from arncnn.jobs import artefacts
from arncnn.jobs.engines.base import Launch, Status
from arncnn.store.seals import digest

_ASK_EVERY_S = 5.0
_READ_EVERY_S = 0.7  # Ray sends the whole log each time
_FORWARDED = ("ARNCNN_HOME", "ARNCNN_DATA", "ARNCNN_ARTEFACTS", "KERAS_BACKEND", "ARNCNN_PRECISION")


class RayEngine:
    """Submits attempts to Ray's Jobs API."""

    name = "ray"

    def __init__(
        self,
        address: str,
        *,
        token: str | None = None,
        gpus: float = 1,
        cpus: float = 1,
        slots: int = 1,
        python: str = "python",
    ) -> None:
        """Know the cluster; it is called at first use.

        Args:
            address: of the dashboard, ``http://host:8265``.
            token: for a cluster with token authentication.
            gpus: graphics cards a training asks for.
            cpus: processors a training asks for.
            slots: trainings at a time.
            python: the interpreter on the workers.
        """
        self._address, self._token = address, token
        self._gpus, self._cpus, self._slots = gpus, cpus, slots
        self._python = python
        self._client: Any = None
        self._read_again_s: dict[str, float] = {}
        self._ask_again_s, self._is_there = 0.0, False

    @classmethod
    def from_environment(cls) -> "RayEngine":
        """The engine as the variables above describe it.

        Raises:
            UsageError: there is no address, or a number is none.
        """
        address = os.environ.get("RAY_ADDRESS")
        if not address:
            raise UsageError("ARNCNN_ENGINE=ray needs RAY_ADDRESS, e.g. http://head:8265.")
        return cls(
            address,
            token=os.environ.get("RAY_AUTH_TOKEN") or None,
            gpus=_number("ARNCNN_RAY_GPUS", 1),
            cpus=_number("ARNCNN_RAY_CPUS", 1),
            slots=int(_number("ARNCNN_RAY_SLOTS", 1)),
            python=os.environ.get("ARNCNN_RAY_PYTHON") or "python",
        )

    def devices(self) -> tuple[str, ...]:
        """One place a slot; none while the cluster is away, so that jobs wait for it."""
        if time.monotonic() >= self._ask_again_s:
            self._ask_again_s = time.monotonic() + _ASK_EVERY_S
            try:
                self._call("get_version")
                self._is_there = True
            except JobError:
                self._is_there = False
        if not self._is_there:
            return ()
        kind = "gpu" if self._gpus else "cpu"
        cluster = urlsplit(self._address).netloc or self._address
        return tuple(f"{kind}:{slot}@ray-{cluster}" for slot in range(self._slots))

    def launch(self, launch: Launch) -> str:
        """Submit an attempt; one that is there already is found again."""
        reference = _reference(launch.job_id, launch.attempt)
        self._end_earlier(launch)
        forwarded = {name: os.environ[name] for name in _FORWARDED if name in os.environ}
        variables = {
            **forwarded,
            "ARNCNN_HOME": str(config.home()),
            "PYTHONUNBUFFERED": "1",
            "RAY_JOB_STOP_WAIT_TIME_S": "1",  # a cancelled training has nothing to tidy up
            "PYTHONPATH": str(Path(arncnn.__file__).parent.parent),
            **launch.environment,
        }
        command = (self._python, *launch.command[1:])
        try:
            self._jobs().submit_job(
                entrypoint=shlex.join(command),
                submission_id=reference,
                runtime_env={"env_vars": variables},
                entrypoint_num_gpus=self._gpus,
                entrypoint_num_cpus=self._cpus,
                metadata={"job": launch.job_id, "attempt": str(launch.attempt)},
            )
        except RuntimeError as error:  # what Ray's client raises for every refusal
            if self.find(launch.job_id, launch.attempt) is None:
                raise JobError(
                    "The Ray cluster refused the training; see its dashboard."
                ) from error
        return reference

    def find(self, job_id: str, attempt: int) -> str | None:
        """The submission of that attempt."""
        reference = _reference(job_id, attempt)
        known = {details.submission_id for details in self._call("list_jobs")}
        return reference if reference in known else None

    def poll(self, reference: str) -> Status:
        """Ray's word on the submission; one it does not know has been lost."""
        from ray.job_submission import JobStatus

        try:
            status = self._jobs().get_job_status(reference)
        except RuntimeError as error:
            if "404" in str(error) or "does not exist" in str(error):
                return Status(False)
            raise _away(error) from error
        except _failures() as error:
            raise _away(error) from error
        if status.is_terminal():
            self._read_again_s.pop(reference, None)  # its last words are wanted now
        return Status(not status.is_terminal(), 0 if status is JobStatus.SUCCEEDED else None)

    def read(self, reference: str, log: Path, offset: int) -> bytes:
        """The submission's log from ``offset`` on, without Ray's own lines."""
        now = time.monotonic()
        if now < self._read_again_s.get(reference, 0.0):
            return b""
        self._read_again_s[reference] = now + _READ_EVERY_S
        text: str = self._call("get_job_logs", reference)
        return text.encode()[offset:]

    def ask_to_stop(self, reference: str, folder: Path) -> None:
        """Leave the file that the trainer looks for, in the shared place too."""
        artefacts.of_job(folder).ask_to_stop()

    def cancel(self, reference: str) -> None:
        """Have Ray end it; Ray kills what does not end by itself."""
        try:
            self._jobs().stop_job(reference)
        except RuntimeError as error:
            if "404" not in str(error) and "does not exist" not in str(error):
                raise _away(error) from error
        except _failures() as error:
            raise _away(error) from error

    def end_orphans(self, keep: Mapping[str, int]) -> int:
        """Stop submissions of this installation whose attempt is not the current one."""
        ended = 0
        wanted = {_reference(job_id, attempt) for job_id, attempt in keep.items()}
        for details in self._call("list_jobs"):
            name = details.submission_id or ""
            ours = name.startswith(_prefix()) and not details.status.is_terminal()
            if ours and name not in wanted:
                self.cancel(name)
                ended += 1
        return ended

    def _end_earlier(self, launch: Launch) -> None:
        prefix = _reference(launch.job_id, 0)[:-1]
        for details in self._call("list_jobs"):
            name = details.submission_id or ""
            if name.startswith(prefix) and not details.status.is_terminal():
                self.cancel(name)

    def _call(self, method: str, *arguments: str) -> Any:
        try:
            return getattr(self._jobs(), method)(*arguments)
        except _failures() as error:
            raise _away(error) from error

    def _jobs(self) -> Any:
        if self._client is None:
            try:
                from ray.job_submission import JobSubmissionClient
            except ModuleNotFoundError as error:
                raise JobError(
                    "ARNCNN_ENGINE=ray needs Ray: pip install -r requirements-ray.txt."
                ) from error
            headers = {"Authorization": f"Bearer {self._token}"} if self._token else None
            try:
                self._client = JobSubmissionClient(self._address, headers=headers)
            except _failures() as error:
                raise _away(error) from error
        return self._client


def _prefix() -> str:
    """Names of this installation's submissions: other installations may share the cluster."""
    return f"arncnn-{digest(str(config.home()))[:8]}-"


def _reference(job_id: str, attempt: int) -> str:
    return f"{_prefix()}{job_id}-{attempt}"


def _number(name: str, default: float) -> float:
    text = os.environ.get(name)
    try:
        value = default if not text else float(text)
    except ValueError:
        value = -1.0
    if value < 0:
        raise UsageError(f"{name} must be a number from 0 on; correct or unset it.")
    return value


def _failures() -> tuple[type[Exception], ...]:
    """What Ray's client raises when the cluster is away, refuses, or does not know us."""
    from ray.exceptions import RayError  # Ray is there: its client has just failed

    return (RuntimeError, ConnectionError, RayError)


def _away(error: Exception) -> JobError:
    if "authentication" in str(error).lower():  # 401 without a token, 403 with another
        return JobError("The Ray cluster refused the token; set RAY_AUTH_TOKEN to the cluster's.")
    return JobError("The Ray cluster does not answer; the training may go on there. Trying again.")
