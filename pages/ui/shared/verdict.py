"""The verdict on one reading: by shape, by word and by colour."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from arncnn.cases.open_case import OpenCase
from arncnn.formatting import percent
from arncnn.inference.how_sure import is_unclear
from arncnn.labels import answer as in_words
from arncnn.store.case import reasons_of
from pages.ui.wording import VERDICTS, moment

_MEANINGS = {
    "accept": "it passes every check",
    "review": "a person should look before this is used",
    "refuse": "the model gives no answer",
}


def show(opened: OpenCase) -> None:
    """Draws the verdict with the answer and the reasons; beside it another model's of before."""
    if opened.is_as_recorded:
        st.html(html(opened))
        return
    case, now = opened.case, opened.reading.model.id
    recorded, present = st.columns(2, gap="small")
    recorded.html(f'<p class="arn-whose">Recorded on {moment(case.created_at)}</p>')
    recorded.html(recorded_html(opened))
    recorded.caption(
        f"By model {case.model_id}. Corrections, worklist and export refer to this one."
    )
    present.html('<p class="arn-whose">The model in service now</p>')
    present.html(html(opened))
    present.caption(
        f"By model {now}, from the same image. All figures and maps below are from this model."
    )


def answer(opened: OpenCase) -> str:
    """What the model says of the pixels; a class that it doubts is not named as if it did not."""
    reading = opened.reading
    doubt = is_unclear(reading, opened.model.reader.thresholds)
    return in_words(reading.label, is_unclear=doubt)


def html(opened: OpenCase) -> str:
    """The verdict of the model in service as HTML."""
    reading = opened.reading
    probability = reading.uncertainty.maximum_probability if reading.label else None
    return _html("Verdict", reading.verdict, answer(opened), reading.reasons, probability)


def recorded_html(opened: OpenCase) -> str:
    """The verdict that was recorded as HTML."""
    case = opened.case
    probability = case.maximum_probability if case.label else None
    said = case.verdict, case.answer, reasons_of(case), probability
    return _html("Recorded verdict", *said)


def _html(
    name: str, verdict: str, said: str, reasons: Sequence[str], probability: float | None
) -> str:
    listed = "".join(f"<li>{escape(reason)}</li>" for reason in reasons)
    sure = ""
    if probability is not None:
        sure = f'<p class="sure"><b>{percent(probability)}</b> probability</p>'
    return (
        f'<section class="arn-verdict {verdict}" aria-label="{name}">'
        '<span class="shape" aria-hidden="true"></span>'
        f'<p class="word">{VERDICTS[verdict]}: {_MEANINGS[verdict]}</p>'
        f'<p class="what">{escape(said)}</p>{sure}{f"<ul>{listed}</ul>" if listed else ""}'
        "</section>"
    )
