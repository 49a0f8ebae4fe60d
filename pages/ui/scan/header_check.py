"""What the pixels say, what the header says, and whether they agree."""

from html import escape

import streamlit as st

from arncnn.cases.open_case import OpenCase
from arncnn.labels import title
from pages.ui.shared import verdict
from pages.ui.wording import HEADERS


def show(opened: OpenCase) -> None:
    """Draws the three statements side by side."""
    st.html(html(opened))


def html(opened: OpenCase) -> str:
    """The three statements as HTML."""
    header, kind = opened.reading.header, opened.reading.kind.upper()
    stated = ", ".join(part for part in (header.modality, header.body_part) if part)
    claimed = title(header.claimed_class) if header.claimed_class else stated or "Nothing"
    modality = f"modality {header.modality}" if header.modality else "no modality"
    body_part = f"body part {header.body_part}" if header.body_part else "no body part"
    return (
        '<div class="arn-say">'
        + _cell("The pixels say", verdict.answer(opened), f"{kind}, read without the header")
        + _cell("The header says", claimed, f"{modality}, {body_part}")
        + _cell("Header check", HEADERS[header.verdict], header.sentence)
        + "</div>"
    )


def _cell(asked: str, said: str, why: str) -> str:
    return (
        f'<div><p class="asked">{asked}</p><p class="said">{escape(said)}</p>'
        f'<p class="why">{escape(why)}</p></div>'
    )
