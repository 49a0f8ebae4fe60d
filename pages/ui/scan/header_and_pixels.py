"""Header and pixels together: one answer beside the two, folded unless the header matters to it."""

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from arncnn.labels import title
from arncnn.uncertainty.header_posterior import (
    BODY_PART_RIGHT,
    MODALITY_AND_STORAGE_RIGHT,
    MODALITY_RIGHT,
)
from pages.ui.wording import percent, share

if TYPE_CHECKING:
    from arncnn.inference.reading import Reading

_NOTE = (
    f"Bayes' rule, with the pixels' calibrated probabilities as the prior. A stated body part is "
    f"taken as right in {share(BODY_PART_RIGHT, 0)} (Gueld et al. 2002), a modality in "
    f"{share(MODALITY_RIGHT, 0)}, with its SOP class in {share(MODALITY_AND_STORAGE_RIGHT, 1)} "
    "(both assumed). It is shown beside the pixels' answer and never replaces it."
)


def show(reading: "Reading") -> None:
    """Draws what both say; nothing for a refused scan, or where the header tells nothing apart."""
    found = reading.with_header
    if reading.label is None or found is None or found.effect == "none":
        return
    matters = found.effect in ("settles", "changes")
    name = f"**With the header: {title(found.label)}, {percent(found.probability)}**"
    with st.expander(name, icon=":material/join:", expanded=matters):
        st.markdown(found.sentence)
        st.html(html(reading))
        st.caption(_NOTE)


def html(reading: "Reading") -> str:
    """Each class by the pixels alone and with the header, likeliest with the header first."""
    found = reading.with_header
    if found is None:
        return ""
    own = dict(zip(reading.labels, reading.probabilities.tolist(), strict=True))
    both = dict(zip(found.labels, found.probabilities, strict=True))
    rows = "".join(
        f'<tr><th scope="row">{escape(title(label))}</th><td class="number">{percent(own[label])}'
        f'</td><td class="number">{percent(both[label])}</td></tr>'
        for label in sorted(both, key=lambda label: -both[label])
    )
    columns = ("Class", "Pixels alone", "With the header")
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    return f'<table class="arn-facts"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
