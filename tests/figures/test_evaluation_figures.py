"""Reliability, risk-coverage, sets, probabilities and frequencies draw their data."""

import numpy as np
import pytest
from scipy.special import erf, expit
from scipy.stats import binomtest

from arncnn.evaluation.calibration_error import reliability as bins
from arncnn.evaluation.selective import risk_coverage as curve
from arncnn.figures import (
    activations,
    class_frequencies,
    probabilities,
    reliability,
    risk_coverage,
    set_sizes,
)


@pytest.fixture
def predictions() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    probability = generator.uniform(0.4, 1, 400)
    return probability, generator.random(400) < probability


def test_reliability_diagram_shows_bins_with_wilson_intervals(predictions) -> None:
    found = bins(*predictions)
    _, points, counts = reliability.figure(found).data
    assert np.array_equal(points.x, found.probability)
    assert np.array_equal(points.y, found.accuracy)
    assert np.array_equal(counts.y, found.n)
    hits, n = round(found.accuracy[0] * found.n[0]), int(found.n[0])
    interval = binomtest(hits, n).proportion_ci(0.95, "wilson")
    assert points.y[0] + points.error_y.array[0] == pytest.approx(interval.high)
    assert points.y[0] - points.error_y.arrayminus[0] == pytest.approx(interval.low)
    assert f"{found.error:.4f}" in reliability.alt_text(found)


def test_risk_coverage_draws_the_curve_and_names_its_area(predictions) -> None:
    found = curve(*predictions)
    (line,) = risk_coverage.figure({"paper test": found}).data
    assert np.array_equal(line.x, 100 * found.coverage)
    assert np.array_equal(line.y, 100 * found.risk)
    assert f"{found.aurc:.2g}" in line.name
    assert f"{100 * found.risk[-1]:.3f}%" in risk_coverage.alt_text({"paper test": found})


def test_errors_among_the_least_sure_alone_are_drawn_where_they_can_be_read() -> None:
    sure = np.linspace(1, 0.5, 2000)
    axis = risk_coverage.figure({"one": curve(sure, sure > 0.5)}).layout.xaxis
    assert (axis.range[0], axis.tickvals[-1], axis.ticktext[-1]) == (99.9, 100, "100%")
    drawn = risk_coverage.figure({"one": curve(sure, sure < 0.9)})
    assert drawn.layout.xaxis.range[0] == 0
    faultless = risk_coverage.figure({"one": curve(sure, sure > 0)})
    assert faultless.layout.xaxis.range[0] == 0


def test_set_sizes_are_counted_and_averaged() -> None:
    (bars,) = set_sizes.figure([3, 90, 7, 0]).data
    assert list(bars.x) == ["0", "1", "2"] and list(bars.y) == [3, 90, 7]
    assert "mean 1.040" in set_sizes.alt_text([3, 90, 7, 0])
    assert not set_sizes.figure([0, 0]).data


def test_distribution_shows_the_distance_to_certainty() -> None:
    drawn = probabilities.distribution({"CXR": np.array([0.9, 0.99, 1.0]), "Hand": np.zeros(0)})
    assert list(drawn.data[0].x) == pytest.approx([0.1, 0.01, 1e-12])
    assert drawn.layout.xaxis.type == "log"
    words = probabilities.distribution_alt_text({"CXR": np.array([0.9, 0.99, 1.0])})
    assert "Chest X-ray: 3 images, median 0.9900, lowest 0.9000" in words


def test_class_frequencies_draw_one_bar_a_part() -> None:
    counts = {"train": {"CXR": 9000, "Hand": 8000}, "test": {"CXR": 400, "Hand": 390}}
    train, test = class_frequencies.figure(counts).data
    assert list(train.y) == [9000, 8000] and list(test.y) == [400, 390]
    assert "train: Chest X-ray 9,000, Hand X-ray 8,000" in class_frequencies.alt_text(counts)


def test_activation_curves_are_their_definitions() -> None:
    relu, sigmoid, gelu = activations.figure().data
    x = np.array(relu.x)
    assert np.array(relu.y) == pytest.approx(np.where(x > 0, x, 0))
    assert np.array(sigmoid.y) == pytest.approx(expit(x))
    assert np.array(gelu.y) == pytest.approx(x * (1 + erf(x / 2**0.5)) / 2)
    lowest = int(np.argmin(gelu.y))
    assert x[lowest] == pytest.approx(-0.75) and gelu.y[lowest] == pytest.approx(-0.17, abs=0.001)
    assert "-0.17 near -0.75" in activations.alt_text()


@pytest.mark.parametrize(
    "drawn",
    [
        risk_coverage.figure({}),
        class_frequencies.figure({}),
        probabilities.distribution({}),
        reliability.figure(bins(np.zeros(0), np.zeros(0, bool))),
    ],
)
def test_without_data_a_figure_says_so(drawn) -> None:
    assert drawn.layout.annotations[0].text.startswith("There are no")
