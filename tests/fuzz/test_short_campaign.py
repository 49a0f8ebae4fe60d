"""A short piece of the mutation campaign; ``make fuzz`` runs the whole."""

import time
from pathlib import Path

import pytest

from tests.fuzz import intake

pytestmark = pytest.mark.attack


def test_damaged_files_are_read_or_refused_and_nothing_dies_or_grows(tmp_path: Path) -> None:
    worker = intake.Worker(0, tmp_path)
    block = worker.run(0, 100, tmp_path / "file")
    block.add(worker.run(100, 300, tmp_path / "file", until=time.monotonic() + 5))
    assert block.broken == []
    assert block.files >= 100
    assert len(block.outcomes) >= 8, "the damage hits too little to say anything"
    assert 0 < block.largest[0] < 512


def test_a_campaign_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    intake.work(iter([0]), 0, tmp_path, until=float("inf"), count=20)
    with (tmp_path / "blocks-0.jsonl").open("a") as log:
        log.write('{"first": 10')
    found = intake.finished(tmp_path, 0)
    assert list(found) == [0]
    assert found[0].files == 20
    assert sum(found[0].kinds.values()) == 20
    assert intake.finished(tmp_path, 1) == {}
