"""Data set intake: a ZIP or folder read in behind the pages, and then kept or discarded.

Reading 100,000 pictures in takes minutes, and no page waits for it: a thread of the dashboard
does it, and whoever gave the data set finds it again after a reload. What nobody has kept when the
dashboard ends is deleted after a day; the ZIP itself goes as soon as it has been read.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from arncnn import config
from arncnn.data import adding, registry
from arncnn.data.adding import Preview
from arncnn.data.dataset import Dataset
from arncnn.data.registry import RegisteredDataSet
from arncnn.errors import ArncnnError, UsageError
from arncnn.labels import Label
from arncnn.store import Actor, Store


@dataclass
class Intake:
    """One data set on its way in.

    Attributes:
        source: where it comes from, in words, as far as is known.
        stage: what is being done.
        done: how much of it.
        total: of how much; None where that is not known.
        dataset: what came of it.
        preview: what it holds.
        error: why nothing came of it.
    """

    source: str
    stage: str = "starting"
    done: int = 0
    total: int | None = None
    dataset: Dataset | None = None
    preview: Preview | None = None
    error: str | None = None

    @property
    def is_working(self) -> bool:
        """Whether it is still being read."""
        return self.preview is None and self.error is None

    def tell(self, stage: str, done: int, total: int | None) -> None:
        """Notes how far it is; as ``Progress``."""
        self.stage, self.done, self.total = stage, done, total


_intakes: dict[str, Intake] = {}  # by owner
_lock = threading.Lock()


def start(store: Store, actor: Actor, path: Path, source: str, *, is_ours: bool) -> Intake:
    """Begin to read a data set in; it goes on in a thread.

    Args:
        store: asks for the right.
        actor: whose it is.
        path: of a ZIP or folder.
        source: where it comes from, in words.
        is_ours: whether the file goes once it has been read.

    Raises:
        PermissionDenied: the role is missing.
        UsageError: another one of this person is being read in.
    """
    store.data_sets.check(actor)
    registry.sweep()
    with _lock:
        before = _intakes.get(actor.owner)
        if before is not None and before.is_working:
            raise UsageError("Another of your data sets is being imported; wait until it is done.")
        intake = _intakes[actor.owner] = Intake(source)
    work = threading.Thread(
        target=_work, args=(intake, path, is_ours), name="data set intake", daemon=True
    )
    work.start()
    return intake


def of(actor: Actor) -> Intake | None:
    """What this person has given and neither kept nor discarded, or None."""
    return _intakes.get(actor.owner)


def keep(
    store: Store,
    actor: Actor,
    intake: Intake,
    name: str,
    licence: str,
    terms: Mapping[str, Label],
) -> RegisteredDataSet:
    """Register what was read in.

    Raises:
        PermissionDenied: the role is missing.
        UsageError: nothing came of it, or the name or licence will not do.
    """
    if intake.dataset is None:
        raise UsageError("The data set has not been imported.")
    entry = registry.described(
        intake.dataset, name, source=intake.source, licence=licence, added_by=actor.name
    )
    kept = store.data_sets.add(actor, replace(entry, terms=dict(terms)))
    _intakes.pop(actor.owner, None)
    return kept


def discard(store: Store, actor: Actor) -> None:
    """Forget what was read in, and delete it.

    Raises:
        PermissionDenied: the role is missing.
    """
    intake = _intakes.get(actor.owner)
    if intake is not None and intake.dataset is not None:
        store.data_sets.discard(actor, intake.dataset)
    _intakes.pop(actor.owner, None)


def folder_on_server(name: str) -> Path:
    """A folder that the administrator lets trainers name.

    Args:
        name: relative to ``ARNCNN_DATA_SETS``.

    Raises:
        UsageError: none may be named, or it lies outside, or is not there.
    """
    allowed = config.data_sets_folder()
    if allowed is None:
        raise UsageError("Folders on the server cannot be used: ARNCNN_DATA_SETS is not set.")
    found = (allowed / name.strip()).resolve()
    root = allowed.resolve()
    if not name.strip() or found == root or not found.is_relative_to(root) or not found.is_dir():
        raise UsageError("There is no such folder in the place that the administrator allows.")
    return found


def _work(intake: Intake, path: Path, is_ours: bool) -> None:
    try:
        dataset = adding.prepare(path, intake.tell)
        found = adding.preview(dataset, intake.tell)
        intake.dataset = dataset
        intake.preview = found
    except ArncnnError as error:
        intake.error = str(error)
    except MemoryError:
        intake.error = "The data set needs more memory than is available. Upload a part of it."
    except OSError as error:
        intake.error = f"The data set could not be kept ({error.strerror}). Free some disk space."
    finally:
        if is_ours:
            path.unlink(missing_ok=True)
        if intake.is_working:
            intake.error = (
                "The data set could not be imported. Try again, or ask the administrator."
            )
