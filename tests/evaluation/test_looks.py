"""Each look of a class against the outliers that are read as it."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from arncnn.data import Dataset, appearance
from arncnn.data.outliers import Outliers
from arncnn.errors import UsageError
from arncnn.evaluation.looks import AS_IT_IS, looks_report
from arncnn.uncertainty.known import Known


def _brightness(images: np.ndarray) -> Any:
    """A network that reads dark images as class 0, and knows an image by its brightness."""
    mean = images.mean(axis=(1, 2, 3))
    is_bright = mean > 0.5
    vector = mean[:, None].astype(np.float32)
    logits = np.stack([~is_bright, is_bright], axis=1).astype(np.float32)
    return SimpleNamespace(logits=logits, vector=vector, conv_map=vector[:, None, None])


def test_each_kind_meets_the_class_it_is_read_as_in_every_look() -> None:
    rng = np.random.default_rng(1)
    images = rng.integers(0, 60, (40, 64, 64)).astype(np.uint8)
    images[20:] += 190
    data = Dataset(images, np.repeat([0, 1], 20), ("Dark", "Bright"), ("",) * 40, "0" * 64)
    pictures = rng.integers(0, 20, (12, 64, 64)).astype(np.uint8)
    pictures[6:] += 235
    for each in (images, pictures):
        each[:, :2], each[:, 2:4] = 0, 255  # a whole range, which normalising leaves as it is
    outliers = Outliers(pictures, np.repeat(["black", "white"], 6), ("",) * 12, "0" * 64)
    one, none = np.ones((1, 1), np.float32), np.zeros((1, 1), np.float32)
    score = Known(none, none, one, none[0], one, none[0])  # minus the brightness is the score
    report = looks_report(_brightness, score, data, np.arange(40), outliers, [], 15)
    assert report["kinds"] == {
        "black": {"read_as": "Dark", "n": 6, "of_class": 15},
        "white": {"read_as": "Bright", "n": 6, "of_class": 15},
    }
    plain = report["looks"][AS_IT_IS]
    assert (plain["black"]["auroc"], plain["white"]["auroc"]) == (1.0, 0.0)
    assert report["looks"]["inversion"]["black"]["auroc"] == 1.0
    assert report["looks"]["inversion"]["white"]["auroc"] == 0.0
    assert report["looks"]["flip"] == plain
    assert len(report["looks"]) == len(appearance.LEARNED)  # "one_breast" less, "as it is" more
    only = looks_report(_brightness, score, data, np.arange(40), outliers, ["white"], 15)
    assert list(only["kinds"]) == ["white"]
    with pytest.raises(UsageError, match="no kind 'grey'"):
        looks_report(_brightness, score, data, np.arange(40), outliers, ["grey"], 15)
