"""The verdict on one reading: by shape, by word and by colour."""

from html import escape

import streamlit as st

from arncnn.cases.open_case import OpenCase
from arncnn.labels import title
from arncnn.uncertainty.verdict import decide
from pages.ui.wording import VERDICTS, percent

_MEANINGS = {
    "accept": "it passes every check",
    "review": "a person should look before this is used",
    "refuse": "the model gives no answer",
}


def show(opened: OpenCase) -> None:
    """Draws the verdict with the answer and the reasons."""
    st.html(html(opened))


def answer(opened: OpenCase) -> str:
    """What the model says of the pixels; a class that it doubts is not named as if it did not."""
    reading = opened.reading
    if reading.label is None:
        return "No class given"
    found = decide(
        label=reading.label,
        probability=reading.uncertainty.maximum_probability,
        novelty_p_value=reading.novelty_p_value,
        prediction_set=reading.prediction_set,
        thresholds=opened.model.reader.thresholds,
    )
    return f"Unclear, likeliest {title(reading.label)}" if found.reasons else title(reading.label)


def html(opened: OpenCase) -> str:
    """The verdict as HTML."""
    reading = opened.reading
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in reading.reasons)
    probability = percent(reading.uncertainty.maximum_probability)
    sure = f'<p class="sure"><b>{probability}</b> probability</p>' if reading.label else ""
    listed = f"<ul>{reasons}</ul>" if reasons else ""
    return (
        f'<section class="arn-verdict {reading.verdict}" aria-label="Verdict">'
        '<span class="shape" aria-hidden="true"></span>'
        f'<p class="word">{VERDICTS[reading.verdict]}: {_MEANINGS[reading.verdict]}</p>'
        f'<p class="what">{escape(answer(opened))}</p>{sure}{listed}</section>'
    )
