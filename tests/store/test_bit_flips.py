"""One flipped bit anywhere in the file: whatever harm it does is found."""

import json
import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from arncnn.errors import StoreError
from arncnn.store import Store
from arncnn.store.verify import verify
from tests.attack.flips import contents
from tests.store.made_up import ADA, ANNA, APOLLO, BERT, TILDA, new_case

pytestmark = pytest.mark.attack

_FLIPS = 150  # a sample: seconds, not minutes


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
    truth = contents(original)
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
            is_harmed = contents(copy) != truth
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
    store.jobs.work.claim(TILDA, "cpu:0@h", engine="local")
    with sqlite3.connect(home / "arncnn.sqlite") as raw:
        raw.execute("UPDATE jobs SET progress = ?", [json.dumps({"epoch": 9})])
    assert verify(store, ADA).is_intact
    with sqlite3.connect(home / "arncnn.sqlite") as raw:
        raw.execute("UPDATE jobs SET spec = '{}'")
    assert not verify(store, ADA).is_intact
    with pytest.raises(StoreError, match="altered"):
        store.jobs.get(TILDA, job.id)
