"""The comparison runs row by row, writes after each, and goes on where it stopped."""

import json
from pathlib import Path

import numpy as np
import pytest

from arncnn.comparison import compare as module
from arncnn.comparison import result
from arncnn.comparison.budget import Budget
from arncnn.comparison.compare import compare
from arncnn.comparison.result import RunResult
from arncnn.comparison.rows import TRAINED
from arncnn.errors import UsageError

TINY = Budget("tiny", images=24, epochs=1, seeds=2, validation_images=3, corruption_images=2)
FLOORS = ("nearest_neighbour", "tree")


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Rows that would have been trained, in order; the third is stopped from the keyboard."""
    asked: list[tuple[str, int]] = []

    def train_row(row, seed, *arguments):
        asked.append((row.key, seed))
        if len(asked) == 3:
            raise KeyboardInterrupt
        return RunResult(row.key, seed, n=3, errors=1)

    monkeypatch.setattr("arncnn.comparison.trained.train_row", train_row)
    return asked


def test_a_stopped_comparison_goes_on_and_repeats_nothing(
    trained: list[tuple[str, int]], tiny_folder: Path, home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "comparison.json"
    with pytest.raises(KeyboardInterrupt):
        compare(TINY, out, source=str(tiny_folder))
    half = result.load(out)
    assert half is not None
    assert [run.key for run in half.runs] == [*FLOORS, *(key for key, _ in trained[:2])]
    whole = compare(TINY, out, source=str(tiny_folder))
    assert trained[2] == trained[3]  # the one that was stopped, and none before it
    assert result.load(out) == whole
    assert len(whole.runs) == 2 + 2 * len(TRAINED)
    assert [run.seed for run in whole.runs[2:]] == [0] * len(TRAINED) + [1] * len(TRAINED)


def test_results_of_two_budgets_are_never_mixed(
    tiny_folder: Path, home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "comparison.json"
    compare(TINY, out, rows=["tree"], source=str(tiny_folder))
    other = Budget("other", 12, 1, 2, 3, 2)
    with pytest.raises(UsageError, match="another budget"):
        compare(other, out, rows=["tree"], source=str(tiny_folder))


def test_an_unknown_row_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="choose among nearest_neighbour"):
        compare(TINY, tmp_path / "out.json", rows=["vgg"])


def test_the_folders_scans_are_given_to_every_row(
    tiny_folder: Path, home: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "external"
    (folder / "in").mkdir(parents=True)
    for label in ("Bar", "Disc"):
        (folder / "in" / label).symlink_to(tiny_folder / label)
    from arncnn.data import load

    scans = module._external(folder, load(str(tiny_folder)))
    assert [scan.target for scan in scans] == [0] * 20 + [1] * 20
    assert all(scan.images.shape == (1, 64, 64, 1) for scan in scans)


@pytest.mark.slow
def test_a_row_is_trained_within_its_budget_and_measured(
    tiny_folder: Path, home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "comparison.json"
    budget = Budget("tiny", images=24, epochs=1, seeds=1, validation_images=3, corruption_images=1)
    found = compare(budget, out, rows=["residual_only"], source=str(tiny_folder)).runs[0]
    assert found.failed is None
    assert len(found.losses) == len(found.validation_accuracy) == 1
    assert found.n == 3
    assert np.isfinite([found.log_loss, found.losses[0]]).all()
    assert found.milliseconds is not None
    assert found.milliseconds > 0
    assert found.parameters is not None
    assert found.parameters > 1_000_000  # the dense layer alone has two
    assert not list((home / "comparison").rglob("*.npz"))  # its checkpoints are gone
    assert json.loads(out.read_text())["budget"]["name"] == "tiny"
