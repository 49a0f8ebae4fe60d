"""One answer a series, against sums made apart and every sequence tried."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arncnn.inference.series import SliceVote, answer, evenly, segments

LABELS = ("AbdomenCT", "ChestCT", "HeadCT")
CHEST, ABDOMEN = np.array([0.0, 9.0, -3.0], "f4"), np.array([9.0, 0.0, -3.0], "f4")
BETWEEN = np.array([1.0, 1.2, 0.0], "f4")


def _vote(place: int, logits: np.ndarray, p: float | None = 0.5, **known: object) -> SliceVote:
    return SliceVote(place, logits, p, **{"verdict": "accept", **known})  # type: ignore[arg-type]


def test_a_scan_from_chest_to_abdomen_says_from_where_to_where() -> None:
    votes = [_vote(place, CHEST) for place in range(1, 61)]
    votes += [_vote(place, BETWEEN, 0.01, verdict="refuse") for place in range(61, 75)]
    votes += [_vote(place, ABDOMEN) for place in range(75, 131)]
    found = answer(LABELS, votes, 130)
    assert found.sentence == (
        "Chest CT to Abdomen CT: slices 1 to 60 Chest CT, from 75 Abdomen CT."
    )
    assert found.label == "ChestCT" and found.agreeing == 60


def test_votes_are_log_probabilities_weighed_by_novelty_p_values() -> None:
    rng = np.random.default_rng(0)
    logits, p = rng.normal(0, 3, (9, 3)).astype("f4"), rng.uniform(0.01, 1, 9)
    found = answer(LABELS, [_vote(n + 1, logits[n], p[n]) for n in range(9)], 9, temperature=1.5)
    sums = []
    for column in range(3):
        logs = [
            row[column] / 1.5 - math.log(sum(math.exp(value / 1.5) for value in row))
            for row in logits.astype(float)
        ]
        sums.append(sum(weight * log for weight, log in zip(p, logs, strict=True)) / p.sum())
    expected = np.exp(sums) / np.exp(sums).sum()
    assert found.probabilities == pytest.approx(expected, abs=1e-5)


def test_one_odd_slice_makes_no_range_of_its_own() -> None:
    votes = [_vote(place, ABDOMEN if place == 10 else CHEST) for place in range(1, 21)]
    found = answer(LABELS, votes, 20)
    assert found.sentence == "Chest CT. 19 of 20 slices read so."
    assert found.slices[10] == "AbdomenCT", "it is shown as it was read all the same"


def test_a_slice_unlike_anything_known_hardly_counts() -> None:
    votes = [_vote(1, CHEST, 0.9), _vote(2, CHEST, 0.9), _vote(3, 3 * ABDOMEN, 0.01)]
    assert answer(LABELS, votes, 3).label == "ChestCT"


def test_where_most_slices_are_refused_there_is_no_answer() -> None:
    votes = [_vote(place, CHEST, 0.001, verdict="refuse") for place in range(1, 4)]
    found = answer(LABELS, [*votes, _vote(4, CHEST)], 40)
    assert (found.label, found.ranges) == (None, ())
    assert found.sentence.startswith("No class for the scan as a whole: most of the 4 of 40 slices")
    blank = [_vote(1, CHEST, is_unsuitable=True, verdict="refuse")]
    assert answer(LABELS, blank, 1).probabilities.tolist() == [0, 0, 0]


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(1, 7), st.integers(2, 3))
def test_ranges_are_the_best_of_all_sequences(seed: int, slices: int, classes: int) -> None:
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 6, (slices, classes))
    logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    weight = rng.uniform(0, 4, slices)

    def worth(path: tuple[int, ...]) -> float:
        said = sum(
            w * max(row[c], math.log(0.001)) for w, row, c in zip(weight, logs, path, strict=True)
        )
        return said - 7.0 * sum(one != other for one, other in itertools.pairwise(path))

    best = max(itertools.product(range(classes), repeat=slices), key=worth)
    assert worth(tuple(segments(logs, weight))) == pytest.approx(worth(best))


def test_slices_are_evenly_spaced_from_the_first_to_the_last() -> None:
    places = evenly(130, 32)
    assert (places[0], places[-1], len(set(places))) == (0, 129, 32)
    assert set(np.diff(places)) <= {4, 5}
    assert evenly(20, None) == list(range(20))
