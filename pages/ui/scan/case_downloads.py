"""What a person can take away of a case: the picture with its evidence, and a report."""

import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import numpy as np
import streamlit as st

from arncnn.cases.open_case import OpenCase
from arncnn.config import INTENDED_USE
from arncnn.explain import DEFAULT_METHOD, METHODS, words
from arncnn.figures import evidence, picture
from arncnn.inference.how_sure import sentence
from arncnn.intake.limits import MAX_FILE_BYTES
from arncnn.labels import title
from arncnn.reports import case_maps
from arncnn.reports.case_report import Plate, case_report
from arncnn.reports.structured_report import structured_report
from arncnn.store import Actor
from arncnn.store.case import Case
from arncnn.store.roles import refusal
from pages.ui import caches, server, sign_in
from pages.ui.scan.evidence import Shown
from pages.ui.shared import buttons, correction_note, failures, verdict
from pages.ui.wording import moment

_Made = TypeVar("_Made", str, bytes)
_RIGHT = "case.export"
_OPACITY = 0.7  # of the map on the report of one page, as on the page Evidence at first


def show(opened: OpenCase, shown: Shown, *, key: str) -> None:
    """Draws the download buttons; what they give is only made when asked for."""
    name = f"case-{opened.case.id}"
    why_not = refusal(sign_in.watching(), _RIGHT)
    with st.container(horizontal=True):
        overlay = _on_demand(opened, "overlay", lambda _: picture.png(_plate(opened, shown)))
        png = f"{name}-evidence.png"
        buttons.download("Overlay (PNG)", overlay, png, key=f"{key}_png", why_not=why_not)
        report = _on_demand(opened, "report", lambda _: _report(opened, shown))
        html = f"{name}-report.html"
        buttons.download("Case report (HTML)", report, html, key=f"{key}_report", why_not=why_not)
        _show_structured_report(opened, f"{name}-sr.dcm", why_not, key=f"{key}_sr")


def show_sheet(opened: OpenCase, *, key: str) -> None:
    """Draws the button that gives the report of one page."""
    why_not = refusal(sign_in.watching(), _RIGHT)
    corrections = caches.store().corrections

    def made(person: Actor) -> bytes:
        said = corrections.by_case(person, [opened.case.id]).get(opened.case.id, ())
        return _sheet(opened, correction_note.summary(said))

    report = _on_demand(opened, "PDF report", made)
    file_name = f"case-{opened.case.id}-report.pdf"
    buttons.download("Report (PDF)", report, file_name, key=key, why_not=why_not)


def _show_structured_report(
    opened: OpenCase, file_name: str, why_not: str | None, *, key: str
) -> None:
    """Draws the button that asks for the original file, or why no such report can be made."""
    label, icon = "DICOM report (SR)", ":material/clinical_notes:"
    if opened.reading.kind != "dicom":
        why_not = why_not or (
            "Only a DICOM file has the identifiers that such a report needs; this scan was "
            "uploaded as another kind of file."
        )
    if why_not is not None:
        st.button(label, icon=icon, key=f"{key}_none", **buttons.unless(why_not))
        return
    with st.popover(label, icon=icon, key=key):
        st.markdown(
            "A structured report carries the patient's identifiers. They are not kept "
            "here, so choose the original file again. It is compared with the scan that "
            "was read, and is not kept."
        )
        may_read = sign_in.on_demand(lambda person: person.name, action=_RIGHT)
        server.allow_uploads(may_read, limit_bytes=MAX_FILE_BYTES)
        given = st.file_uploader("The original DICOM file", key=f"{key}_file_{opened.case.id}")
        if given is not None:
            with failures.shown():
                made = structured_report(opened.reading, given.getvalue())
                report = _on_demand(opened, "structured report", lambda _: made)
                buttons.download("Download the report", report, file_name, key=f"{key}_download")


def _on_demand(opened: OpenCase, what: str, make: Callable[[Actor], _Made]) -> Callable[[], _Made]:
    """What leaves the house, made for who may export, with a line in the audit."""
    store, case_id = caches.store(), opened.case.id

    def made(person: Actor) -> _Made:
        store.cases.get(person, case_id)  # it may have been deleted since the page was drawn
        content = make(person)
        store.audit.note(person.name, "case.download", f"cases:{case_id}", {"what": what})
        return content

    return sign_in.on_demand(made, action=_RIGHT)


