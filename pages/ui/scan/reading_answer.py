"""The answer on a reading's page: class probabilities, how sure they are, and the header."""

import re
from collections.abc import Iterable
from html import escape
from math import log
from typing import TYPE_CHECKING

import streamlit as st

from arncnn.cases.open_case import OpenCase
from arncnn.formatting import counted
from arncnn.inference.how_sure import sentence
from arncnn.labels import title
from arncnn.uncertainty.dropout import SAMPLES
from pages.ui.shared import verdict
from pages.ui.wording import HEADERS, classes, number, percent

if TYPE_CHECKING:
    from arncnn.inference.reading import Reading

_MATCHES = {"exact": "This exact image", "near": "A near-duplicate of this image"}
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]+")
_NARROW = 0.01  # a bracket whose two ends would lie on each other is drawn as one
_NOTE = (
    "Bars: probability from the pixels alone. Brackets: range of the central 95% of "
    f"{SAMPLES:,} dropout samples of the network's head; they show the uncertainty of the "
    "head only."
)


def show_training_match(opened: OpenCase) -> None:
    """Draws a note for a picture that the model learnt from; nothing for others."""
    case = opened.case
    if not case.training_match:
        return
    model = "the model" if opened.is_as_recorded else f"{case.model_id}, which first read it,"
    st.info(
        f"{_MATCHES[case.training_match]} is among the images that {model} was trained on. "
        "Its answer says little about how well the model reads new scans.",
        icon=":material/school:",
    )


def probabilities_html(reading: "Reading") -> str:
    """The class probabilities as a list of bars that reads well aloud, likeliest first."""
    spread = zip(
        reading.labels,
        reading.probabilities.tolist(),
        reading.uncertainty.dropout_lower.tolist(),
        reading.uncertainty.dropout_upper.tolist(),
        strict=True,
    )
    rows = sorted(spread, key=lambda row: -row[1])
    items = "".join(_bar(*row, is_top=place == 0) for place, row in enumerate(rows))
    return f'<ul class="arn-bars">{items}</ul><p class="arn-note">{_NOTE}</p>'


def _bar(label: str, probability: float, low: float, high: float, *, is_top: bool) -> str:
    narrow = " narrow" if high - low < _NARROW else ""
    return (
        f'<li class="{"top" if is_top else ""}"><span class="name">{escape(title(label))}</span>'
        f'<span class="track"><span class="bar" style="width:{probability:.2%}"></span>'
        f'<span class="range{narrow}" style="left:{low:.2%};width:{high - low:.2%}"></span></span>'
        f'<span class="value">{percent(probability)}</span></li>'
    )


def uncertainty_html(reading: "Reading") -> str:
    """How sure the model is as a table: the paper's measures and head dropout, with meanings."""
    rows = "".join(
        f'<tr><th scope="row">{name}</th><td class="number">{value}</td>'
        f'<td class="meaning">{meaning}</td></tr>'
        for name, value, meaning in _measures(reading)
    )
    return f'<table class="arn-facts">{rows}</table>'


def _measures(reading: "Reading") -> Iterable[tuple[str, str, str]]:
    sure, sets = reading.uncertainty, reading.prediction_set
    yield (
        "Maximum probability",
        percent(sure.maximum_probability),
        "of the likeliest class; the paper's normalised probability is the same here",
    )
    yield (
        "Entropy",
        f"{number(sure.entropy)} nat",
        f"0 is certain, {number(log(len(reading.labels)))} is no information",
    )
    yield (
        "Mutual information",
        f"{number(sure.mutual_information)} nat",
        f"disagreement among {SAMPLES:,} dropout samples of the head; 0 is none",
    )
    if sets is not None:
        meaning = (
            f"{classes(sets)}. Such sets hold the right class of at least 99% of the scans "
            "of each known class."
            if sets
            else "It fits no class as closely as the images that these sets were "
            "calibrated on, as is common for external scans. The verdict does not "
            "depend on it."
        )
        yield "Prediction set", f"{len(sets)} class{'es' * (len(sets) != 1)}", meaning
    if reading.novelty_p_value is not None:
        yield (
            "Novelty p\u2011value",
            number(reading.novelty_p_value),
            "share of known scans that look at least as unusual; small means unlike them",
        )


def how_sure(opened: OpenCase) -> str:
    """How sure the model is, in one sentence."""
    return sentence(opened.reading, opened.model.reader.thresholds)


def header_html(opened: OpenCase) -> str:
    """What the pixels say, what the header says, and whether they agree, side by side.

    Of a refused scan the header's own words stand, and not the class that they come to.
    """
    header, kind = opened.reading.header, opened.reading.kind.upper()
    stated = ", ".join(part for part in (header.modality, header.body_part) if part)
    is_named = header.claimed_class is not None and opened.reading.label is not None
    claimed = title(header.claimed_class or "") if is_named else stated or "Not stated"
    modality = f"modality {header.modality}" if header.modality else "no modality"
    body_part = f"body part {header.body_part}" if header.body_part else "no body part"
    cells = (
        ("The pixels say", verdict.answer(opened), f"{kind}, read without the header"),
        ("The header says", claimed, f"{modality}, {body_part}"),
        ("Header check", HEADERS[header.verdict], header.sentence),
    )
    return f'<div class="arn-say">{"".join(_cell(*cell) for cell in cells)}</div>'


def _cell(asked: str, said: str, why: str) -> str:
    return (
        f'<div><p class="asked">{asked}</p><p class="said">{escape(said)}</p>'
        f'<p class="why">{escape(why)}</p></div>'
    )


def show_header_values(opened: OpenCase) -> None:
    """Draws what of the file's header came through, folded; nothing for a file without any."""
    values = opened.case.attributes if opened.scan is None else opened.scan.attributes
    if not values:
        return
    with st.expander(counted(len(values), "value") + " of the header", icon=":material/list:"):
        rows = "".join(
            f'<tr><th scope="row">{escape(_spaced(name))}</th><td>{escape(values[name])}</td></tr>'
            for name in sorted(values)
        )
        st.html(f'<table class="arn-facts">{rows}</table>')
        st.caption(
            "Names, identifiers, dates and free text never leave the process that decodes a file."
        )


def _spaced(keyword: str) -> str:
    """A DICOM keyword in words.

    >>> _spaced("BodyPartExamined"), _spaced("KVP"), _spaced("SOPClass")
    ('Body part examined', 'KVP', 'SOP class')
    """
    first, *rest = _WORDS.findall(keyword)
    return " ".join([first, *(word if word.isupper() else word.lower() for word in rest)])
