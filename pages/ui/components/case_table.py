"""The cases as a table: picture, class, certainty, header; one row can be chosen."""

import base64

import streamlit as st

from arncnn.labels import title
from arncnn.store import Actor
from arncnn.store.case import Case
from arncnn.store.worklist import CaseFilter, CasePage
from pages.ui import frame, navigation, resources
from pages.ui.wording import HEADERS, VERDICTS, moment

_ROWS = 50  # on one page
_VERDICT_SIGNS = {"accept": "● ", "review": "▲ ", "refuse": "■ "}
_HEADER_SIGNS = {"agree": "✓ ", "disagree": "✗ ", "silent": "– ", "cannot_judge": "? "}


def load(actor: Actor, where: CaseFilter, *, key: str) -> CasePage:
    """The page of cases that is in view."""
    number = st.session_state.get(f"{key}_page", 1)
    cases = resources.store().cases
    page = cases.list(actor, where, offset=_ROWS * (number - 1), limit=_ROWS)
    return page if page.cases else cases.list(actor, where, limit=_ROWS)


def empty(where: CaseFilter) -> None:
    """Draws what to do when there is nothing to list."""
    if where == CaseFilter():
        frame.empty("No case yet. Cases appear here as scans are read", icon=":material/list_alt:")
        with st.container(horizontal_alignment="center"):
            st.page_link(navigation.UPLOAD.script, label="Read scans", icon=navigation.UPLOAD.icon)
    else:
        frame.empty("No case fits these filters", icon=":material/filter_alt_off:")


def show(actor: Actor, page: CasePage, *, key: str) -> str | None:
    """Draws the table and its pages; gives the id of the chosen case."""
    event = st.dataframe(
        [_row(actor, case) for case in page.cases],
        hide_index=True,
        row_height=52,
        on_select="rerun",
        selection_mode="single-row",
        key=key,
        alt=f"Worklist: {page.total} cases with class, verdict and header check",
        column_config={
            "Scan": st.column_config.ImageColumn(width=64),
            "Probability": st.column_config.ProgressColumn(
                format="percent", min_value=0.0, max_value=1.0, width=120
            ),
            "Entropy": st.column_config.NumberColumn(format="%.3f", help="nat; 0 is certain"),
        },
    )
    pages = -(-page.total // _ROWS)
    if pages > 1:
        st.pagination(pages, key=f"{key}_page")
    rows = event.selection.rows
    return page.cases[rows[0]].id if rows and rows[0] < len(page.cases) else None


def _row(actor: Actor, case: Case) -> dict[str, object]:
    return {
        "Scan": _thumbnail(actor, case),
        "Class": title(case.label) if case.label else "No class",
        "Probability": case.maximum_probability if case.label else None,
        "Verdict": _VERDICT_SIGNS[case.verdict] + VERDICTS[case.verdict],
        "Header": _HEADER_SIGNS[case.header_verdict] + HEADERS[case.header_verdict],
        "Modality": case.modality or "",
        "Body part": case.body_part or "",
        "Entropy": case.entropy,
        "Notes": _notes(case),
        "Read": moment(case.created_at),
        "Case": case.id[:6],
    }


def _notes(case: Case) -> str:
    notes = []
    if case.is_localizer:
        notes.append("localiser")
    if case.training_match:
        notes.append(
            {"exact": "in the training set", "near": "near-twin of a training image"}[
                case.training_match
            ]
        )
    if case.frames > 1:
        notes.append(f"frame {case.frame + 1} of {case.frames}")
    return ", ".join(notes)


def _thumbnail(actor: Actor, case: Case) -> str:
    return "data:image/png;base64," + base64.b64encode(resources.icon(actor, case)).decode()
