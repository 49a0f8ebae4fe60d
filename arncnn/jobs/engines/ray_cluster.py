"""RayCluster: the Jobs API of one Ray cluster, asked so that no answer at all is an answer too.

Every call ends within seconds: a head that is gone, silent or in trouble is ``EngineAwayError``,
whichever of the half dozen errors Ray's client and its HTTP library raise for it.
"""

import time
from collections.abc import Mapping
from typing import Any

from arncnn.errors import JobError
from arncnn.jobs.engines.base import EngineAwayError

PENDING, SUCCEEDED = "PENDING", "SUCCEEDED"
OVER = (SUCCEEDED, "FAILED", "STOPPED")
"""Words of Ray's ``JobStatus``; any other is that of a submission at work."""
_TIMEOUT_S = (5.0, 20.0)  # to connect, and between two pieces of an answer
_ASK_EVERY_S = 5.0


class RayCluster:
    """What the engine asks of a cluster; it is called at first use."""

    def __init__(self, address: str, token: str | None = None) -> None:
        """Know a cluster.

        Args:
            address: of the dashboard, ``http://host:8265``.
            token: for a cluster with token authentication.
        """
        self.address, self._token = address, token
        self._client: Any = None
        self._ask_again_s, self._is_there = 0.0, False

    def is_there(self) -> bool:
        """Whether it answers, asked every few seconds at most."""
        if time.monotonic() >= self._ask_again_s:
            self._note(is_there=True)
            try:
                self._ask("get_version")
            except JobError:
                self._note(is_there=False)
        return self._is_there

    def submit(
        self,
        name: str,
        entrypoint: str,
        *,
        variables: Mapping[str, str],
        gpus: float,
        cpus: float,
        metadata: Mapping[str, str],
    ) -> None:
        """Submit under a name; one that is there already stays as it is.

        Raises:
            EngineAwayError: the cluster does not answer.
            JobError: it refuses the submission.
        """
        try:
            self._ask(
                "submit_job",
                entrypoint=entrypoint,
                submission_id=name,
                runtime_env={"env_vars": dict(variables)},
                entrypoint_num_gpus=gpus,
                entrypoint_num_cpus=cpus,
                metadata=dict(metadata),
            )
        except EngineAwayError as error:
            if name in self.submissions():  # raises itself when nobody answers
                return
            if isinstance(error.__cause__, RuntimeError):  # Ray's own word
                raise JobError(
                    "The Ray cluster refused the training; see its dashboard."
                ) from error
            raise

    def submissions(self) -> dict[str, str]:
        """The status of every submission the cluster knows, by name, as ``status`` gives it.

        Raises:
            EngineAwayError: the cluster does not answer.
        """
        found = self._ask("list_jobs")
        return {job.submission_id or "": str(job.status.value) for job in found}

    def status(self, name: str) -> str | None:
        """Ray's status of a submission, one of OVER while it is; None when it is not known.

        Raises:
            EngineAwayError: the cluster does not answer.
        """
        status = self._ask_about("get_job_status", name)
        return None if status is None else str(status.value)

    def log(self, name: str) -> bytes:
        """All a submission has printed; nothing when the cluster does not know it.

        Raises:
            EngineAwayError: the cluster does not answer.
        """
        text: str | None = self._ask_about("get_job_logs", name)
        return (text or "").encode()

    def stop(self, name: str) -> None:
        """Have a submission ended; one that is over or unknown is no error.

        Raises:
            EngineAwayError: the cluster does not answer.
        """
        self._ask_about("stop_job", name)

    def _ask_about(self, method: str, name: str) -> Any:
        try:
            return self._ask(method, name)
        except EngineAwayError as error:
            if _is_unknown(error.__cause__):
                return None
            raise

    def _ask(self, method: str, *arguments: str, **options: Any) -> Any:
        client = self._connected()
        try:
            return getattr(client, method)(*arguments, **options)
        except _failures() as error:
            raise self._away(error) from error

    def _connected(self) -> Any:
        if self._client is None:
            try:
                from ray.job_submission import JobSubmissionClient
            except ModuleNotFoundError as error:
                raise JobError(
                    "ARNCNN_ENGINE=ray needs Ray: pip install -r requirements-ray.txt."
                ) from error

            class Patient(JobSubmissionClient):  # type: ignore[misc]
                """The client, but not for ever patient: Ray's waits without end."""

                def _do_request(self, *arguments: Any, **options: Any) -> Any:
                    return super()._do_request(*arguments, **{"timeout": _TIMEOUT_S, **options})

            headers = {"Authorization": f"Bearer {self._token}"} if self._token else None
            try:
                self._client = Patient(self.address, headers=headers)
            except _failures() as error:
                raise self._away(error) from error
        return self._client

    def _away(self, error: Exception) -> EngineAwayError:
        if _is_unknown(error):
            return EngineAwayError("The Ray cluster does not know this training.")
        if "authentication" in str(error).lower():  # 401 without a token, 403 with another
            self._note(is_there=False)
            return EngineAwayError(
                "The Ray cluster refused the token; set RAY_AUTH_TOKEN to the cluster's."
            )
        if "status code" not in str(error):  # of an answer, that is
            self._note(is_there=False)
        return EngineAwayError(
            "The Ray cluster does not answer; the training may be continuing there. Trying again."
        )

    def _note(self, *, is_there: bool) -> None:
        self._is_there = is_there
        self._ask_again_s = time.monotonic() + _ASK_EVERY_S


def _is_unknown(error: BaseException | None) -> bool:
    return "status code 404" in str(error) or "does not exist" in str(error)


def _failures() -> tuple[type[Exception], ...]:
    """What Ray's client and its HTTP library raise when a cluster is away, refuses, or is lost."""
    from ray.exceptions import RayError  # Ray is there: its client has just failed

    return (RuntimeError, OSError, RayError)
