"""Readings spread over a real Ray cluster of this machine, and its workers killed."""

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar
from unittest.mock import MagicMock

import numpy as np
import pytest

from arncnn import config
from arncnn.errors import UsageError
from arncnn.inference import read_on_ray
from arncnn.inference.shards import Done, Place, Plan
from arncnn.models.bundle import ModelBundle
from tests.chaos import reading

Test = TypeVar("Test", bound=Callable[..., None])


def on_ray(seconds: int) -> Callable[[Test], Test]:
    """A test that needs Ray and may take so long."""
    lacks = pytest.mark.skipif(
        find_spec("ray") is None, reason="Ray is not installed: make test-extras"
    )
    return lambda test: pytest.mark.ray(pytest.mark.timeout(seconds)(lacks(test)))


_NONE = "127.0.0.1:1"  # where no cluster is: what needs one fails


def ray_reads(*words: str | Path, cluster: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        reading.command(*words),  # type: ignore[arg-type]
        cwd=reading.ROOT,
        env=reading.alone() | ({"RAY_ADDRESS": cluster} if cluster else {}),
        capture_output=True,
        text=True,
        timeout=500,
    )


@on_ray(600)
def test_workers_and_the_command_are_killed_and_every_file_has_its_one_row(tmp_path: Path) -> None:
    found = reading.campaign(tmp_path, files=900, kills=2, stops=1, seed=3)
    assert (found.kills, found.stops) == (2, 1)
    assert found.is_whole, found


@on_ray(600)
def test_from_a_store_that_fails_under_kills_every_file_has_the_one_row_of_its_bytes(
    tmp_path: Path,
) -> None:
    found = reading.campaign(tmp_path, files=600, kills=1, stops=1, seed=5, faults=True)
    assert (found.kills, found.stops) == (1, 1)
    assert found.unread > 0 and found.is_whole, found
    assert not list((tmp_path / "out").glob("unfinished-*"))


@on_ray(600)
def test_from_an_address_to_an_address_as_parquet_a_lost_file_once_it_is_back_then_nothing(
    tmp_path: Path,
) -> None:
    reading.make(tmp_path / "scans", 60)
    place, (lost, away) = f"file://{tmp_path}", (tmp_path / "scans" / "0" / "7.jpg", tmp_path / "7")
    words = (f"{place}/scans", f"{place}/out", "--parquet")
    model = ModelBundle.open(config.default_model()).identity.sha256
    Plan.of(Place(words[1]), [words[0]], "parquet", model)
    lost.rename(away)
    for rows, before, unread, cluster in ((59, 0, 1, None), (0, 59, 1, _NONE), (1, 59, 0, None)):
        run = ray_reads(*words, cluster=cluster)
        assert run.returncode == unread, run.stderr
        assert json.loads(run.stdout) == {
            "out": f"{place}/out", "rows": rows, "failed": int(rows > 1),
            "files": 60, "files_before": before, "unread": unread,
        }  # fmt: skip
        named = f"1 file was not found from {socket.gethostname()}: {words[0]}/0/7.jpg."
        assert (named in run.stderr) == bool(unread)
        assert len(reading.rows_of(tmp_path / "out", "parquet")) == 60 - unread
        if not rows:
            away.rename(lost)
    again = ray_reads(*words, cluster=_NONE)
    assert (again.returncode, json.loads(again.stdout)["files_before"]) == (0, 60), again.stderr
    rows = reading.rows_of(tmp_path / "out", "parquet")
    assert len({row["path"] for row in rows}) == 60
    assert all(row["path"].startswith(f"{place}/scans/0/") for row in rows)
    assert [row["status"] for row in rows].count("failed") == 1
    other = ray_reads(*words[:2])
    assert other.returncode == 2 and "another reading" in other.stderr


def test_an_address_of_the_clusters_dashboard_is_told_from_that_of_its_head(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "http://head:8265")
    with pytest.raises(UsageError, match="ray job submit"), read_on_ray._cluster(1):
        pass


def test_what_ray_prints_does_not_reach_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("ray", "ray.data"):
        monkeypatch.setitem(sys.modules, name, MagicMock())
    for name in ("RAY_USAGE_STATS_ENABLED", "RAY_BACKEND_LOG_LEVEL"):
        monkeypatch.setenv(name, "0")
    with read_on_ray._cluster(1):
        print("(raylet) A worker died.")
    assert capsys.readouterr() == ("", "(raylet) A worker died.\n")


def test_a_node_that_does_not_find_the_results_says_which_it_is(tmp_path: Path) -> None:
    plan = Plan(Place(str(tmp_path / "not-mounted")), {}, ())
    with pytest.raises(UsageError, match=f"{socket.gethostname()} does not find the results"):
        read_on_ray.ShardReader(plan, config.default_model(), 1)
    assert not list(tmp_path.iterdir())


def test_a_node_that_finds_nothing_of_a_shard_leaves_the_next_ones_to_others_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    found = {0: Done(rows=0, failed=0, unread=9, missing=9, kept=0),
             1: Done(rows=8, failed=0, unread=1, missing=1, kept=0)}  # fmt: skip
    plan = SimpleNamespace(shards=[(0, 1, 9)] * 2, read=lambda _, shard, workers: found[shard])
    reader = object.__new__(read_on_ray.ShardReader)
    reader._plan, reader._workers, reader._reader = plan, 1, None  # type: ignore[assignment]
    assert list(reader({"shard": np.array([0, 1])})["missing"]) == [9, 1]
    assert waited == [read_on_ray._NOTHING_THERE_S]


@pytest.mark.parametrize(
    ("processors", "workers", "sentence"),
    [([4, 8], 9, "more than 8 (in all 12). Ask for 8 at most"), ([0], 1, "No node")],
)
def test_more_processors_than_any_node_has_are_refused_in_words(
    processors: list[int], workers: int, sentence: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(sentence)):
        read_on_ray._readers(processors, workers)
    assert read_on_ray._readers([4, 8, 0], 3) == 3  # no reader is spread over two nodes


@on_ray(120)
def test_a_real_cluster_that_is_too_small_is_said_at_once_and_nothing_is_read(
    tmp_path: Path,
) -> None:
    reading.make(tmp_path / "scans", 3)
    run = ray_reads(tmp_path / "scans", tmp_path / "out", "--workers", "4096")
    assert run.returncode == 2, run.stderr
    assert "--workers 4096" in run.stderr and "no node of the Ray cluster" in run.stderr
    assert not list((tmp_path / "out").glob("part-*"))
