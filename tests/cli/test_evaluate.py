"""``evaluate WHAT`` and the older spellings with options: both ask for the same."""

import json
from pathlib import Path
from typing import Any

import pytest

from arncnn import cli
from arncnn.cli import evaluate

OLD_AND_NEW = [
    ("--split paper-test", "test"),
    ("--split paper-test --json --model M", "test --model M"),
    ("--split no-twins --from S", "test --split no-twins --from S"),
    ("--model M --external DIR", "external DIR --model M"),
    ("--corruptions --images 7", "corruptions --images 7"),
    ("--folds DIR", "folds DIR"),
    ("explanations --images 7", "explanations --images 7 --json"),
    ("--images 7 explanations", "explanations --images 7"),
    ("--external DIR corrections --halves 2", "corrections --external DIR --halves 2"),
    ("--runs R left-out --epochs 3", "left-out --runs R --epochs 3"),
    ("seeds --runs R --external DIR", "seeds --external DIR --runs R"),
]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What would have been measured, and with which options."""
    found: list[tuple[str, dict[str, Any]]] = []

    def noting(name: str) -> Any:
        def measure(arguments: Any, progress: object) -> dict[str, Any]:
            given = {k: v for k, v in vars(arguments).items() if k not in ("what", "json")}
            found.append((name, {**given, "split": given["split"] or "paper-test"}))
            return {"measured": name}

        return measure

    for name, (line, options, _) in evaluate._WHAT.items():
        monkeypatch.setitem(evaluate._WHAT, name, (line, options, noting(name)))
    return found


@pytest.mark.parametrize(("old", "new"), OLD_AND_NEW)
def test_an_old_spelling_asks_for_the_same_as_the_new(
    old: str, new: str, asked: list[tuple[str, dict[str, Any]]], capsys: pytest.CaptureFixture
) -> None:
    for spelling in (old, new):
        assert cli.main(["evaluate", *spelling.split()]) == 0
        assert json.loads(capsys.readouterr().out) == {"measured": asked[-1][0]}
    before, after = asked
    assert before[0] == after[0] == new.split()[0]
    same = {k: v for k, v in before[1].items() if k != "corruptions"}
    assert same == {k: v for k, v in after[1].items() if k != "corruptions"}


def test_options_reach_the_measure_with_their_types(
    asked: list[tuple[str, dict[str, Any]]], capsys: pytest.CaptureFixture
) -> None:
    cli.main(["evaluate", "corrections", "--external", "DIR", "--minutes", "2", "--seed", "4"])
    ((name, given),) = asked
    assert name == "corrections"
    assert (given["external"], given["minutes"], given["seed"]) == (Path("DIR"), 2.0, 4)
    assert (given["halves"], given["images"], given["epochs"]) == (5, 500, 8)


def test_measures_that_exclude_each_other_are_refused(capsys: pytest.CaptureFixture) -> None:
    for mixed in ("evaluate external DIR --images 3", "evaluate folds DIR --model M"):
        with pytest.raises(SystemExit):
            cli.main(mixed.split())
    assert "unrecognized arguments" in capsys.readouterr().err


def test_asking_for_nothing_names_what_can_be_measured(capsys: pytest.CaptureFixture) -> None:
    assert cli.main(["evaluate"]) == 2
    assert "test, external, corruptions" in capsys.readouterr().err
    assert cli.main(["evaluate", "corrections"]) == 2
    assert "--external DIR" in capsys.readouterr().err
