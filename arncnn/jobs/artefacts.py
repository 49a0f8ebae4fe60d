"""Artefacts: a job's folder where trainer and supervisor share no disk.

With ``ARNCNN_ARTEFACTS`` (any fsspec URL such as ``s3://bucket/arncnn``, or a folder) the
supervisor puts a job's inputs there and the trainer, on whatever machine, gets them, brings
its checkpoints after every epoch and its model at the end. Without it both use one folder.
"""

import os
import posixpath
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arncnn.errors import JobError
from arncnn.jobs.engines.base import STOP_FILE


@dataclass(frozen=True)
class Shared:
    """One job's place in the shared store.

    Attributes:
        folder: on this machine.
        url: in the shared store; None when the folder itself is shared.
    """

    folder: Path
    url: str | None = None

    def fetch(self) -> None:
        """Bring everything of the job here.

        Raises:
            JobError: the store does not answer.
        """
        if self.url is None:
            return
        files, root = self._open()
        try:
            for remote in files.find(root):
                local = self.folder / posixpath.relpath(remote, root)
                local.parent.mkdir(parents=True, exist_ok=True)
                files.get_file(remote, str(local))
        except OSError as error:
            raise _away() from error

    def push(self, part: str = "") -> None:
        """Take the job's files, or one subfolder of them, to the store.

        Raises:
            JobError: the store does not answer.
        """
        if self.url is None:
            return
        files, root = self._open()
        try:
            for local in sorted((self.folder / part).rglob("*")):
                if local.is_file() and not local.name.startswith("."):
                    remote = posixpath.join(root, local.relative_to(self.folder).as_posix())
                    files.makedirs(posixpath.dirname(remote), exist_ok=True)
                    files.put_file(str(local), remote)
        except OSError as error:
            raise _away() from error

    def ask_to_stop(self) -> None:
        """Leave the sign that the trainer looks for.

        Raises:
            JobError: the store does not answer.
        """
        (self.folder / STOP_FILE).touch()
        if self.url is not None:
            files, root = self._open()
            try:
                files.makedirs(root, exist_ok=True)
                files.pipe_file(posixpath.join(root, STOP_FILE), b"")
            except OSError as error:
                raise _away() from error

    def withdraw_stop(self) -> None:
        """Take the sign away: another attempt begins.

        Raises:
            JobError: the store does not answer.
        """
        (self.folder / STOP_FILE).unlink(missing_ok=True)
        if self.url is not None:
            files, root = self._open()
            try:
                files.rm_file(posixpath.join(root, STOP_FILE))
            except FileNotFoundError:
                return
            except OSError as error:
                raise _away() from error

    def stop_asked(self) -> bool:
        """Whether the sign is in the store."""
        if self.url is None:
            return False
        files, root = self._open()
        return bool(files.exists(posixpath.join(root, STOP_FILE)))

    def _open(self) -> tuple[Any, str]:
        try:
            import fsspec

            files, root = fsspec.core.url_to_fs(self.url)
        except (ImportError, ValueError) as error:
            raise JobError(
                "ARNCNN_ARTEFACTS needs the package fsspec and, for some kinds of address, "
                "another (s3fs for s3://, gcsfs for gs://): pip install fsspec."
            ) from error
        files.invalidate_cache()
        return files, root


def of_job(folder: Path) -> Shared:
    """The supervisor's view of a job's place."""
    base = os.environ.get("ARNCNN_ARTEFACTS")
    return Shared(folder, posixpath.join(base, folder.name) if base else None)


def of_attempt(folder: Path) -> Shared:
    """The trainer's view; a machine without the folder gets its files first."""
    shared = of_job(folder)
    if shared.url is not None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return shared


def _away() -> JobError:
    return JobError("The shared artefact store (ARNCNN_ARTEFACTS) does not answer.")
