"""The output "known" as a novelty score: the network's own, and calibrated class by class."""

from pathlib import Path

import keras
import numpy as np
import pytest

from arncnn.errors import ModelError
from arncnn.models.bundle import golden_images
from arncnn.models.recipe import PAPER
from arncnn.network import arn_cnn, known
from arncnn.network.forward import ForwardPass
from arncnn.preprocess import normalize
from arncnn.uncertainty import novelty
from arncnn.uncertainty.known import Known
from arncnn.uncertainty.novelty_scores import FeatureSet


@pytest.fixture(scope="module")
def network() -> keras.Model:
    keras.utils.set_random_seed(3)
    found = known.with_known(arn_cnn.build(PAPER.with_classes(3).hyper))
    rng = np.random.default_rng(0)
    for name in ("known_hidden", "known"):  # as they are made, the logits would hardly vary
        layer = found.get_layer(name)
        layer.set_weights([rng.normal(size=part.shape) for part in layer.get_weights()])
    return found


def test_the_score_is_minus_the_networks_own_logit(network: keras.Model) -> None:
    images = (
        normalize(golden_images()) * np.linspace(0.1, 1, 8, dtype=np.float32)[:, None, None, None]
    )
    own = np.asarray(network(images, training=False)["known"])[:, 0]
    arrays = known.arrays(network)
    assert arrays is not None
    served = arn_cnn.build(PAPER.with_classes(3).hyper)
    known.copy_weights(network, served)
    found = ForwardPass(served)(images)
    score = Known.of(*arrays, channels=125)
    values = score.values(FeatureSet.of(found.vector, found.conv_map))
    assert np.ptp(own) > 1e-2
    np.testing.assert_allclose(values, -own, atol=1e-4 * np.ptp(own))


def test_a_network_without_the_output_has_no_arrays() -> None:
    assert known.arrays(arn_cnn.build(PAPER.with_classes(3).hyper)) is None


def _score() -> Known:
    """Of one channel and one number: the logit falls with the vector's first entry."""
    one = np.ones((1, 1), np.float32)
    return Known(0 * one, 0 * one, one, np.full(1, 50, np.float32), -one, np.zeros(1, np.float32))


def _features(seed: int, n: int) -> tuple[FeatureSet, np.ndarray]:
    """Two classes, of which the second lies twice as far out as a rule."""
    rng = np.random.default_rng(seed)
    predicted = rng.integers(0, 2, n)
    values = (rng.normal(size=(n, 1)) + 2 * predicted[:, None]).astype(np.float32)
    return FeatureSet(values, np.abs(values), np.abs(values)), predicted


def _fitted() -> novelty.Novelty:
    features, predicted = _features(0, 4000)
    calibration, read_as = _features(1, 4000)
    return novelty.fit(
        features, predicted, calibration, scores=("neighbours",), known=_score(), predicted=read_as
    )


def test_the_false_alarm_rate_holds_for_each_class() -> None:
    guard = _fitted()
    fresh, predicted = _features(2, 8000)
    by_class = guard.p_values(fresh, predicted) <= 0.05
    over_all = guard.p_values(fresh) <= 0.05
    for column in (0, 1):
        assert by_class[predicted == column].mean() == pytest.approx(0.05, abs=0.015)
    shares = [over_all[predicted == column].mean() for column in (0, 1)]
    assert max(shares) > 0.07 > 0.03 > min(shares)  # on average alone, one class pays for both


def test_what_is_saved_gives_the_same_p_values_and_a_cut_file_is_refused(tmp_path: Path) -> None:
    guard = _fitted()
    guard.save(tmp_path / "novelty.npz")
    fresh, predicted = _features(4, 300)
    again = novelty.Novelty.load(tmp_path / "novelty.npz")
    np.testing.assert_array_equal(
        again.p_values(fresh, predicted), guard.p_values(fresh, predicted)
    )
    with np.load(tmp_path / "novelty.npz") as stored:
        arrays = dict(stored)
    arrays["predicted"] = arrays["predicted"][:-1]
    np.savez(tmp_path / "cut.npz", **arrays)
    with pytest.raises(ModelError, match="damaged"):
        novelty.Novelty.load(tmp_path / "cut.npz")
