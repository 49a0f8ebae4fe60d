"""What brings the data set's pictures depends on where the data set stands."""

from pathlib import Path

import pytest

from arncnn.data import load
from pages.ui.shared.missing_pictures import sentence


def test_without_a_source_the_command_brings_them(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ARNCNN_DATA", raising=False)
    said = sentence()
    assert "not on this machine: `python -m arncnn data fetch` downloads them" in said


def test_a_source_on_this_machine_is_read_in_by_the_command(
    home: Path, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNCNN_DATA", str(tiny_folder))
    said = sentence()
    assert "on this machine, where `ARNCNN_DATA` points" in said
    assert "`python -m arncnn data fetch` imports them" in said
    assert "downloads" not in said


def test_a_source_that_is_not_there_is_to_be_corrected_first(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNCNN_DATA", str(tmp_path / "gone"))
    assert "not where `ARNCNN_DATA` points. Correct it, then" in sentence()


def test_pictures_that_another_data_set_lacks_are_not_said_to_be_fetched(
    home: Path, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNCNN_DATA", str(tiny_folder))
    load(tiny_folder)
    said = sentence()
    assert "not in the data set that the dashboard found on this machine" in said
    assert "fetch" not in said
