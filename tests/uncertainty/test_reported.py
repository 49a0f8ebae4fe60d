"""Reported scans are refused more often, and known scans no more often than stated."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from arncnn.uncertainty import novelty
from arncnn.uncertainty.novelty_scores import FeatureSet
from arncnn.uncertainty.reported import Reported

_CHANNELS = 20
_LAYOUT = np.random.default_rng(7)
_CENTRES = _LAYOUT.normal(size=(3, _CHANNELS)) * 2
_STRANGER = _CENTRES[0] + 0.8 * _LAYOUT.normal(size=_CHANNELS)  # close to a known class


def _around(centres: np.ndarray, seed: int) -> FeatureSet:
    rows = centres + np.random.default_rng(seed).normal(size=centres.shape)
    return FeatureSet(*(rows.astype(np.float32) for _ in range(3)))


def _known(n: int, seed: int) -> tuple[FeatureSet, np.ndarray]:
    targets = np.random.default_rng(seed).integers(0, 3, n)
    return _around(_CENTRES[targets], seed + 1000), targets


def _strange(n: int, seed: int) -> FeatureSet:
    return _around(np.tile(_STRANGER, (n, 1)), seed)


def _fitted(scans: int, seed: int = 0) -> novelty.Novelty:
    training, targets = _known(1500, 1)
    reported = _strange(scans * 4, 50)
    return novelty.fit(
        training,
        targets,
        _known(800, 100 + seed)[0],
        seed=seed,
        reported=reported,
        reported_scans=np.tile(np.arange(scans), 4),
    )


def test_new_scans_of_a_reported_kind_are_refused_more_often() -> None:
    new = _strange(400, 60)
    shares = [np.mean(_fitted(scans).p_values(new) <= 0.05) for scans in (0, 3, 12)]
    assert shares[0] < 0.6  # close to a known class: distance alone overlooks many
    assert shares[2] >= shares[1] > shares[0] + 0.1


def test_known_scans_are_refused_at_the_stated_rate_all_the_same() -> None:
    alarms = []
    for seed in range(12):
        model = _fitted(6, seed)
        alarms.append(np.mean(model.p_values(_known(2000, 300 + seed)[0]) <= 0.05))
    error = np.std(alarms) / np.sqrt(len(alarms))
    assert abs(np.mean(alarms) - 0.05) <= 3 * error + 1 / 400


def test_a_report_that_looks_like_a_known_class_does_not_get_that_class_refused() -> None:
    training, targets = _known(1500, 1)
    wrong = _around(np.tile(_CENTRES[1], (12, 1)), 8)  # said to be "none of these" by mistake
    model = novelty.fit(
        training, targets, _known(2000, 2)[0], reported=wrong, reported_scans=np.arange(12)
    )
    of_that_class = _around(np.tile(_CENTRES[1], (4000, 1)), 9)
    assert np.mean(model.p_values(of_that_class) <= 0.05) < 0.15


def test_the_score_orders_images_as_scikit_learns_discriminant_does() -> None:
    targets = np.zeros(4000, int)
    one = _around(np.tile(_CENTRES[0], (4000, 1)), 1)
    other = _strange(4000, 2)
    score = Reported.fit(one, targets, other, np.zeros(4000, int))
    oracle = LinearDiscriminantAnalysis().fit(
        np.concatenate([one.pooled, other.pooled]), np.repeat([0, 1], 4000)
    )
    new = _around(np.repeat([_CENTRES[0], _STRANGER], 300, axis=0), 3)
    correlation = np.corrcoef(score.values(new), oracle.decision_function(new.pooled))[0, 1]
    assert correlation > 0.99


def test_what_was_reported_travels_with_the_model(tmp_path: Path) -> None:
    model, new = _fitted(5), _strange(50, 61)
    model.save(tmp_path / "novelty.npz")
    again = novelty.Novelty.load(tmp_path / "novelty.npz")
    assert [score.name for score in again.scores][-1] == "reported"
    assert again.p_values(new) == pytest.approx(model.p_values(new), abs=2 / 400)


def test_without_reports_nothing_changes() -> None:
    training, targets = _known(1500, 1)
    plain = novelty.fit(training, targets, _known(800, 100)[0])
    assert [score.name for score in plain.scores] == [s.name for s in _fitted(0).scores]
