"""Store: the facade over one open database, with every service on it."""

from pathlib import Path
from typing import Self

from sqlalchemy import Engine

from arncnn import config
from arncnn.store import identity, migrations
from arncnn.store.audit import Audit
from arncnn.store.cases import Cases
from arncnn.store.corrections import Corrections
from arncnn.store.data_sets import DataSets
from arncnn.store.database import Database, connect
from arncnn.store.headers import Headers
from arncnn.store.jobs import Jobs
from arncnn.store.models import Models
from arncnn.store.pacs_work import PacsWork
from arncnn.store.runs import Runs
from arncnn.store.series import SeriesList
from arncnn.store.sources import Sources
from arncnn.store.users import Users


class Store(Database):
    """Cases, corrections, jobs, models, users and the audit.

    Every method that changes something takes an ``Actor``, asks its role, and writes its audit
    line in the same transaction. A store can be shared by threads and opened by many processes.

    Attributes:
        audit: who did what, when.
        cases: scans as read, with their kept pixels.
        series: the worklist with the slices of one series as one line.
        corrections: what people say of readings.
        data_sets: the registry of data sets.
        headers: cases whose header and pixels disagree, and what people decided on them.
        jobs: trainings queued, running and done.
        models: the registry, and which model serves.
        pacs: inbox and outbox, for the process that works on them.
        runs: finished trainings.
        sources: where scans come from and answers go.
        users: accounts and their roles.
    """

    def __init__(self, engine: Engine, folder: Path) -> None:
        super().__init__(engine, folder)
        self.audit = Audit(self)
        self.cases = Cases(self)
        self.series = SeriesList(self)
        self.corrections = Corrections(self)
        self.data_sets = DataSets(self)
        self.headers = Headers(self)
        self.jobs = Jobs(self)
        self.models = Models(self)
        self.pacs = PacsWork(self)
        self.runs = Runs(self)
        self.sources = Sources(self)
        self.users = Users(self)

    def refused(self, name: str, action: str, sentence: str) -> None:
        """Keep in the audit that somebody was refused an action."""
        self.users.note_refusal(name, action, sentence)

    @classmethod
    def open(
        cls, url: str | None = None, *, folder: Path | None = None, is_restoring: bool = False
    ) -> Self:
        """Open the store, making or upgrading its tables first (all of it or nothing).

        Args:
            url: SQLAlchemy URL; None takes ``ARNCNN_DATABASE`` or SQLite in ``ARNCNN_HOME``.
            folder: of kept pixels and models; None takes ``ARNCNN_HOME``.
            is_restoring: a backup will be restored: an empty database beside kept files will do.

        Raises:
            StoreError: it cannot be opened, is damaged, or was made by a newer version; or its
                folder belongs to another store.
        """
        engine = connect(url or config.database_url())
        migrations.upgrade(engine)
        opened = cls(engine, folder or config.home())
        identity.settle(opened, is_restoring=is_restoring)
        return opened
