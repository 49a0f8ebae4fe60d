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
from urllib.parse import urlsplit

import arncnn
from arncnn import config
from arncnn.errors import UsageError
from arncnn.jobs import artefacts
from arncnn.jobs.engines.base import EngineAwayError, Launch, Status
from arncnn.jobs.engines.ray_cluster import OVER, PENDING, SUCCEEDED, RayCluster
from arncnn.store.seals import digest

_STOP_WITHIN_S = 10.0  # an earlier attempt, before the next one may begin
_READ_EVERY_S = 0.7  # Ray sends the whole log each time
_LOOK_AGAIN_S = 0.2
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
        self._cluster = RayCluster(address, token)
        self._gpus, self._cpus, self._slots = gpus, cpus, slots
        self._python = python
        self._read_again_s: dict[str, float] = {}

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
        if not self._cluster.is_there():
            return ()
        kind = "gpu" if self._gpus else "cpu"
        address = self._cluster.address
        cluster = urlsplit(address).netloc or address
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
        self._cluster.submit(
            reference,
            shlex.join((self._python, *launch.command[1:])),
            variables=variables,
            gpus=self._gpus,
            cpus=self._cpus,
            metadata={"job": launch.job_id, "attempt": str(launch.attempt)},
        )
        return reference

    def find(self, job_id: str, attempt: int) -> str | None:
        """The submission of that attempt."""
        reference = _reference(job_id, attempt)
        return reference if reference in self._cluster.submissions() else None

    def poll(self, reference: str) -> Status:
        """Ray's word on the submission; one it does not know was lost with an earlier head."""
        status = self._cluster.status(reference)
        if status is None or status in OVER:
            self._read_again_s.pop(reference, None)  # its last words are wanted now
            return Status(False, 0 if status == SUCCEEDED else None)
        return Status(True)

    def read(self, reference: str, log: Path, offset: int) -> bytes:
        """The submission's log from ``offset`` on, without Ray's own lines."""
        now = time.monotonic()
        if now < self._read_again_s.get(reference, 0.0):
            return b""
        self._read_again_s[reference] = now + _READ_EVERY_S
        return self._cluster.log(reference)[offset:]

    def ask_to_stop(self, reference: str, folder: Path) -> None:
        """Leave the file that the trainer looks for, in the shared place too."""
        artefacts.of_job(folder).ask_to_stop()

    def cancel(self, reference: str) -> None:
        """Have Ray end it; Ray kills what does not end by itself."""
        self._cluster.stop(reference)

    def end_orphans(self, keep: Mapping[str, int]) -> int:
        """Stop submissions of this installation whose attempt is not the current one."""
        wanted = {_reference(job_id, attempt) for job_id, attempt in keep.items()}
        orphans = [name for name in self._not_over(_prefix()) if name not in wanted]
        for name in orphans:
            self._cluster.stop(name)
        return len(orphans)

    def _end_earlier(self, launch: Launch) -> None:
        """No two attempts at one checkpoint: the earlier is over before the next begins.

        One that still waits for a place is stopped too; should it get one, it ends at once.
        """
        prefix, own = _reference(launch.job_id, 0)[:-1], _reference(launch.job_id, launch.attempt)
        until_s = time.monotonic() + _STOP_WITHIN_S
        while True:
            earlier = {name: at for name, at in self._not_over(prefix).items() if name != own}
            for name in earlier:
                self._cluster.stop(name)
            if not set(earlier.values()) - {PENDING}:
                return
            if time.monotonic() > until_s:
                raise EngineAwayError("An earlier attempt has not ended yet on the Ray cluster.")
            time.sleep(_LOOK_AGAIN_S)

    def _not_over(self, prefix: str) -> dict[str, str]:
        found = self._cluster.submissions()
        return {
            name: status
            for name, status in found.items()
            if name.startswith(prefix) and status not in OVER
        }


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
        raise UsageError(f"{name} must be a number of 0 or more; correct or unset it.")
    return value
