"""A transfer trains the last layer at the full rate and the others at a tenth of it, at first."""

from pathlib import Path

import keras
import numpy as np
import pytest

from arncnn.models.recipe import FINE_TUNE, PAPER, TRANSFER
from arncnn.network import arn_cnn
from arncnn.training.expand_classifier import save_renewed
from arncnn.training.two_rates import with_two_rates


def _moved(share: float) -> list[np.ndarray]:
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5), keras.layers.Dense(3)])
    optimizer = with_two_rates(keras.optimizers.Adamax(0.01))
    model.compile(optimizer, "mse")
    optimizer.build(model.trainable_variables)
    optimizer.trunk_share.assign(share)
    before = [np.array(value) for value in model.get_weights()]
    generator = np.random.default_rng(0)
    model.train_on_batch(generator.normal(size=(8, 4)), generator.normal(size=(8, 3)))
    return [abs(new - old) for new, old in zip(model.get_weights(), before, strict=True)]


def test_all_layers_but_the_last_move_a_tenth_as_far() -> None:
    full, slow = _moved(1.0), _moved(0.1)
    for at in (0, 1):
        np.testing.assert_allclose(slow[at], 0.1 * full[at], rtol=1e-3)
    for at in (2, 3):
        np.testing.assert_allclose(slow[at], full[at], rtol=1e-6)


def test_the_tenth_holds_for_the_first_half_of_the_epochs() -> None:
    shares = [TRANSFER.trunk_share(epoch) for epoch in range(1, TRANSFER.epochs + 1)]
    assert shares == [0.1] * 4 + [1.0] * 4
    assert TRANSFER.is_transfer and not FINE_TUNE.is_transfer
    assert "trunk_rate" not in PAPER.to_json() and TRANSFER.to_json()["trunk_rate"] == 0.1


@pytest.mark.slow
def test_the_last_layer_begins_anew_and_all_classes_are_equally_likely(tmp_path: Path) -> None:
    known, wanted = arn_cnn.build(PAPER.hyper), PAPER.with_classes(3).hyper
    file = save_renewed(known, wanted, tmp_path / "x" / "initial.weights.h5")
    renewed = arn_cnn.build(wanted)
    renewed.load_weights(file)
    images = np.random.default_rng(0).random((2, 64, 64, 1)).astype(np.float32)
    np.testing.assert_array_equal(np.asarray(renewed(images)), np.zeros((2, 3), np.float32))
    for kept, before in zip(renewed.get_weights()[:-2], known.get_weights()[:-2], strict=True):
        np.testing.assert_array_equal(kept, before)
