"""The table of targets: ratios, what fell by more than a tenth, and what the README says of it."""

import json
from pathlib import Path

import pytest

from arncnn import config
from arncnn.experiments import targets
from arncnn.experiments.targets import TARGETS, Target
from tests.experiments.measured import BENCH, HERE, LOAD

STORED = config.ASSETS / "measured"


@pytest.mark.parametrize(
    ("limit", "is_at_most", "measured", "ratio"),
    [
        (2.0, True, 1.0, 2.0),
        (2.0, True, 4.0, 0.5),
        (2.0, False, 1.0, 0.5),
        (0, True, 0, 1),
        (0, True, 3, 0),
    ],
)
def test_a_ratio_of_one_or_more_meets_its_target_whichever_way_is_better(
    limit: float, is_at_most: bool, measured: float, ratio: float
) -> None:
    assert Target("x", "X", limit, is_at_most=is_at_most).ratio(measured) == ratio


def test_every_target_is_found_in_what_is_stored_and_keys_are_unique() -> None:
    keys = [target.key for of_source in TARGETS.values() for target in of_source]
    assert len(keys) == len(set(keys))
    load = json.loads((STORED / "load.json").read_text())
    assert all(target.measured(load) is not None for target in TARGETS["load"])
    assert {row["key"] for row in targets.rows("bench", BENCH)} == {
        target.key for target in TARGETS["bench"]
    }


def test_what_fell_by_more_than_a_tenth_is_named_and_what_was_not_measured_stays(
    tmp_path: Path,
) -> None:
    table = tmp_path / "targets.json"
    assert targets.write(table, "load", LOAD) == []
    assert targets.write(table, "bench", BENCH) == []
    slower = {**BENCH, "reading_to_forward_ratio": 1.6, "ct_reading_to_forward_ratio": 1.35}
    del slower["batches"]
    (sentence,) = targets.write(table, "bench", slower)
    assert sentence.startswith(
        "Fell by more than a tenth: A picture read, in forward passes: 1.6, was 1.3 (ratio"
    )
    stored = targets.load(table)
    rows = {row["key"]: row for row in stored["bench"]["rows"]}
    assert rows["reading_to_forward_ratio"]["ratio"] == pytest.approx(1.3 / 1.6)
    assert rows["batches.jpeg_64.ratio"]["measured"] == 0.6
    assert rows["batches.jpeg_64.ratio"]["machine"] == HERE
    assert [row["key"] for row in stored["bench"]["rows"]] == [t.key for t in TARGETS["bench"]]
    assert stored["load"]["rows"], "the other command's section is left alone"


def test_seconds_are_compared_on_one_machine_only(tmp_path: Path) -> None:
    table = tmp_path / "targets.json"
    targets.write(table, "bench", BENCH)
    slower = {**BENCH, "first_page_seconds": 3.0}
    assert targets.write(table, "bench", {**slower, "machine": {**HERE, "cores": 64}}) == []
    targets.write(table, "bench", BENCH)
    (sentence,) = targets.write(table, "bench", slower)
    assert "Start until the first page is served: 3, was 1" in sentence


def test_what_was_measured_on_a_busy_machine_does_not_enter_the_table(tmp_path: Path) -> None:
    table = tmp_path / "targets.json"
    targets.write(table, "bench", BENCH)
    before = table.read_bytes()
    busy = {**BENCH, "reading_to_forward_ratio": 0.7, "machine": {**HERE, "load": 20.5}}
    (sentence,) = targets.write(table, "bench", busy)
    assert (
        "was not changed: the machine was busy before the run began (load 20.5 on 2 cores)"
        in sentence
    )
    assert table.read_bytes() == before


def test_the_machine_is_described() -> None:
    found = targets.machine()
    assert found["processor"] and found["cores"] >= 1 and found["memory_gib"] > 0
