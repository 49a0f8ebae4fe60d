"""Flip bits in all that a hospital keeps, and in the bundled models; each must be noticed.

``python -m tests.attack.flips --flips 1000``: in turn one bit of the database, of a kept file and
of a bundled model. A flip of the database that changes no row, straight or by an index, is none
(free pages, SQLite's own counters); the others must be told by ``verify`` or refuse to open.
"""

import argparse
import json
import os
import random
import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from arncnn import config
from arncnn.errors import ModelError, StoreError
from arncnn.models import bundled
from arncnn.models.bundle import ModelBundle
from arncnn.store import Store, identity
from arncnn.store.job import State
from arncnn.store.tables import Base
from arncnn.store.verify import verify
from tests.models.damage import flip
from tests.store.made_up import ADA, ANNA, APOLLO, BERT, TILDA, model_folder, new_case

_CASES = 12
_HARMFUL = 200  # tries to find a bit of the database that matters: about two in three do


def contents(database: Path) -> str:
    """Every table, straight and by each index, by another road than the store's."""
    tables = Base.metadata.sorted_tables
    queries = [f"SELECT * FROM {table.name} NOT INDEXED ORDER BY rowid" for table in tables] + [
        f"SELECT rowid FROM {index.table.name} INDEXED BY {index.name} "
        f"ORDER BY {', '.join(column.name for column in index.columns)}"
        for table in tables
        for index in table.indexes
        if not index.unique
    ]
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as raw:
        raw.text_factory = bytes
        return repr([raw.execute(query).fetchall() for query in queries])


class House:
    """A home with cases, corrections, a job and its model, and bundled models to harm."""

    def __init__(self, home: Path, seed: int) -> None:
        self._home, self._chance = home, random.Random(seed)
        self._database = home / "arncnn.sqlite"
        store = Store.open()
        cases = store.cases.add_all(ANNA, [new_case(number) for number in range(_CASES)])
        correction = store.corrections.submit(BERT, cases[0].id, label="Hand")
        store.corrections.review(APOLLO, correction.id, approve=True)
        _train(store, home.parent / "trained")
        store.close()
        self._truth = contents(self._database)
        self._used = [at for at, byte in enumerate(self._database.read_bytes()) if byte]
        self._models = home.parent / "bundled"
        shutil.copytree(config.BUNDLED_MODELS, self._models)
        bundled.BUNDLED_MODELS = self._models
        self.attacks: tuple[Callable[[], str], ...] = (self.database, self.kept, self.model)

    def is_noticed(self) -> bool:
        """Whether the store does not open, or says that it is not whole."""
        try:
            opened = Store.open()
        except StoreError:
            return True
        try:
            return not verify(opened, ADA).is_intact
        except StoreError:
            return True
        finally:
            opened.close()

    def database(self) -> str:
        """Where a bit of the database was flipped unnoticed; empty when it was noticed."""
        image = self._database.read_bytes()
        for _ in range(_HARMFUL):
            position, bit = self._chance.choice(self._used), self._chance.randrange(8)
            flip(self._database, position, bit)
            if self._is_harmed():
                missed = "" if self.is_noticed() else f"database, byte {position}, bit {bit}"
                self._database.write_bytes(image)  # what opening it changed is gone, too
                return missed
            self._database.write_bytes(image)
        raise AssertionError("no bit of the database matters")

    def _is_harmed(self) -> bool:
        try:
            return contents(self._database) != self._truth
        except (sqlite3.Error, OverflowError, UnicodeDecodeError):
            return True

    def kept(self) -> str:
        """The same for a file with a case's pixels, of a registered model, or the store's id."""
        folders = (self._home / "cases", self._home / "models")
        files = sorted(file for each in folders for file in each.rglob("*") if file.is_file())
        file = self._chance.choice([*files, self._home / identity.FILE])
        position, bit = self._chance.randrange(file.stat().st_size), self._chance.randrange(8)
        flip(file, position, bit)
        missed = "" if self.is_noticed() else f"{file.name}, byte {position}, bit {bit}"
        flip(file, position, bit)
        return missed

    def model(self) -> str:
        """The same for a file of a bundled model."""
        folder = self._models / self._chance.choice(sorted(bundled.SUMS))
        file = self._chance.choice(sorted(folder.iterdir()))
        position, bit = self._chance.randrange(file.stat().st_size), self._chance.randrange(8)
        flip(file, position, bit)
        try:
            ModelBundle.open(folder)
            return f"{folder.name}/{file.name}, byte {position}, bit {bit}"
        except ModelError:
            return ""
        finally:
            flip(file, position, bit)


def _train(store: Store, folder: Path) -> None:
    """A job from the queue to a model in service, with lines in its log."""
    job, work = store.jobs.submit(TILDA, {"epochs": 3}), store.jobs.work
    claim = work.claim(TILDA, "cpu:0@here", engine="local").claim
    for epoch in range(3):
        work.event(TILDA, claim, "epoch", {"epoch": epoch}, progress={"epoch": epoch})
    work.finish(TILDA, claim, State.SUCCEEDED, result={"model": "m"})
    store.runs.record(TILDA, folder="r", recipe={}, seed=1, metrics={}, job_id=job.id)
    model = store.models.register(TILDA, model_folder(folder), job_id=job.id)
    store.models.judge(TILDA, model.sha256, {"passes": True})
    store.models.promote(APOLLO, model.sha256, "good")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flips", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="arncnn-flips-") as folder:
        home = Path(folder) / "home"
        os.environ["ARNCNN_HOME"] = str(home)
        os.environ.pop("ARNCNN_DATABASE", None)
        house, done, missed = House(home, asked.seed), Counter[str](), []
        if house.is_noticed():
            raise AssertionError("the untouched store does not verify")
        for number in range(asked.flips):
            attack = house.attacks[number % len(house.attacks)]
            missed += filter(None, [attack()])
            done[attack.__name__] += 1
        if house.is_noticed():
            raise AssertionError("the store did not come back")
    told = {"flips": asked.flips, "seed": asked.seed, "of": dict(done), "missed": missed}
    sys.stdout.write(json.dumps(told) + "\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
