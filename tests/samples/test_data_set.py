"""Test images to try are offered only where the model's own data is at hand."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from arncnn import config, data
from arncnn.data import Dataset
from arncnn.models.bundle import ModelBundle
from arncnn.samples.data_set import data_samples

BUNDLE = ModelBundle.open(config.default_model())


def test_without_the_data_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "prepared", lambda: None)
    assert data_samples(BUNDLE) == ()


def test_another_data_set_offers_none(
    tiny_dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "prepared", lambda: tiny_dataset)
    assert data_samples(BUNDLE) == ()


def test_each_class_offers_one_of_its_own_test_images(
    mednist: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "prepared", lambda: mednist)
    found = data_samples(BUNDLE)
    assert [sample.key for sample in found] == [f"test_image_{name}.png" for name in BUNDLE.labels]
    with np.load(BUNDLE.folder / "predictions.npz") as stored:
        index, target = stored["index"], stored["target"]
    for column, sample in enumerate(found):
        shown = np.asarray(Image.open(BytesIO(sample.read())))
        assert any((mednist.images[row] == shown).all() for row in index[target == column][:1])
