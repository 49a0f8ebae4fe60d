"""The verdict on one reading: by shape, by word and by colour."""

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from arncnn.labels import title
from pages.ui.wording import VERDICTS, percent

if TYPE_CHECKING:
    from arncnn.reading import Reading

_SHAPES = {  # a disc, a triangle, an octagon: told apart without colour
    "accept": '<circle cx="22" cy="22" r="20"/><path d="M13 22l7 7 12-13"/>',
    "review": '<path d="M22 4l20 35H2z"/><path d="M22 16v11m0 5v1"/>',
    "refuse": '<path d="M14 2h16l12 12v16L30 42H14L2 30V14z"/><path d="M15 15l14 14m0-14L15 29"/>',
}
_MEANINGS = {
    "accept": "nothing speaks against this reading",
    "review": "a person should look before this is used",
    "refuse": "the model gives no answer",
}


def icon(verdict: str) -> str:
    """The verdict's shape as SVG."""
    return (
        '<svg viewBox="0 0 44 44" aria-hidden="true"><g fill="none" stroke="currentColor" '
        f'stroke-width="3" stroke-linejoin="round" stroke-linecap="round">{_SHAPES[verdict]}</g>'
        "</svg>"
    )


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
        f"{icon(reading.verdict)}"
        f'<p class="word">{VERDICTS[reading.verdict]}: {_MEANINGS[reading.verdict]}</p>'
        f'<p class="what">{escape(what)}</p>{sure}'
        + (f"<ul>{reasons}</ul>" if reasons else "")
        + "</section>"
    )
