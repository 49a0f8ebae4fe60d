"""Trainings of several seeds: each one's own figures, their spread, and what may stand together."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from arncnn.errors import DataError
from arncnn.evaluation import seeds
from arncnn.models.bundle import ModelBundle, seal
from arncnn.models.predictions import Predictions
from tests.sealed_model import seal_model

MACRO = {3: 0.5, 4: 0.8, 5: 0.95}


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Readings outside whose figures are known by seed."""
    monkeypatch.setattr(seeds.Reader, "open", lambda folder: ModelBundle.open(folder))

    def external(reader: ModelBundle, folder: Path, progress: object) -> dict[str, Any]:
        value = MACRO[reader.metadata.seed]
        return {
            "n": {"in": 60, "ood": 40, "accepted": 50},
            "macro_accuracy": value,
            "accepted_share": value / 2,
            "ood_not_accepted_share": 1 - value,
            "accepted_wrong": 1,
            "accepted_wrong_over_090": 0,
            "wrong_over_090": 2,
            "per_class": {"CXR": {"accuracy": value}, "Hand": {"accuracy": 1.0}},
        }

    monkeypatch.setattr(seeds, "external_report", external)


def _runs(folder: Path, *numbers: int) -> Path:
    for place, number in enumerate(numbers):
        seal_model(folder / f"run-{9 - place}" / "model", seed=number, n=60)
    return folder


def test_each_seed_has_its_figures_and_the_spread_is_theirs(tmp_path: Path, outside: None) -> None:
    runs = _runs(tmp_path, 4, 5, 3)
    found = seeds.report(runs, tmp_path, lambda *_: None)
    assert [row["seed"] for row in found["seeds"]] == [3, 4, 5]
    assert [row["outside"]["macro_accuracy"] for row in found["seeds"]] == [0.5, 0.8, 0.95]
    assert found["spread"]["macro_accuracy"] == pytest.approx([0.5, 0.75, 0.95])
    assert found["spread"]["ood_not_accepted_share"] == pytest.approx([0.05, 0.25, 0.5])
    assert found["spread"]["per_class"]["CXR"] == pytest.approx([0.5, 0.75, 0.95])
    assert found["spread"]["per_class"]["Hand"] == [1.0, 1.0, 1.0]
    for place, number in enumerate((4, 5, 3)):
        bundle = ModelBundle.open(runs / f"run-{9 - place}" / "model")
        (row,) = (row for row in found["seeds"] if row["seed"] == number)
        right = Predictions.of(bundle).is_right
        assert (row["home"]["errors"], row["home"]["n"]) == (int((~right).sum()), len(right))
        assert row["model"]["sha256"] == bundle.identity.sha256


def test_models_that_differ_in_more_than_their_seed_are_refused(
    tmp_path: Path, outside: None
) -> None:
    with pytest.raises(DataError, match="fewer than two"):
        seeds.report(_runs(tmp_path / "one", 3), tmp_path, lambda *_: None)
    with pytest.raises(DataError, match="differ only in their seed"):
        seeds.report(_runs(tmp_path / "twice", 3, 3), tmp_path, lambda *_: None)
    other = _runs(tmp_path / "longer", 3, 4)
    bundle = ModelBundle.open(other / "run-9" / "model")
    longer = replace(bundle.metadata.recipe, epochs=99)
    seal(bundle.folder, replace(bundle.metadata, recipe=longer))
    with pytest.raises(DataError, match="differ only in their seed"):
        seeds.report(other, tmp_path, lambda *_: None)
