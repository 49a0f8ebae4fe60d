"""One flipped bit anywhere in the file: whatever harm it does is found."""

import json
import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from arncnn.errors import StoreError
from arncnn.store import Store
from arncnn.store.tables import Base
from arncnn.store.verify import verify
from tests.store.made_up import ADA, ANNA, APOLLO, BERT, TILDA, new_case

_FLIPS = 150  # a sample: seconds, not minutes


def _contents(file: Path) -> str:
    """Every table, straight and by each index, by another road than the store's."""
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as raw:
        raw.text_factory = bytes
        queries = [
            f"SELECT * FROM {table.name} NOT INDEXED ORDER BY rowid"
            for table in Base.metadata.sorted_tables
        ] + [
            f"SELECT rowid FROM {index.table.name} INDEXED BY {index.name} "
            f"ORDER BY {', '.join(column.name for column in index.columns)}"
            for table in Base.metadata.sorted_tables
            for index in table.indexes
            if not index.unique
        ]
        return repr([raw.execute(query).fetchall() for query in queries])


def _is_found(file: Path) -> bool:
    try:
        opened = Store.open(f"sqlite:///{file}")
        return not verify(opened, ADA, files=False).is_intact
    except StoreError:
        return True


def test_every_harmful_bit_flip_is_found_or_the_store_refuses_to_open(
    store: Store, home: Path, tmp_path: Path
) -> None:
    cases = store.cases.add_all(ANNA, [new_case(number) for number in range(12)])
    correction = store.corrections.submit(BERT, cases[0].id, label="Hand")
    store.corrections.review(APOLLO, correction.id, approve=True)
    store.jobs.submit(TILDA, {"epochs": 3})
    original = home / "arncnn.sqlite"
    truth = _contents(original)
    image = original.read_bytes()
    used = [i for i in range(len(image)) if image[i]]  # unused space is zero and harms nobody
    copy = tmp_path / "flipped.sqlite"
    shutil.copy(original, copy)
    chance = random.Random(1)
    harmful, missed = 0, []
    for _ in range(_FLIPS):
        position, bit = chance.choice(used), chance.randrange(8)
        flipped = bytearray(image)
        flipped[position] ^= 1 << bit
        copy.write_bytes(flipped)
        try:
            is_harmed = _contents(copy) != truth
        except (sqlite3.Error, OverflowError, UnicodeDecodeError):
            is_harmed = True
        harmful += is_harmed
        if is_harmed and not _is_found(copy):
            missed.append((position, bit))
    assert harmful > 60
    assert missed == []


def test_a_flipped_bit_of_a_running_jobs_progress_is_the_one_thing_not_sealed(
    store: Store, home: Path
) -> None:
    job = store.jobs.submit(TILDA, {"epochs": 3})
    with sqlite3.connect(home / "arncnn.sqlite") as raw:
        raw.execute("UPDATE jobs SET progress = ?", [json.dumps({"epoch": 9})])
    assert verify(store, ADA).is_intact
    with sqlite3.connect(home / "arncnn.sqlite") as raw:
        raw.execute("UPDATE jobs SET spec = '{}'")
    assert not verify(store, ADA).is_intact
    with pytest.raises(StoreError, match="altered"):
        store.jobs.get(TILDA, job.id)
