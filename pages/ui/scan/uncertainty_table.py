"""How sure the model is: the paper's measures and head dropout, each with its meaning."""

from math import log
from typing import TYPE_CHECKING

import streamlit as st

from pages.ui.wording import classes, number, percent

if TYPE_CHECKING:
    from arncnn.inference.reader import Reading


def show(reading: "Reading") -> None:
    """Draws the table."""
    st.html(html(reading))


def html(reading: "Reading") -> str:
    """The table as HTML."""
    sure = reading.uncertainty
    rows = [
        (
            "Maximum probability",
            percent(sure.maximum_probability),
            "of the likeliest class; the paper's normalised probability is the same here",
        ),
        (
            "Entropy",
            f"{number(sure.entropy)} nat",
            f"0 is certain, {number(_highest_entropy(reading))} a mere guess",
        ),
        (
            "Mutual information",
            f"{number(sure.mutual_information)} nat",
            "disagreement among 1,000 dropout samples of the head; 0 is none",
        ),
    ]
    if reading.prediction_set is not None:
        size = len(reading.prediction_set)
        meaning = (
            f"{classes(reading.prediction_set)}. Such sets hold the right class of at least "
            "99\u00a0% of the scans of each known class."
            if size
            else "It fits no class as closely as the images that these sets were made from, as is "
            "common for external scans. The verdict does not rest on it."
        )
        rows.append(("Prediction set", f"{size} class{'es' * (size != 1)}", meaning))
    if reading.novelty_p_value is not None:
        rows.append(
            (
                "Novelty p\u2011value",
                number(reading.novelty_p_value),
                "share of known scans that look at least as unusual; small means unlike them",
            )
        )
    return '<table class="arn-facts">' + "".join(_row(*row) for row in rows) + "</table>"


def _highest_entropy(reading: "Reading") -> float:
    return log(len(reading.labels))


def _row(name: str, value: str, meaning: str) -> str:
    return (
        f'<tr><th scope="row">{name}</th><td class="number">{value}</td>'
        f'<td class="meaning">{meaning}</td></tr>'
    )
