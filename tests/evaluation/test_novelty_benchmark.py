"""AUROC against all pairs counted by hand, FPR at 95% TPR against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from arncnn.errors import DataError
from arncnn.evaluation import novelty_benchmark as ours


@pytest.mark.parametrize("digits", [8, 1])
def test_figures_are_scikit_learns_with_and_without_ties(digits: int) -> None:
    generator = np.random.default_rng(digits)
    known = np.round(generator.normal(size=500), digits)
    unknown = np.round(generator.normal(1.5, 1, size=300), digits)
    is_known = np.repeat([True, False], [500, 300])
    scores = np.concatenate([known, unknown])
    assert ours.evaluate(known, unknown).auroc == pytest.approx(roc_auc_score(~is_known, scores))
    pairs = unknown[:, None] - known  # the chance that an unknown image scores over a known one
    chance = np.mean((pairs > 0) + 0.5 * (pairs == 0))
    assert ours.evaluate(known, unknown).auroc == pytest.approx(chance, abs=1e-12)
    false_positive, true_positive, _ = roc_curve(is_known, -scores, drop_intermediate=False)
    expected = false_positive[np.argmax(true_positive >= 0.95)]
    assert ours.fpr_at_tpr(known, unknown) == pytest.approx(expected)


def test_full_separation_is_one_and_zero() -> None:
    result = ours.evaluate(np.arange(100.0), np.arange(200.0, 250.0))
    assert (result.auroc, result.fpr_at_95_tpr) == (1.0, 0.0)
    assert (result.known, result.unknown) == (100, 50)
    assert result.auroc_interval == (1.0, 1.0)
    assert ours.report({"A": result})["per_class"]["A"]["auroc_interval"] == (1.0, 1.0)


def test_report_averages_over_the_classes() -> None:
    rows = {
        "A": ours.NoveltyResult(0.9, 0.2, 10, 10),
        "B": ours.NoveltyResult(1.0, 0.0, 10, 10),
    }
    found = ours.report(rows)
    assert found["mean_auroc"] == pytest.approx(0.95)
    assert found["mean_fpr_at_95_tpr"] == pytest.approx(0.1)
    only = {"auroc": 0.9, "fpr_at_95_tpr": 0.2, "known": 10, "unknown": 10}
    assert found["per_class"]["A"] == only


def test_an_empty_side_is_refused() -> None:
    with pytest.raises(DataError, match="one side is empty"):
        ours.evaluate(np.zeros(0), np.ones(3))
