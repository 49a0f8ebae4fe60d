"""A job's folder through a shared store."""

from pathlib import Path

import pytest

from arncnn.jobs import artefacts

pytest.importorskip("fsspec")


def test_what_one_machine_pushes_another_fetches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNCNN_ARTEFACTS", str(tmp_path / "shared"))
    here, there = tmp_path / "a/job1", tmp_path / "b/job1"
    (here / "run/model").mkdir(parents=True)
    (here / "run/model/weights").write_bytes(b"w")
    (here / "run/.half-written").write_bytes(b"x")
    artefacts.of_job(here).push()
    artefacts.of_attempt(there).fetch()
    assert (there / "run/model/weights").read_bytes() == b"w"
    assert not (there / "run/.half-written").exists()


def test_a_stop_is_seen_on_the_other_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNCNN_ARTEFACTS", str(tmp_path / "shared"))
    here, there = tmp_path / "a/job1", tmp_path / "b/job1"
    here.mkdir(parents=True)
    worker = artefacts.of_attempt(there)
    assert not worker.stop_asked()
    artefacts.of_job(here).ask_to_stop()
    assert worker.stop_asked()


def test_without_a_shared_store_nothing_travels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ARNCNN_ARTEFACTS", raising=False)
    place = artefacts.of_job(tmp_path)
    place.push()
    place.fetch()
    assert place.url is None and not place.stop_asked()
