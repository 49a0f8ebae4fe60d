"""The rule that turns everything against a reading into one verdict."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arncnn.uncertainty.guards import Reason
from arncnn.uncertainty.verdict import Thresholds, decide, weigh

_LABELS = ("CXR", "Hand", "HeadCT")
_GOOD: dict[str, object] = {
    "label": "CXR",
    "probability": 0.999,
    "novelty_p_value": 0.5,
    "prediction_set": ("CXR",),
    "header_verdict": "agree",
}


def _decide(**changes: object):
    return decide(**{**_GOOD, **changes})  # type: ignore[arg-type]


def test_a_plain_reading_is_accepted_without_reasons() -> None:
    assert _decide() == decide(label="CXR", probability=0.999)
    assert (_decide().verdict, _decide().reasons) == ("accept", ())


@pytest.mark.parametrize(
    ("changes", "verdict", "code"),
    [
        ({"guards": (Reason("flat", "Flat."),)}, "refuse", "flat"),
        ({"novelty_p_value": 0.01}, "refuse", "novel"),
        ({"novelty_p_value": 0.05}, "review", "unusual"),
        ({"novelty_p_value": 0.051}, "accept", None),
        ({"prediction_set": ()}, "accept", None),
        ({"prediction_set": ("CXR", "Hand")}, "review", "ambiguous"),
        ({"prediction_set": ("Hand",)}, "review", "other_set"),
        ({"header_verdict": "disagree"}, "review", "header_disagree"),
        ({"header_verdict": "cannot_judge"}, "review", "header_cannot_judge"),
        ({"header_verdict": "silent"}, "accept", None),
        ({"probability": 0.6}, "review", "improbable"),
        ({"likelier_with_header": "Hand"}, "review", "header_changes"),
        (
            {"likelier_with_header": "Hand", "header_verdict": "disagree"},
            "review",
            "header_disagree",
        ),
        ({"ruled_out_by": "MR"}, "refuse", "header_rules_out"),
        ({"ruled_out_by": "MR", "header_verdict": "disagree"}, "refuse", "header_rules_out"),
    ],
)
def test_each_sign_leads_to_its_verdict(changes: dict, verdict: str, code: str | None) -> None:
    decision = _decide(**changes)
    assert decision.verdict == verdict
    assert [reason.code for reason in decision.reasons] == ([code] if code else [])


def test_a_refusal_comes_first_and_none_of_its_reasons_names_a_class() -> None:
    decision = _decide(
        novelty_p_value=0.001,
        probability=0.4,
        prediction_set=("CXR", "Hand"),
        header_verdict="disagree",
        header_sentence="The header says chest, but the picture reads as Hand X-ray.",
    )
    assert decision.verdict == "refuse"
    assert [reason.code for reason in decision.reasons] == ["novel"]


def test_it_is_said_when_the_header_alone_refuses() -> None:
    assert _decide(ruled_out_by="MR", probability=0.4).is_by_header
    assert not _decide(ruled_out_by="MR", novelty_p_value=0.001).is_by_header
    assert not _decide(header_verdict="disagree").is_by_header
    assert not _decide().is_by_header


def test_reasons_are_plain_words() -> None:
    novel = _decide(novelty_p_value=0.001).sentences[0]
    assert novel == "This image is unlike any of the six kinds of scan the model knows."
    ambiguous = _decide(prediction_set=("AbdomenCT", "ChestCT", "HeadCT")).sentences[0]
    assert ambiguous.endswith("Abdomen CT, Chest CT or Head CT.")
    ruled_out = _decide(ruled_out_by="MR", prediction_set=("CXR", "Hand")).sentences
    assert ruled_out == (
        "The header states MR, in Modality and SOP class alike, and the image reads as no "
        "class of that modality. It is refused because of the header alone; check which is "
        "right.",
    )
    said = _decide(header_verdict="disagree", header_sentence="The header says knee.")
    assert said.sentences == ("The header says knee.",)


def test_a_smaller_novelty_p_value_never_softens_the_verdict() -> None:
    severity = {"accept": 0, "review": 1, "refuse": 2}
    ladder = [
        severity[_decide(novelty_p_value=p).verdict] for p in (0.9, 0.05, 0.02, 0.01, 0.005, 0.0)
    ]
    assert all(earlier <= later for earlier, later in itertools.pairwise(ladder))


def test_thresholds_are_stated_in_words() -> None:
    words = Thresholds(novelty_refuse=0.01, novelty_review=0.04, probability_review=0.8).sentence()
    assert "1.0%" in words and "4.0%" in words and "80.0%" in words


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.2, 0.9, 0.89999, 1.0]),
            st.none() | st.sampled_from([0.0, 0.01, 0.010001, 0.05, 0.06, 1.0]),
            st.none() | st.sets(st.sampled_from(_LABELS)),
            st.booleans(),
            st.sampled_from(["agree", "disagree", "silent", "cannot_judge"]),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_many_readings_are_weighed_as_each_of_them_alone(readings: list) -> None:
    first = readings[0]
    readings = [(p, q, s, *rest) for p, q, s, *rest in readings if _alike(first, q, s)]
    probability, p_values, sets, flat, headers = zip(*readings, strict=True)
    signs = weigh(
        np.zeros(len(readings), int),
        np.array(probability),
        novelty_p_value=None if p_values[0] is None else np.array(p_values),
        in_set=None if sets[0] is None else np.array([[k in s for k in _LABELS] for s in sets]),
        is_unsuitable=np.array(flat),
        is_doubted=np.array([said in ("disagree", "cannot_judge") for said in headers]),
        thresholds=Thresholds(),
    )
    alone = [
        decide(
            label=_LABELS[0],
            probability=p,
            guards=(Reason("flat", "Flat."),) if is_flat else (),
            novelty_p_value=q,
            prediction_set=None if s is None else sorted(s, key=_LABELS.index),
            header_verdict=said,
        )
        for p, q, s, is_flat, said in readings
    ]
    assert signs.verdicts.tolist() == [decision.verdict for decision in alone]
    assert signs.is_accepted.tolist() == [not decision.reasons for decision in alone]


def _alike(first: tuple, p_value: float | None, prediction_set: set | None) -> bool:
    """A model gives every reading a novelty and a set, or none of them."""
    return (first[1] is None, first[2] is None) == (p_value is None, prediction_set is None)
