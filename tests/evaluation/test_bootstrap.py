"""Bootstrap and Student's intervals against SciPy's own."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import cohen_kappa_score

from arncnn.evaluation.bootstrap import bootstrapped, over_seeds
from arncnn.evaluation.metrics import cohen_kappa, confusion_matrix


@pytest.mark.parametrize("statistic", [np.mean, np.std])
def test_percentile_interval_is_scipys(statistic: object) -> None:
    values = np.random.default_rng(1).gamma(2.0, size=300)
    found = bootstrapped(values, statistic)
    theirs = stats.bootstrap(
        (values,), statistic, n_resamples=4000, method="percentile", rng=np.random.default_rng(2)
    ).confidence_interval
    assert found.value == pytest.approx(statistic(values))
    assert (found.lower, found.upper) == pytest.approx(tuple(theirs), rel=0.04)


def test_interval_over_seeds_is_students_and_ends_where_values_do() -> None:
    values = np.array([0.2, 0.25, 0.3])
    found = over_seeds(values)
    theirs = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert found is not None
    assert (found.lower, found.upper) == pytest.approx(tuple(theirs))
    capped = over_seeds(np.array([0.9, 1.0, 0.99]), most=1.0)
    assert capped is not None and capped.upper == 1.0


def test_kappa_is_scikit_learns_inside_its_interval() -> None:
    generator = np.random.default_rng(3)
    true = generator.integers(0, 4, 200)
    read = np.where(generator.random(200) < 0.8, true, generator.integers(0, 4, 200))
    found = cohen_kappa(confusion_matrix(true, read, range(4)))
    assert found.value == pytest.approx(cohen_kappa_score(true, read))
    assert found.lower < found.value < found.upper
