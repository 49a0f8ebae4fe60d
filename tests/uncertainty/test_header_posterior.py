"""One answer from header and pixels, against Bayes' rule enumerated over all it can state."""

import itertools
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from arncnn.intake import terms
from arncnn.intake.header_statement import Statement
from arncnn.labels import MEDICAL_MNIST, Label
from arncnn.uncertainty.header_posterior import (
    BODY_PART_RIGHT,
    MODALITY_AND_STORAGE_RIGHT,
    MODALITY_RIGHT,
    WithHeader,
    combine,
    likelihoods,
)

LABELS = tuple(MEDICAL_MNIST)
FAMILY = {"AbdomenCT": "CT", "BreastMRI": "MR", "CXR": "X-ray"}
FAMILY |= {"ChestCT": "CT", "Hand": "X-ray", "HeadCT": "CT"}
FAMILIES = ("CT", "MR", "X-ray")
PARTS = ("abdomen", "breast", "chest", "hand", "head")

priors = arrays.arrays(np.float64, 6, elements=st.floats(1e-6, 1)).map(lambda p: p / p.sum())
stated_families = st.none() | st.sampled_from(sorted(set(terms.table().families.values())))
stated_parts = st.frozensets(st.sampled_from(sorted(terms.table().titles)), min_size=1, max_size=3)
statements = st.builds(
    Statement, stated_families, stated_families, st.lists(stated_parts, max_size=3).map(tuple)
)


def _together(
    statement: Statement, prior: np.ndarray, labels: Iterable[str] = LABELS, needed: float = 0.9
) -> WithHeader:
    return combine(statement, tuple(labels), prior, MEDICAL_MNIST, needed=needed)


def _enumerated(
    prior: np.ndarray, modality: str | None, storage: str | None, part: str | None
) -> list[float]:
    """Bayes' rule from the whole joint table of (class, stated modality, stated part)."""
    right = MODALITY_AND_STORAGE_RIGHT if storage else MODALITY_RIGHT
    table = {}
    for (label, p), m, b in itertools.product(zip(LABELS, prior, strict=True), FAMILIES, PARTS):
        p_m = right if m == FAMILY[label] else (1 - right) / 2
        is_own = b == MEDICAL_MNIST[label].body_part
        p_b = BODY_PART_RIGHT if is_own else (1 - BODY_PART_RIGHT) / 4
        table[label, m, b] = p * p_m * p_b
    assert sum(table.values()) == pytest.approx(1)
    seen = {
        key: value
        for key, value in table.items()
        if modality in (None, key[1]) and part in (None, key[2])
    }
    whole = sum(seen.values())
    return [sum(v for key, v in seen.items() if key[0] == label) / whole for label in LABELS]


@given(
    priors, st.none() | st.sampled_from(FAMILIES), st.booleans(), st.none() | st.sampled_from(PARTS)
)
def test_it_is_bayes_rule_over_every_header_there_could_be(
    prior: np.ndarray, modality: str | None, is_stored: bool, part: str | None
) -> None:
    storage = modality if is_stored else None
    parts = () if part is None else (frozenset({part}),)
    found = _together(Statement(modality, storage, parts), prior)
    expected = _enumerated(prior, modality, storage, part)
    np.testing.assert_allclose(found.probabilities, expected, rtol=1e-9)


@given(priors)
def test_without_a_header_it_is_exactly_the_pixels(prior: np.ndarray) -> None:
    found = _together(Statement(), prior)
    assert found.probabilities == tuple(prior.tolist())
    assert found.effect == "none"


@given(priors, statements)
def test_it_is_a_distribution_whatever_the_header_states(
    prior: np.ndarray, statement: Statement
) -> None:
    found = _together(statement, prior)
    assert sum(found.probabilities) == pytest.approx(1)
    assert min(found.probabilities) >= 0


