"""Novelty: scores against scikit-learn and SciPy, the false-alarm rate by simulation."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from arncnn.errors import DataError, ModelError
from arncnn.uncertainty import novelty, novelty_scores
from arncnn.uncertainty.novelty_scores import FeatureSet


def _known(n: int, seed: int) -> tuple[FeatureSet, np.ndarray]:
    """Three classes in a 6-dimensional part of 24 dimensions, 10 pooled channels."""
    layout = np.random.default_rng(99)
    centres, mixing = layout.normal(size=(3, 24)) * 3, layout.normal(size=(6, 24))
    pooled_centres = np.abs(layout.normal(size=(3, 10))) * 3
    generator = np.random.default_rng(seed)
    targets = generator.integers(0, 3, n)
    inner = generator.normal(size=(n, 6)) @ mixing
    vectors = centres[targets] + inner + 0.1 * generator.normal(size=(n, 24))
    pooled = np.abs(pooled_centres[targets] + 0.3 * generator.normal(size=(n, 10)))
    pooled = pooled.astype(np.float32)
    return FeatureSet(vectors.astype(np.float32), pooled, 2 * pooled), targets


def _strange(n: int) -> FeatureSet:
    generator = np.random.default_rng(5)
    vectors = (generator.normal(size=(n, 24)) * 6).astype(np.float32)
    pooled = np.abs(generator.normal(size=(n, 10)) * 3).astype(np.float32)
    return FeatureSet(vectors, pooled, 2 * pooled)


@pytest.fixture(scope="module")
def fitted() -> novelty.Novelty:
    training, targets = _known(1500, 0)
    every = tuple(novelty_scores.SCORES)
    return novelty.fit(training, targets, _known(1000, 1)[0], scores=every)


def test_mahalanobis_is_scipys_distance_to_the_nearest_mean() -> None:
    training, targets = _known(800, 2)
    fresh, _ = _known(40, 3)
    score = novelty_scores.Mahalanobis.fit(training, targets, 0)
    means = np.stack([training.vectors[targets == k].mean(axis=0) for k in range(3)])
    centred = training.vectors - means[targets]
    inverse = np.linalg.inv(LedoitWolf(assume_centered=True).fit(centred).covariance_)
    expected = cdist(fresh.vectors, means, "mahalanobis", VI=inverse).min(axis=1)
    assert score.values(fresh) == pytest.approx(expected, rel=1e-3)


def test_neighbour_distance_is_scikit_learns_on_the_same_bank() -> None:
    training, targets = _known(800, 2)
    fresh, _ = _known(40, 3)
    score = novelty_scores.Neighbours.fit(training, targets, 0)
    oracle = NearestNeighbors(n_neighbors=novelty_scores.NEIGHBOUR).fit(score.directions)
    unit = fresh.pooled / np.linalg.norm(fresh.pooled, axis=1, keepdims=True)
    assert score.values(fresh) == pytest.approx(oracle.kneighbors(unit)[0][:, -1], abs=1e-3)


def test_what_lies_in_the_bank_has_no_distance_alone_or_beside_others() -> None:
    training, _ = _known(800, 2)
    known = training.take(np.repeat(np.arange(40), novelty_scores.NEIGHBOUR))
    score = novelty_scores.Neighbours.fit(known, np.zeros(len(known), np.int64), 0)
    at_once = score.values(known)
    alone = np.concatenate([score.values(known.take([row])) for row in range(0, len(known), 7)])
    assert not at_once.any() and not alone.any()
    assert score.values(training.take(np.arange(60, 100))).min() > 0.001


def test_neighbour_bank_holds_every_class_alike_and_stays_small() -> None:
    training, _ = _known(9000, 2)
    targets = np.repeat([0, 1, 2], [7000, 1900, 100])
    score = novelty_scores.Neighbours.fit(training, targets, 0)
    assert len(score.bank) == 1333 + 1333 + 100 <= novelty_scores.BANK_ROWS


def test_residual_is_what_principal_components_leave() -> None:
    training, targets = _known(800, 2)
    fresh, _ = _known(40, 3)
    score = novelty_scores.Residual.fit(training, targets, 0)
    pca = PCA(n_components=novelty_scores.RESIDUAL_EXPLAINED, svd_solver="full")
    pca.fit(training.vectors.astype(np.float64))
    back = pca.inverse_transform(pca.transform(fresh.vectors))
    left = np.linalg.norm(fresh.vectors - back, axis=1)
    expected = left / np.linalg.norm(fresh.vectors - pca.mean_, axis=1)
    assert score.directions.shape[1] == pca.n_components_
    assert score.values(fresh) == pytest.approx(expected, abs=1e-4)


def test_false_alarms_stay_at_the_stated_rate() -> None:
    training, targets = _known(1500, 0)
    alarms = []
    for seed in range(12):
        model = novelty.fit(training, targets, _known(600, 100 + seed)[0], seed=seed)
        alarms.append(np.mean(model.p_values(_known(2000, 200 + seed)[0]) <= 0.05))
    error = np.std(alarms) / np.sqrt(len(alarms))
    assert abs(np.mean(alarms) - 0.05) <= 3 * error + 1 / 300


def test_strange_features_get_the_smallest_p_value(fitted: novelty.Novelty) -> None:
    p_values = fitted.p_values(_strange(50))
    assert np.mean(p_values == pytest.approx(fitted.smallest_p_value)) > 0.95


def test_p_values_fall_as_a_scan_moves_away(fitted: novelty.Novelty) -> None:
    start, _ = _known(1, 11)
    direction = _strange(1)
    steps = [
        FeatureSet(
            (1 - t) * start.vectors + t * direction.vectors,
            (1 - t) * start.pooled + t * direction.pooled,
            (1 - t) * start.peaks + t * direction.peaks,
        )
        for t in (0.0, 0.5, 1.0)
    ]
    statistic = [float(fitted.statistic(step)[0]) for step in steps]
    assert statistic == sorted(statistic) and statistic[0] < statistic[-1]


def test_surprise_counts_below_the_tail_and_grows_by_the_mean_excess_beyond() -> None:
    bank = np.sort(np.random.default_rng(0).exponential(size=5000))
    grid = np.array([0.1, 0.5, 1.0, 2.0, 5.0, 9.0])
    # The survival function of the exponential is exp(-x): its minus log is x itself.
    assert novelty.tail_log_score(grid, bank) == pytest.approx(grid, rel=0.12)
    dense = novelty.tail_log_score(np.linspace(0, 20, 2001), bank)
    assert np.all(np.diff(dense) >= 0)


def test_saving_and_loading_keeps_every_p_value(fitted: novelty.Novelty, tmp_path: Path) -> None:
    fitted.save(tmp_path / "novelty.npz")
    back = novelty.Novelty.load(tmp_path / "novelty.npz")
    fresh = _known(200, 12)[0]
    assert np.array_equal(back.p_values(fresh), fitted.p_values(fresh))
    assert [score.name for score in back.scores] == list(novelty_scores.SCORES)


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", something=np.zeros(3))
    with pytest.raises(ModelError, match="does not read"):
        novelty.Novelty.load(tmp_path / "other.npz")


def test_too_few_calibration_images_are_refused() -> None:
    training, targets = _known(300, 0)
    with pytest.raises(DataError, match="at least 200 calibration images"):
        novelty.fit(training, targets, _known(150, 1)[0])


def test_features_of_one_scan_and_of_many_are_pooled_alike() -> None:
    maps = np.random.default_rng(0).random((3, 8, 8, 125)).astype(np.float32)
    vectors = np.zeros((3, 256), np.float32)
    many, one = FeatureSet.of(vectors, maps), FeatureSet.of(vectors[1], maps[1])
    assert many.pooled.shape == (3, 125) and len(one) == 1
    assert one.pooled[0] == pytest.approx(many.pooled[1], abs=1e-6)


def test_one_scan_is_scored_on_one_thread_and_many_on_all(
    fitted: novelty.Novelty, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered: list[int] = []

    def counted() -> AbstractContextManager[None]:
        entered.append(1)
        return nullcontext()

    monkeypatch.setattr(novelty, "one_thread", counted)
    many, _ = _known(500, 4)
    fitted.p_values(many)
    assert not entered
    fitted.p_values(many.take(np.array([5])))
    assert entered
