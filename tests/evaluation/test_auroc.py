"""AUROC as scikit-learn has it, its interval as a bootstrap has it."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from arncnn.evaluation.auroc import Auroc


def test_the_auroc_is_scikit_learns_and_its_interval_that_of_a_bootstrap() -> None:
    rng = np.random.default_rng(0)
    known, unknown = rng.normal(1, 1, 150).round(1), rng.normal(0, 1, 60).round(1)
    found = Auroc.of(known, unknown)
    truth = np.repeat([1, 0], [150, 60])
    assert found.value == pytest.approx(roc_auc_score(truth, np.concatenate([known, unknown])))
    drawn = [
        roc_auc_score(truth, np.concatenate([rng.choice(known, 150), rng.choice(unknown, 60)]))
        for _ in range(2000)
    ]
    assert [found.lower, found.upper] == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.01)
    assert Auroc.of(np.array([2.0, 3.0]), np.array([0.0, 1.0])) == Auroc(1.0, 1.0, 1.0)
