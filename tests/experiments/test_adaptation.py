"""The halves of the adaptation measure: chosen fairly, pooled honestly."""

from types import SimpleNamespace

import numpy as np
import pytest

from arncnn.errors import DataError
from arncnn.experiments import adaptation


def _scans(**counts: int) -> list:
    return [
        adaptation._Known(SimpleNamespace(), label, f"{label}{number}")
        for label, count in counts.items()
        for number in range(count)
    ]


def test_a_half_corrects_three_to_seven_scans_a_class_and_leaves_as_many_to_measure() -> None:
    scans = _scans(Hand=6, HeadCT=15, CXR=11)
    chosen = adaptation._choose(scans, np.random.default_rng(0))
    taken = {label: sum(scans[row].truth == label for row in chosen) for label in ("Hand", "CXR")}
    assert taken == {"Hand": 3, "CXR": 5}
    assert sum(scans[row].truth == "HeadCT" for row in chosen) == 7
    assert chosen != adaptation._choose(scans, np.random.default_rng(1))


def test_slices_of_one_series_are_never_on_both_sides() -> None:
    scans = [adaptation._Known(SimpleNamespace(), "Hand", f"series {n // 2}") for n in range(12)]
    for seed in range(20):
        chosen = adaptation._choose(scans, np.random.default_rng(seed))
        corrected = {scans[row].group for row in chosen}
        measured = {scans[row].group for row in range(12) if row not in chosen}
        assert not corrected & measured


def test_a_class_of_too_few_scans_is_refused() -> None:
    with pytest.raises(DataError, match="at least 6 are needed"):
        adaptation._choose(_scans(Hand=5), np.random.default_rng(0))


def test_the_interval_counts_scans_and_not_their_repeated_measurements() -> None:
    rng = np.random.default_rng(2)
    results = rng.random(60) < 0.7
    once = [{"class": "A", "scan": scan, "after": bool(hit)} for scan, hit in enumerate(results)]
    low, high = adaptation._interval(once, "after")
    repeated = adaptation._interval(once * 5, "after")
    assert repeated == pytest.approx([low, high])  # five times the same says no more
    half_width = 1.96 * np.sqrt(results.mean() * (1 - results.mean()) / 60)  # normal theory
    assert (high - low) / 2 == pytest.approx(half_width, rel=0.15)


def test_pooled_accuracy_is_the_mean_over_classes() -> None:
    rows = [{"class": "A", "scan": n, "after": True} for n in range(9)]
    rows.append({"class": "B", "scan": 9, "after": False})
    assert adaptation._macro(rows, "after") == 0.5
