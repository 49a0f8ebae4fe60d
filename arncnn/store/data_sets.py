"""DataSets: who adds data sets to the registry and takes them out; each is in the audit."""

import shutil
from pathlib import Path

from arncnn.data import mednist, registry
from arncnn.data.dataset import Dataset
from arncnn.data.registry import RegisteredDataSet
from arncnn.store import audit
from arncnn.store.database import Service
from arncnn.store.roles import Actor, requires


class DataSets(Service):
    """The registry of data sets, for people with their rights."""

    @requires("data.read")
    def list(self, actor: Actor) -> tuple[RegisteredDataSet, ...]:
        """Medical MNIST, then the registered ones in the order they were added.

        Raises:
            DataError: the registry is damaged.
        """
        return (mednist.ENTRY, *registry.entries())

    @requires("data.add")
    def check(self, actor: Actor) -> None:
        """Pass when the person may add data sets.

        Raises:
            PermissionDenied: the role is missing.
        """

    @requires("data.add")
    def add(self, actor: Actor, entry: RegisteredDataSet) -> RegisteredDataSet:
        """Register a packed data set under a name.

        Raises:
            UsageError: the name is taken, or source or licence is not said.
        """
        kept = registry.add(entry)
        detail = {"sha256": kept.sha256, "images": kept.images, "classes": len(kept.classes)}
        with self._database.writing() as session:
            audit.record(session, actor, "data.add", _subject(kept.sha256), detail)
        return kept

    @requires("data.add")
    def discard(self, actor: Actor, dataset: Dataset) -> None:
        """Delete a pack that was made to be looked at; one that is registered stays."""
        folder = dataset.folder
        if folder is not None and registry.of(dataset.sha256) is None and _is_added(folder):
            shutil.rmtree(folder, ignore_errors=True)

    @requires("data.add")
    def remove(self, actor: Actor, name: str) -> RegisteredDataSet:
        """Take a data set out of the registry and delete its files; models stay.

        Raises:
            DataError: there is none of that name.
        """
        gone = registry.remove(name)
        with self._database.writing() as session:
            audit.record(session, actor, "data.remove", _subject(gone.sha256))
        return gone


def _subject(sha256: str) -> str:
    return f"data:{sha256[:12]}"


def _is_added(folder: Path) -> bool:
    """Whether a pack was made by adding, and not fetched for all to use."""
    return folder.name.startswith(f"{registry.ADDED}-") and folder.parent == registry.data_folder()
