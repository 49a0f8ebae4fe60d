"""Whether a scan is known from the training: by bytes, by grey levels, by features."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from arncnn.cases import training_match
from arncnn.cases.training_match import TrainingImages
from arncnn.data import Dataset, splits
from arncnn.explain.similar import Bank
from arncnn.models.metadata import TrainingData

BANK = Bank(np.eye(3, 256, dtype=np.float16) * 10, np.arange(3), np.zeros(3, int), ("CXR",))
FAR = np.full(256, 2.0, np.float32)
PICTURE = np.full((64, 64), 90, np.uint8)


def _model(sha256: str, split: str) -> Any:
    """As much of a bundle as is looked at."""
    return SimpleNamespace(
        metadata=SimpleNamespace(data=TrainingData(sha256, split, "0" * 64, 0, 0))
    )


@pytest.fixture
def known(tiny_dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> TrainingImages:
    """The images of a model that learnt from the paper's split of a drawn data set."""
    monkeypatch.setattr(training_match.data, "prepared", lambda: tiny_dataset)
    return TrainingImages.of(_model(tiny_dataset.sha256, "paper"), BANK)


def test_the_bytes_of_a_training_file_are_recognised_and_a_test_file_is_not(
    known: TrainingImages, tiny_dataset: Dataset
) -> None:
    parts = splits.paper(tiny_dataset)
    for row in parts.train[:3]:
        assert known.match(tiny_dataset.digests[row], PICTURE, FAR) == "exact"
    assert known.match(tiny_dataset.digests[parts.test[0]], PICTURE, FAR) is None


def test_a_picture_within_five_grey_levels_of_a_training_image_is_a_near_twin(
    known: TrainingImages, tiny_dataset: Dataset
) -> None:
    image = np.asarray(tiny_dataset.images[splits.paper(tiny_dataset).train[0]])
    assert known.match("other bytes", image, FAR) == "near"
    assert known.match("other bytes", image.clip(4, 251) + np.uint8(4), FAR) == "near"
    far = (image.astype(int) + 6 * np.indices(image.shape).sum(0) % 23).clip(0, 255)
    assert known.match("other bytes", far.astype(np.uint8), FAR) is None
    enlarged = np.kron(image, np.ones((4, 4), np.uint8))
    assert known.match("other bytes", enlarged, FAR) == "near"


def test_few_images_are_compared_but_none_that_could_be_a_twin_is_left_out(
    known: TrainingImages, tiny_dataset: Dataset
) -> None:
    rows = splits.paper(tiny_dataset).train
    images = np.asarray(tiny_dataset.images[rows], np.float32)
    for image in tiny_dataset.images[:20]:
        distances = np.sqrt(((images - image) ** 2).mean(axis=(1, 2)))
        expected = "near" if distances.min() < 5 else None
        assert known.match("other bytes", np.asarray(image), FAR) == expected


def test_without_the_data_set_the_features_of_the_sample_decide(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(training_match.data, "prepared", lambda: None)
    known = TrainingImages.of(_model("", ""), BANK)
    vector = np.zeros(256, np.float32)
    vector[1] = 10.1
    assert known.match("any", PICTURE, vector) == "near"
    vector[1] = 10.5
    assert known.match("any", PICTURE, vector) is None


@given(
    rows=arrays(np.float16, (12, 256), elements=st.floats(0, 8, width=16)),
    row=st.integers(0, 11),
    moved=st.sampled_from([0.0, 0.015, 0.0199, 0.0201, 0.05]),
)
def test_few_features_are_compared_but_none_that_could_be_the_same_is_left_out(
    rows: np.ndarray, row: int, moved: float
) -> None:
    bank = Bank(rows, np.arange(12), np.zeros(12, int), ("CXR",))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training_match.data, "prepared", lambda: None)
        known = TrainingImages.of(_model("", ""), bank)
    vector = rows[row].astype(np.float32)
    vector[0] += moved * np.linalg.norm(vector)
    distances = np.linalg.norm(rows.astype(np.float64) - vector.astype(np.float64), axis=1)
    length = np.linalg.norm(vector.astype(np.float64))
    assume(abs(distances.min() - 0.02 * length) > 1e-5 * length)  # else rounding decides
    expected = "near" if distances.min() <= 0.02 * length else None
    assert known.match("any", PICTURE, vector) == expected


def test_a_model_of_another_data_set_or_split_and_without_features_claims_nothing(
    tiny_dataset: Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(training_match.data, "prepared", lambda: tiny_dataset)
    for sha256, split in (("0" * 64, "paper"), (tiny_dataset.sha256, "g")):
        known = TrainingImages.of(_model(sha256, split), None)
        assert known.match(tiny_dataset.digests[0], PICTURE, FAR) is None
