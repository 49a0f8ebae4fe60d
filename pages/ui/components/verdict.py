"""The verdict on one reading: by shape, by word and by colour."""

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from arncnn.labels import title
from pages.ui.wording import VERDICTS, percent

if TYPE_CHECKING:
    from arncnn.reading import Reading

_MEANINGS = {
    "accept": "nothing speaks against this reading",
    "review": "a person should look before this is used",
    "refuse": "the model gives no answer",
}


def banner(reading: "Reading") -> None:
    """Draws the verdict with the answer and the reasons."""
    st.html(html(reading))


def html(reading: "Reading") -> str:
    """The verdict as HTML."""
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in reading.reasons)
    what = title(reading.label) if reading.label else "No class given"
    sure = ""
    if reading.label:
        probability = percent(reading.uncertainty.maximum_probability)
        sure = f'<p class="sure"><b>{probability}</b> probability</p>'
    return (
        f'<section class="arn-verdict {reading.verdict}" aria-label="Verdict">'
        '<span class="shape" aria-hidden="true"></span>'
        f'<p class="word">{VERDICTS[reading.verdict]}: {_MEANINGS[reading.verdict]}</p>'
        f'<p class="what">{escape(what)}</p>{sure}'
        + (f"<ul>{reasons}</ul>" if reasons else "")
        + "</section>"
    )
