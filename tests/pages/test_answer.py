"""What stands first on a reading's page: the answer, named only as surely as the model is."""

from types import SimpleNamespace
from typing import Any

import pytest

from arncnn.uncertainty.verdict import Thresholds
from pages.ui.scan import reading_answer
from pages.ui.shared import verdict


def _opened(
    probability: float,
    *,
    label: str | None = "ChestCT",
    sets: Any = None,
    p_value: float | None = None,
) -> Any:
    header = SimpleNamespace(
        modality=None, body_part=None, claimed_class=None, verdict="silent", sentence=""
    )
    reading = SimpleNamespace(
        label=label,
        labels=("ChestCT", "Hand"),
        verdict="review",
        reasons=(),
        kind="png",
        header=header,
        prediction_set=sets,
        novelty_p_value=p_value,
        uncertainty=SimpleNamespace(
            maximum_probability=probability, entropy=0.1, mutual_information=0.0
        ),
        model=SimpleNamespace(sha256="now", id="robust-now"),
    )
    thresholds = Thresholds(probability_review=0.95, novelty_review=0.05)
    case = SimpleNamespace(training_match="near", model_sha256="then", model_id="robust-then")
    model = SimpleNamespace(reader=SimpleNamespace(thresholds=thresholds))
    return SimpleNamespace(reading=reading, model=model, case=case, is_as_recorded=False)


@pytest.mark.parametrize(
    ("opened", "answer"),
    [
        (_opened(0.99), "Chest CT"),
        (_opened(0.95), "Chest CT"),
        (_opened(0.368), "Unclear, likeliest Chest CT"),
        (_opened(0.99, sets=("ChestCT",)), "Chest CT"),
        (_opened(0.99, sets=()), "Chest CT"),
        (_opened(0.99, sets=("ChestCT", "Hand")), "Unclear, likeliest Chest CT"),
        (_opened(0.99, sets=("Hand",)), "Unclear, likeliest Chest CT"),
        (_opened(0.99, p_value=0.05), "Unclear, likeliest Chest CT"),
        (_opened(0.99, p_value=0.06), "Chest CT"),
        (_opened(0.3, label=None), "No class given"),
    ],
)
def test_a_class_that_the_model_is_unsure_of_is_not_named_as_if_it_were(
    opened: Any, answer: str
) -> None:
    assert f'<p class="what">{answer}</p>' in verdict.html(opened)
    assert f'<p class="said">{answer}</p>' in reading_answer.header_html(opened)


def test_an_empty_prediction_set_is_not_said_to_speak_against_what_is_accepted() -> None:
    html = reading_answer.uncertainty_html(_opened(0.99, sets=()).reading)
    assert "0 classes" in html and "The verdict does not depend on it." in html


def test_a_known_picture_is_said_to_be_known_to_the_model_that_recorded_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    monkeypatch.setattr(reading_answer.st, "info", lambda text, **_: said.append(text))
    opened = _opened(0.99)
    reading_answer.show_training_match(opened)
    opened.is_as_recorded = True
    reading_answer.show_training_match(opened)
    assert "robust-then, which first read it, was trained on" in said[0]
    assert "the model was trained on" in said[1]
