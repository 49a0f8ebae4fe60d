"""Artefacts: a job's folder where trainer and supervisor share no disk.

With ``ARNCNN_ARTEFACTS`` (any fsspec URL such as ``s3://bucket/arncnn``, or a folder) the
supervisor puts a job's inputs there and the trainer, on whatever machine, gets them, brings
its checkpoints after every epoch and its model at the end. Without it both use one folder.
"""

import os
import posixpath
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arncnn.errors import JobError
from arncnn.jobs.engines.base import STOP_FILE


@dataclass(frozen=True)
class Shared:
    """One job's place in the shared store; every method raises ``JobError`` when it is away.

    Attributes:
        folder: on this machine.
        url: in the shared store; None when the folder itself is shared.
    """

    folder: Path
    url: str | None = None

    def fetch(self) -> None:
        """Bring everything of the job here."""
        if self.url is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._opened() as (files, root):
            for remote in files.find(root):
                local = self.folder / posixpath.relpath(remote, root)
                local.parent.mkdir(parents=True, exist_ok=True)
                files.get_file(remote, str(local))

    def push(self, part: str = "") -> None:
        """Take the job's files, or one subfolder of them, to the store."""
        if self.url is None:
            return
        with self._opened() as (files, root):
            for local in sorted((self.folder / part).rglob("*")):
                if local.is_file() and not local.name.startswith("."):
                    remote = posixpath.join(root, local.relative_to(self.folder).as_posix())
                    files.makedirs(posixpath.dirname(remote), exist_ok=True)
                    files.put_file(str(local), remote)

    def ask_to_stop(self) -> None:
        """Leave the sign that the trainer looks for."""
        (self.folder / STOP_FILE).touch()
        if self.url is not None:
            with self._opened() as (files, root):
                files.makedirs(root, exist_ok=True)
                files.pipe_file(posixpath.join(root, STOP_FILE), b"")

    def withdraw_stop(self) -> None:
        """Take the sign away: another attempt begins."""
        (self.folder / STOP_FILE).unlink(missing_ok=True)
        if self.url is not None:
            with self._opened() as (files, root), suppress(FileNotFoundError):
                files.rm_file(posixpath.join(root, STOP_FILE))

    def stop_asked(self) -> bool:
        """Whether the sign is in the store."""
        if self.url is None:
            return False
        with self._opened() as (files, root):
            return bool(files.exists(posixpath.join(root, STOP_FILE)))

    @contextmanager
    def _opened(self) -> Iterator[tuple[Any, str]]:
        """The store's file system, and the job's place in it."""
        try:
            import fsspec

            files, root = fsspec.core.url_to_fs(self.url)
        except (ImportError, ValueError) as error:
            raise JobError(
                "ARNCNN_ARTEFACTS needs the package fsspec and, for some kinds of address, "
                "another (s3fs for s3://, gcsfs for gs://): pip install fsspec."
            ) from error
        files.invalidate_cache()
        try:
            yield files, root
        except OSError as error:
            raise JobError(
                "The shared artefact store (ARNCNN_ARTEFACTS) does not answer."
            ) from error


def of_job(folder: Path) -> Shared:
    """A job's place, as its supervisor and its trainer see it."""
    base = os.environ.get("ARNCNN_ARTEFACTS")
    return Shared(folder, posixpath.join(base, folder.name) if base else None)
