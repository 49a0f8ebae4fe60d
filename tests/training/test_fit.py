"""Training: it learns, it repeats, and SIGKILL at any moment changes nothing in the end."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from arncnn.data import Dataset
from arncnn.errors import TrainingError
from arncnn.models.recipe import PAPER, ROBUST, Recipe
from arncnn.models.training_history import COLUMNS
from arncnn.progress import Event
from arncnn.training.examples import Examples
from arncnn.training.fit import Run, fit

TINY = replace(PAPER.with_classes(3), epochs=2, batch_size=16)


def examples(dataset: Dataset, rows: np.ndarray) -> Examples:
    return Examples(dataset.images, dataset.targets, np.ones(len(dataset), np.float32), rows)


def run(dataset: Dataset, folder: Path, recipe: Recipe = TINY, **options: object) -> Run:
    learn, watch = np.arange(0, 60, 2), np.arange(1, 60, 2)
    return fit(recipe, examples(dataset, learn), examples(dataset, watch), folder, **options)  # type: ignore[arg-type]


def test_the_loss_falls_and_history_has_the_papers_columns(
    tiny_dataset: Dataset, tmp_path: Path
) -> None:
    events: list[Event] = []
    found = run(tiny_dataset, tmp_path, on_event=events.append)
    assert found.history[1].loss < found.history[0].loss
    assert COLUMNS[:10] == ("epoch", "loss", "accuracy", "v_loss", "v_acc", "lr", "next_lr",
                            "monitor", "improvement_percent", "duration_s")  # fmt: skip
    assert [event["epoch"] for event in events if event["event"] == "epoch"] == [1, 2]
    assert (tmp_path / "history.csv").read_text().count("\n") == 3
    record = found.history[-1]
    assert record.v_log_loss < record.v_loss  # the penalty is in the loss alone


def test_a_run_stopped_between_epochs_goes_on_bit_for_bit(
    tiny_dataset: Dataset, tmp_path: Path
) -> None:
    recipe = replace(ROBUST.with_classes(3), epochs=2, batch_size=16)
    whole = run(tiny_dataset, tmp_path / "whole", recipe, seed=5)

    class KilledError(Exception):
        pass

    def kill(event: Event) -> None:
        if event["event"] == "epoch":
            raise KilledError

    with pytest.raises(KilledError):
        run(tiny_dataset, tmp_path / "parts", recipe, seed=5, on_event=kill)
    resumed = run(tiny_dataset, tmp_path / "parts", recipe, seed=5)
    for one, other in zip(whole.model.get_weights(), resumed.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert [r.v_loss for r in whole.history] == [r.v_loss for r in resumed.history]


def test_a_damaged_checkpoint_falls_back_to_the_one_before(
    tiny_dataset: Dataset, tmp_path: Path
) -> None:
    whole = run(tiny_dataset, tmp_path / "run")
    file = tmp_path / "run" / "checkpoint.npz"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    again = run(tiny_dataset, tmp_path / "run")
    assert [r.v_loss for r in again.history] == [r.v_loss for r in whole.history]


def test_a_folder_of_another_run_is_left_alone(tiny_dataset: Dataset, tmp_path: Path) -> None:
    run(tiny_dataset, tmp_path, replace(TINY, epochs=1))
    with pytest.raises(TrainingError, match="another recipe, seed or data"):
        run(tiny_dataset, tmp_path, replace(TINY, epochs=1), seed=9)


def test_a_stop_keeps_the_best_weights_so_far(tiny_dataset: Dataset, tmp_path: Path) -> None:
    asked = iter([False, False, False, True])
    found = run(tiny_dataset, tmp_path, should_stop=lambda: next(asked))
    assert found.stopped
    assert len(found.history) == 1


def test_an_empty_part_is_refused(tiny_dataset: Dataset, tmp_path: Path) -> None:
    none = examples(tiny_dataset, np.arange(0))
    with pytest.raises(TrainingError, match="nothing to train on"):
        fit(TINY, none, none, tmp_path)


def train_command(folder: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "arncnn", "train", "--run", str(folder), "--events", *options]


def history_of(folder: Path) -> list[list[str]]:
    """The rows without their duration."""
    rows = [line.split(",") for line in (folder / "history.csv").read_text().splitlines()]
    return [row[:9] + row[10:] for row in rows]


def test_sigkill_and_restart_end_with_the_same_history(tiny_folder: Path, tmp_path: Path) -> None:
    """KilledError in the first epoch and again in the second, then left to finish."""
    environment = {**os.environ, "ARNCNN_DATA": str(tiny_folder)}
    options = ("--recipe", "paper", "--epochs", "2", "--batch-size", "4", "--seed", "1")
    subprocess.run(train_command(tmp_path / "whole", *options), env=environment, check=True,
                   stdout=subprocess.DEVNULL)  # fmt: skip
    killed = 0
    for epoch in (1, 2):
        with subprocess.Popen(
            train_command(tmp_path / "killed", *options), env=environment, stdout=subprocess.PIPE
        ) as trainer:
            assert trainer.stdout is not None
            for line in trainer.stdout:
                event = json.loads(line)
                if event["event"] == "step" and event["epoch"] == epoch:
                    trainer.send_signal(signal.SIGKILL)
                    killed += 1
                    break
            trainer.stdout.read()
        assert trainer.returncode == -signal.SIGKILL
    assert killed == 2
    subprocess.run(train_command(tmp_path / "killed", *options), env=environment, check=True,
                   stdout=subprocess.DEVNULL)  # fmt: skip
    assert history_of(tmp_path / "killed") == history_of(tmp_path / "whole")