def _plate(opened: OpenCase, shown: Shown) -> np.ndarray:
    """The overlay with its scale and what made it, so that it says as much as the page does."""
    reading = opened.reading
    usual = f"usual full colour {shown.usual_scale:.3g} {shown.unit}"
    stretched = (f"Colours stretched to this map; {usual}",) if shown.is_stretched else ()
    view = reading.model_input.views[reading.view]
    lines = (f"{shown.title}, {view}", f"model {reading.model.id}", INTENDED_USE, *stretched)
    return _with_scale(opened, shown, lines)


def _with_scale(opened: OpenCase, shown: Shown, lines: tuple[str, ...] = ()) -> np.ndarray:
    return evidence.plate(
        shown.overlay(opened.fitted),
        scale=shown.scale,
        unit=shown.unit,
        is_signed=shown.is_signed,
        opacity=shown.choice.opacity,
        is_open=shown.is_open,
        lines=lines,
    )


def _sheet(opened: OpenCase, said: str) -> bytes:
    from arncnn.reports.case_pdf import Sheet, case_pdf  # brings ReportLab

    case, reading = opened.case, opened.reading
    recorded = () if opened.is_as_recorded else (_recorded(case),)
    return case_pdf(
        reading,
        (Plate(opened.fitted, "Scan", "As it was shown when it was read."), _evidence(opened)),
        Sheet(
            case_id=case.id,
            name=_name(case),
            answer=verdict.answer(opened),
            how_sure=sentence(reading, opened.model.reader.thresholds),
            said=said,
            warnings=(*recorded, *case.warnings),
            read_at=case.created_at,
            made_at=time.time(),
        ),
    )


def _name(case: Case) -> str:
    return " · ".join(filter(None, (case.name, case.study, case.series)))


def _recorded(case: Case) -> str:
    return (
        f"Recorded on {moment(case.created_at)} by model {case.model_id}: {case.answer}. "
        "This report holds what the model in service makes of the same image."
    )


def _evidence(opened: OpenCase) -> Plate:
    """The usual map of the answer; of a refused scan, which has none, what the network saw."""
    reading = opened.reading
    if reading.label is None:
        return Plate(opened.seen, "What the network saw", "64 by 64 pixels.")
    maps, name = opened.maps[DEFAULT_METHOD], title(reading.label)
    values = maps.maps[reading.labels.index(reading.label)]
    over = picture.overlay(
        opened.fitted,
        values,
        scale=maps.scale,
        is_signed=maps.is_signed,
        opacity=_OPACITY,
        smooth=True,
    )
    drawn = evidence.plate(
        over, scale=maps.scale, unit=maps.unit, is_signed=maps.is_signed, opacity=_OPACITY
    )
    alt = words.describe(values, name, maps.unit, is_signed=maps.is_signed)
    return Plate(drawn, f"Evidence for {name}: {METHODS[DEFAULT_METHOD].title}", alt)


def _report(opened: OpenCase, shown: Shown) -> str:
    reading, fitted, choice = opened.reading, opened.fitted, shown.choice
    classes = partial(case_maps.classes, opacity=choice.opacity, smooth=choice.smooth)
    attention = partial(case_maps.attention, opacity=choice.opacity, smooth=choice.smooth)
    maps = opened.maps[choice.method]
    plates = (
        Plate(fitted, "Scan", "The scan as shown."),
        Plate(
            opened.seen,
            f"What the network saw ({reading.model_input.views[reading.view]})",
            "The network's input, 64 by 64 pixels.",
        ),
        Plate(
            _with_scale(opened, shown),
            f"Evidence: {shown.title}; full colour at {shown.scale:.3g} {shown.unit}",
            f"{shown.description} {shown.sum_line} {shown.residual_line}".rstrip(),
        ),
    )
    return case_report(
        reading,
        plates,
        galleries=(
            classes(fitted, maps, reading.labels),
            attention(fitted, reading.features.attention),
        ),
        case_id=opened.case.id,
        made_at=time.time(),
        name=_name(opened.case),
        warnings=opened.case.warnings,
    )
