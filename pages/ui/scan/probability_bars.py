"""The class probabilities as bars, each with the spread that head dropout gives it."""

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from arncnn.labels import title
from pages.ui.wording import percent

if TYPE_CHECKING:
    from arncnn.inference.reader import Reading

_NARROW = 0.01  # a bracket whose two ends would lie on each other is drawn as one
_NOTE = (
    "Bars: probability from the pixels alone. Brackets: where 95 % of 1,000 dropout samples "
    "of the network's head lie; they speak of the head's uncertainty only."
)


def show(reading: "Reading") -> None:
    """Draws the bars, most probable class first."""
    st.html(html(reading))


def html(reading: "Reading") -> str:
    """The bars as an HTML list that reads well aloud."""
    spread = zip(
        reading.labels,
        reading.probabilities.tolist(),
        reading.uncertainty.dropout_lower.tolist(),
        reading.uncertainty.dropout_upper.tolist(),
        strict=True,
    )
    rows = sorted(spread, key=lambda row: -row[1])
    items = "".join(_row(*row, is_top=place == 0) for place, row in enumerate(rows))
    return f'<ul class="arn-bars">{items}</ul><p class="arn-note">{_NOTE}</p>'


def _row(label: str, probability: float, low: float, high: float, *, is_top: bool) -> str:
    narrow = " narrow" if high - low < _NARROW else ""
    return (
        f'<li class="{"top" if is_top else ""}"><span class="name">{escape(title(label))}</span>'
        f'<span class="track"><span class="bar" style="width:{probability:.2%}"></span>'
        f'<span class="range{narrow}" style="left:{low:.2%};width:{high - low:.2%}"></span></span>'
        f'<span class="value">{percent(probability)}</span></li>'
    )
