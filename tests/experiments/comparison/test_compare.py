"""The comparison runs row by row, writes after each, and goes on where it stopped."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from arncnn.errors import UsageError
from arncnn.experiments.comparison import external_scans, result
from arncnn.experiments.comparison.budget import Budget
from arncnn.experiments.comparison.compare import compare
from arncnn.experiments.comparison.result import RunResult
from arncnn.experiments.comparison.rows import TRAINED

TINY = Budget("tiny", images=24, epochs=1, seeds=2, validation_images=3, corruption_images=2)
BASELINES = ("nearest_neighbour", "tree")


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Rows that would have been trained, in order; the third is stopped from the keyboard."""
    asked: list[tuple[str, int]] = []

    def train_row(row, seed, *arguments):
        asked.append((row.key, seed))
        if len(asked) == 3:
            raise KeyboardInterrupt
        return RunResult(row.key, seed, n=3, errors=1)

    monkeypatch.setattr("arncnn.experiments.comparison.trained.train_row", train_row)
    return asked


def test_a_stopped_comparison_goes_on_and_repeats_nothing(
    trained: list[tuple[str, int]], tiny_folder: Path, home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "comparison.json"
    with pytest.raises(KeyboardInterrupt):
        compare(TINY, out, source=str(tiny_folder))
    half = result.load(out)
    assert half is not None
    assert [run.key for run in half.runs] == [*BASELINES, *(key for key, _ in trained[:2])]
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
    with pytest.raises(UsageError, match="choose from nearest_neighbour"):
        compare(TINY, tmp_path / "out.json", rows=["vgg"])


@pytest.fixture
def external(tiny_folder: Path, tmp_path: Path) -> Path:
    """A folder of external scans: two of the three classes."""
    folder = tmp_path / "external"
    (folder / "in").mkdir(parents=True)
    for label in ("Bar", "Disc"):
        (folder / "in" / label).symlink_to(tiny_folder / label)
    return folder


def test_the_folders_scans_are_given_to_every_row(
    external: Path, tiny_folder: Path, home: Path
) -> None:
    folder = external
    from arncnn.data import load

    scans = external_scans.read(folder, load(str(tiny_folder)).labels)
    assert [scan.target for scan in scans] == [0] * 20 + [1] * 20
    assert all(scan.images.shape == (1, 64, 64, 1) for scan in scans)


def test_external_accuracy_is_the_mean_of_the_classes_and_lets_the_views_of_a_scan_vote() -> None:
    def scan(*greys: float, target: int) -> external_scans.ExternalScan:
        views = [np.full((64, 64, 1), grey, np.float32) for grey in greys]
        return external_scans.ExternalScan(np.stack(views), target)

    def votes(images: np.ndarray) -> np.ndarray:
        grey = images.mean(axis=(1, 2, 3))
        return np.log(np.stack([1 - grey, grey], axis=1))

    scans = [scan(0.1, target=0), scan(0.4, 0.9, target=0), scan(0.4, 0.8, target=1)]
    assert external_scans.accuracy(scans, votes) == pytest.approx((1 / 2 + 1) / 2)
    assert external_scans.accuracy([], votes) is None


@pytest.mark.slow
def test_a_row_is_trained_within_its_budget_and_measured(
    external: Path, tiny_folder: Path, home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "comparison.json"
    budget = Budget("tiny", images=24, epochs=1, seeds=1, validation_images=3, corruption_images=1)
    found = compare(
        budget, out, rows=["residual_only"], source=str(tiny_folder), external=external
    ).runs[0]
    assert found.failed is None
    assert len(found.losses) == len(found.validation_accuracy) == 1
    assert found.n == 3
    assert np.isfinite([found.log_loss, found.losses[0]]).all()
    assert found.milliseconds is not None
    assert found.milliseconds > 0
    assert found.training_core_s is not None
    assert found.training_core_s > 0
    assert found.precision == keras.config.dtype_policy().name
    assert found.external_accuracy is not None
    assert 0 <= found.external_accuracy <= 1
    assert found.parameters is not None
    assert found.parameters > 1_000_000  # the dense layer alone has two
    assert not list((home / "comparison").rglob("*.npz"))  # its checkpoints are gone
    assert json.loads(out.read_text())["budget"]["name"] == "tiny"
