"""Store: one open database and the folder of kept pixels and models beside it."""

from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from arncnn import config
from arncnn.store import engine as database
from arncnn.store import migrations
from arncnn.store.audit import Audit
from arncnn.store.blobs import Blobs
from arncnn.store.cases import Cases
from arncnn.store.corrections import Corrections
from arncnn.store.jobs import Jobs
from arncnn.store.models import Models
from arncnn.store.runs import Runs
from arncnn.store.series import SeriesList
from arncnn.store.users import Users


class Store:
    """Cases, corrections, jobs, models, users and the audit.

    Every method that changes something takes an ``Actor``, asks its role, and writes its audit
    line in the same transaction. A store can be shared by threads and opened by many processes.

    Attributes:
        engine: the SQLAlchemy engine.
        folder: where kept pixels (``cases/``) and models (``models/``) lie.
    """

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.blobs = Blobs(folder / "cases")

    @classmethod
    def open(cls, url: str | None = None, *, folder: Path | None = None) -> "Store":
        """Open the store, making or upgrading its tables first (all of it or nothing).

        Args:
            url: SQLAlchemy URL; None takes ``ARNCNN_DATABASE`` or SQLite in ``ARNCNN_HOME``.
            folder: of kept pixels and models; None takes ``ARNCNN_HOME``.

        Raises:
            StoreError: it cannot be opened, is damaged, or was made by a newer version.
        """
        engine = database.connect(url or config.database_url())
        migrations.upgrade(engine)
        return cls(engine, folder or config.home())

    def writing(self) -> AbstractContextManager[Session]:
        """A writing transaction; see ``engine.writing``."""
        return database.writing(self.engine)

    def reading(self) -> AbstractContextManager[Session]:
        """A reading transaction; see ``engine.reading``."""
        return database.reading(self.engine)

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()

    @cached_property
    def audit(self) -> Audit:
        """Who did what, when."""
        return Audit(self)

    @cached_property
    def cases(self) -> Cases:
        """Scans as read, with their kept pixels."""
        return Cases(self)

    @cached_property
    def series(self) -> SeriesList:
        """The same by series."""
        return SeriesList(self)

    @cached_property
    def jobs(self) -> Jobs:
        """Trainings queued, running and done."""
        return Jobs(self)

    @cached_property
    def corrections(self) -> Corrections:
        """What people say of readings."""
        return Corrections(self)

    @cached_property
    def models(self) -> Models:
        """The registry, and which model serves."""
        return Models(self)

    @cached_property
    def runs(self) -> Runs:
        """Finished trainings."""
        return Runs(self)

    @cached_property
    def users(self) -> Users:
        """Accounts and their roles."""
        return Users(self)
