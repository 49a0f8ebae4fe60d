"""Reports: what is counted, against counts made by hand."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from arncnn.data import Dataset, splits
from arncnn.evaluation import suite
from arncnn.inference.batched import Passed
from arncnn.models.metadata import ModelIdentity
from arncnn.uncertainty.novelty_scores import FeatureSet


def _always_the_first(forward: object, images: np.ndarray, rows: np.ndarray) -> Passed:
    logits = np.zeros((len(rows), 2), np.float32)
    logits[:, 0] = 1
    return Passed(logits, FeatureSet(logits, logits, logits))


def test_images_with_a_twin_among_the_learned_are_not_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (200, 64, 64), dtype=np.uint8)
    targets = np.arange(200) % 2
    data = Dataset(images, targets, ("One", "Two"), tuple(f"{n:03}" for n in range(200)), "0" * 64)
    split = splits.paper(data)
    copied, nearly = split.test[0], split.validation[0]
    images[copied] = images[split.train[0]]
    images[nearly] = np.clip(images[split.train[1]].astype(int) + 2, 0, 255)
    monkeypatch.setattr(suite.data, "load", lambda source, progress: data)
    monkeypatch.setattr(suite, "run", _always_the_first)
    reader: Any = SimpleNamespace(
        labels=data.labels, forward=None, bundle=SimpleNamespace(identity=ModelIdentity("m", "0"))
    )
    report = suite.no_twins_report(reader, None, lambda *step: None)
    for name, rows, twin in (
        ("test", split.test, copied),
        ("validation", split.validation, nearly),
    ):
        left = rows[rows != twin]
        assert report[name]["n"] == len(left) == len(rows) - 1
        assert report[name]["with_a_twin"] == 1
        assert report[name]["errors"] == int((targets[left] == 1).sum())
    assert report["both"]["n"] == report["test"]["n"] + report["validation"]["n"]
    assert report["both"]["errors"] == report["test"]["errors"] + report["validation"]["errors"]
