"""Averaging two models: the mean by shares, and only of models that match; leaving a class out."""

import numpy as np
import pytest

from arncnn.data import Dataset, splits
from arncnn.errors import UsageError
from arncnn.models.bundle import ModelBundle
from arncnn.network import arn_cnn
from arncnn.pipeline.train import _average, _without
from tests import untrained_model


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> ModelBundle:
    return untrained_model.build(tmp_path_factory.mktemp("other") / "model")


def test_the_other_models_weights_count_by_their_share(other: ModelBundle) -> None:
    network = arn_cnn.build(other.hyper)
    own, theirs = network.get_weights(), other.network().get_weights()
    assert any(not np.array_equal(one, two) for one, two in zip(own, theirs, strict=True))
    _average(network, other, 0.25, other.labels)
    for one, two, found in zip(own, theirs, network.get_weights(), strict=True):
        np.testing.assert_allclose(found, 0.75 * one + 0.25 * two, rtol=1e-5, atol=1e-7)


def test_models_of_other_classes_are_not_averaged(other: ModelBundle) -> None:
    with pytest.raises(UsageError, match="the same classes"):
        _average(arn_cnn.build(other.hyper), other, 0.5, ("Knee",))


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_any_class_can_be_left_out_and_the_others_keep_their_images(
    tiny_dataset: Dataset, missing: int
) -> None:
    label = tiny_dataset.labels[missing]
    reduced, split = _without(tiny_dataset, splits.paper(tiny_dataset), label)
    renamed = reduced.with_labels(reduced.labels)  # as a training does it
    assert label not in renamed.labels
    for rows in (split.train, split.validation, split.test):
        before = [tiny_dataset.labels[target] for target in tiny_dataset.targets[rows]]
        assert [renamed.labels[target] for target in renamed.targets[rows]] == before
