"""What a fine-tune keeps: the most of the new weights that is wrong on nothing that was right."""

import keras
import numpy as np
import pytest

from arncnn.training.examples import Examples
from arncnn.training.interpolate_weights import interpolate_weights, mean

_ROWS = np.arange(40)


def _watched() -> Examples:
    """Even rows are bright, odd rows dark; the brightness is the class."""
    images = np.zeros((40, 64, 64), np.uint8)
    images[:, :32] = 255  # so that the stretch between percentiles keeps what is shown
    images[::2, 32:40] = 255
    return Examples(images, _ROWS % 2, np.ones(40, np.float32), _ROWS)


def _network() -> keras.Model:
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [keras.Input((64, 64, 1)), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(2)]
    )


def _separating(at: float) -> list[np.ndarray]:
    """Weights that call an image bright, class 0, from that mean brightness on."""
    return [np.array([[50.0, 0.0]], np.float32), np.array([-50.0 * at, 0.0], np.float32)]


@pytest.mark.parametrize(
    ("new_threshold", "share"),
    [(0.57, 1.0), (0.64, 0.75), (0.75, 0.35), (9.0, 0.15)],
    ids=["nothing lost", "a quarter back", "two thirds back", "too far even so"],
)
def test_as_much_of_the_new_is_taken_as_costs_no_error(new_threshold: float, share: float) -> None:
    # Bright rows have a mean of 0.625, dark ones of 0.5: thresholds between them make no error.
    network, before = _network(), _separating(0.55)
    network.set_weights(_separating(new_threshold))
    assert interpolate_weights(network, before, _watched()) == share
    expected = mean(before, _separating(new_threshold), share)
    for found, wanted in zip(network.get_weights(), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_a_model_that_was_worse_takes_all_of_the_new() -> None:
    network = _network()
    network.set_weights(_separating(0.57))
    assert interpolate_weights(network, _separating(9.0), _watched()) == 1.0


def test_an_error_mended_does_not_pay_for_a_new_one() -> None:
    watched = _watched()
    watched.images[0, 32:40] = 0
    watched.images[0, 32:34] = 255  # bright by its class, with a mean of 0.531: wrong before
    watched.images[1, 32] = 255  # dark by its class, with a mean of 0.516: right before
    network = _network()
    network.set_weights(_separating(0.508))  # both bright
    assert (
        interpolate_weights(network, _separating(0.55), watched) == 0.75
    )  # 0.5185, between the two