@given(priors, st.sampled_from(LABELS), st.booleans(), st.booleans(), st.integers(0, 3))
def test_a_header_that_agrees_never_lowers_the_class(
    prior: np.ndarray, label: str, has_modality: bool, is_stored: bool, sources: int
) -> None:
    family = FAMILY[label] if has_modality else None
    part = frozenset({MEDICAL_MNIST[label].body_part})
    statement = Statement(family, family if is_stored else None, (part,) * sources)
    row = LABELS.index(label)
    assert _together(statement, prior).probabilities[row] >= prior[row] - 1e-12


@given(priors, statements)
def test_the_effect_says_what_the_header_alone_did(prior: np.ndarray, statement: Statement) -> None:
    own, needed = LABELS[int(prior.argmax())], 0.9
    found = _together(statement, prior, needed=needed)
    assert (found.effect == "changes") == (found.label != own)
    if found.effect == "settles":
        assert prior.max() < needed <= found.probability
    if found.effect in ("settles", "changes"):  # the pixels' own answer stays in sight
        assert MEDICAL_MNIST[own].title in found.sentence
        assert "The header alone" in found.sentence


@given(priors, st.permutations(range(6)), statements)
def test_the_order_of_the_classes_does_not_matter(
    prior: np.ndarray, order: list[int], statement: Statement
) -> None:
    found = _together(statement, prior).probabilities
    again = _together(statement, prior[order], [LABELS[row] for row in order]).probabilities
    np.testing.assert_allclose(again, np.array(found)[order], rtol=1e-9)


@given(priors, stated_parts)
def test_the_same_said_twice_counts_once(prior: np.ndarray, parts: frozenset[str]) -> None:
    once, twice = Statement(parts=(parts,)), Statement(parts=(parts, parts))
    np.testing.assert_allclose(
        _together(once, prior).probabilities, _together(twice, prior).probabilities
    )


@given(priors, st.sampled_from(PARTS), st.sampled_from(PARTS))
def test_sources_that_contradict_each_other_favour_neither(
    prior: np.ndarray, first: str, second: str
) -> None:
    assume(first != second)
    found = likelihoods(
        Statement(parts=(frozenset({first}), frozenset({second}))), LABELS, MEDICAL_MNIST
    )
    of = {MEDICAL_MNIST[label].body_part: value for label, value in zip(LABELS, found, strict=True)}
    assert of[first] == pytest.approx(of[second])


def test_a_body_part_outside_the_classes_tells_them_not_apart() -> None:
    prior = np.full(6, 1 / 6)
    assert _together(Statement(parts=(frozenset({"knee"}),)), prior).effect == "none"


def test_a_class_without_terms_is_as_likely_to_have_any_header() -> None:
    labels, known = ("HeadCT", "Normal"), {"HeadCT": MEDICAL_MNIST["HeadCT"]}
    found = likelihoods(Statement("CT", "CT"), labels, known)
    assert found.tolist() == [MODALITY_AND_STORAGE_RIGHT, 0.5]
    no_modality = {"Normal": Label("Normal", "Normal", (), "head")}
    found = likelihoods(Statement("CT", "CT"), ("Normal",), no_modality)
    assert np.ptp(found) == 0


def test_the_header_decides_between_two_classes_that_the_pixels_leave_open() -> None:
    prior = np.array([0.52, 0.0, 0.0, 0.48, 0.0, 0.0])  # abdomen, or chest CT
    chest = Statement("CT", "CT", (frozenset({"chest"}),))
    found = _together(chest, prior)
    assert (found.label, found.effect) == ("ChestCT", "changes")
    assert found.probability == pytest.approx(0.85 * 0.48 / (0.85 * 0.48 + 0.0375 * 0.52))
    assert _together(chest, prior[[3, 1, 2, 0, 4, 5]]).effect == "settles"
    sure = np.array([0.999, 0.0, 0.0, 0.001, 0.0, 0.0])
    assert _together(chest, sure).effect == "opposes"
    assert _together(chest, np.array([0, 0, 0, 1.0, 0, 0])).effect == "supports"
