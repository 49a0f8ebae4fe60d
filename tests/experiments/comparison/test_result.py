"""What the comparison says of its rows follows from their runs, and the file loses nothing."""

import json
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from arncnn import config
from arncnn.errors import DataError
from arncnn.experiments.comparison import result
from arncnn.experiments.comparison.budget import SMALL
from arncnn.experiments.comparison.quantity import QUANTITIES
from arncnn.experiments.comparison.result import Comparison, RunResult, chance_of_separation, judge
from arncnn.experiments.comparison.rows import (
    ACTIVATION,
    BY_KEY,
    NETWORK,
    OPTIMIZER,
    REFERENCE,
    of_group,
)


def _compared(**errors: tuple[int, ...]) -> Comparison:
    runs = [
        RunResult(key, seed, n=100, errors=wrong)
        for key, found in errors.items()
        for seed, wrong in enumerate(found)
    ]
    return Comparison(SMALL, "ab", "cd", 100, runs=tuple(runs))


def test_a_row_with_fewer_than_three_seeds_is_not_distinguishable() -> None:
    compared = _compared(arn_cnn=(1, 2, 3), resnet50=(50, 60))
    assert judge(compared, "resnet50") == "not distinguishable: too few seeds"
    assert judge(_compared(arn_cnn=(1, 2), resnet50=(5, 6, 7)), "resnet50").endswith("few seeds")


def test_a_row_is_worse_only_when_all_its_runs_are() -> None:
    assert judge(_compared(arn_cnn=(1, 2, 3), tanh=(4, 5, 6)), "tanh") == "worse in every run"
    assert judge(_compared(arn_cnn=(4, 5, 6), tanh=(1, 2, 3)), "tanh") == "better in every run"
    assert judge(_compared(arn_cnn=(1, 2, 3), tanh=(3, 5, 6)), "tanh") == "not distinguishable"


def test_a_row_is_judged_in_the_quantity_that_is_asked_for() -> None:
    compared = _compared(arn_cnn=(1, 2, 3), sgd=(4, 5, 6))
    runs = [
        replace(run, log_loss=0.1 * run.errors, external_accuracy=run.errors / 10)
        for run in compared.runs
    ]
    compared = replace(compared, runs=tuple(runs))
    said = {title: each.judged(compared, "sgd") for title, each in QUANTITIES.items()}
    assert said["Accuracy"] == said["Log loss, nat"] == "worse in every run"
    assert said["Accuracy on external scans"] == "better in every run"
    assert said["Accuracy under corruptions"] == "not measured"


def test_a_run_that_never_converged_is_worse_than_every_run_that_did() -> None:
    compared = _compared(arn_cnn=(1, 2, 3), sgd=(4, 5, 6))
    epochs = {"arn_cnn": (98.0, 99.5), "sgd": (60.0, 90.0)}
    runs = tuple(replace(run, validation_accuracy=epochs[run.key]) for run in compared.runs)
    compared = replace(compared, runs=runs)
    quantity = QUANTITIES["Epochs to 99% validation accuracy"]
    assert quantity.judged(compared, "sgd") == "worse in every run"
    assert quantity.spread(compared.of("sgd")) == "never, never, never"
    assert (quantity.mean(compared.of("sgd")), quantity.mean(runs[:4])) == ("never", "never in 1")


def test_a_row_that_the_budget_taught_nothing_is_not_called_worse() -> None:
    compared = _compared(arn_cnn=(1, 2, 3))
    stuck = RunResult("resnet50", 0, 100, 83, losses=(0.9, 0.06), validation_accuracy=(16.5, 17.6))
    for seed in range(3):
        compared = compared.with_run(replace(stuck, seed=seed))
    assert judge(compared, "resnet50") == result.NOT_AFFORDED
    learned = compared.with_run(replace(stuck, seed=3, validation_accuracy=(16.5, 50.0)))
    assert judge(learned, "resnet50") == "worse in every run"


def test_a_row_without_a_run_is_not_guessed() -> None:
    compared = _compared(arn_cnn=(1, 2, 3))
    assert judge(compared, "selu") == "not run"
    assert judge(compared.with_run(RunResult("selu", 0, failed="broke")), "selu") == "failed"
    assert result.mean([]) is None


def test_equal_rows_of_three_separate_in_one_of_ten_ways() -> None:
    ways = list(combinations(range(6), 3))
    separate = sum(max(way) == 2 or min(way) == 3 for way in ways)
    assert chance_of_separation(3, 3) == pytest.approx(separate / len(ways))


def test_epochs_to_99_percent_counts_from_one_and_may_be_never() -> None:
    assert RunResult("a", 0, validation_accuracy=(98.9, 99.0, 99.4)).epochs_to_converge == 2
    assert RunResult("a", 0, validation_accuracy=(98.9,)).epochs_to_converge is None


def test_the_file_gives_back_what_was_written(tmp_path: Path) -> None:
    compared = _compared(arn_cnn=(1, 2)).with_run(
        RunResult("sgd", 0, 10, 1, 0.1, 0.9, None, (2.0, 1.0), (50.0, 60.0), 7, 1.5, 9.0)
    )
    path = tmp_path / "comparison.json"
    path.write_text(json.dumps(compared.to_json()))
    assert result.load(path) == compared


def test_a_damaged_file_is_an_error_and_a_missing_one_is_none(tmp_path: Path) -> None:
    assert result.load(tmp_path / "none.json") is None
    for text in ("{", '{"runs": []}', '{"runs": [{"strange": 1}]}'):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(DataError, match="run it again"):
            result.load(tmp_path / "bad.json")


def test_each_row_changes_one_thing_of_the_reference() -> None:
    reference = BY_KEY[REFERENCE].recipe
    assert reference is not None
    for row in (*of_group(NETWORK), *of_group(ACTIVATION), *of_group(OPTIMIZER)):
        assert row.recipe is not None
        before, after = reference.to_json(), row.recipe.to_json()
        changed = {k for k in before if k not in ("hyper", "name") and before[k] != after[k]}
        changed |= {k for k in before["hyper"] if before["hyper"][k] != after["hyper"][k]}
        changed -= {"learning_rate"}  # goes with the optimiser
        assert len(changed) == (0 if row.key == REFERENCE else 1), row.key


def test_the_bundled_comparison_states_its_budget_and_holds_the_baselines() -> None:
    compared = result.load(config.ASSETS / "comparison.json")
    assert compared is not None
    assert f"{compared.budget.images:,} images" in compared.budget.sentence
    assert compared.of("nearest_neighbour")[0].n == compared.test_images
    assert compared.of("tree")[0].n == compared.test_images
