"""The worklist as a table, a series in one line; and how often header and pixels disagree."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import streamlit as st

from arncnn.errors import ArncnnError
from arncnn.formatting import counted
from arncnn.labels import answer, title
from arncnn.store import Actor
from arncnn.store.case import Case
from arncnn.store.case_filter import CaseFilter
from arncnn.store.correction import Correction
from arncnn.store.series import Line, LinePage
from arncnn.store.worklist import Total
from pages.ui import caches, frame, navigation, state
from pages.ui.scan import case_sources
from pages.ui.shared import case_names, correction_note, page_numbers, tables
from pages.ui.wording import HEADERS, VERDICTS, moment, number, percent

if TYPE_CHECKING:
    from arncnn.uploads.upload import Upload

_ROWS = 50  # on one page
_PAGE_KEY = "cases_page"
_FILE, _NOTES = 190, 170  # px
# A table that gets the focus chooses its first cell by itself, and arrow keys choose the next;
# if that opened a row, nobody could pass the table with Tab. These columns open nothing.
_LINE, _SLICE = "No.", "Slice"
_COLUMNS = {
    _LINE: st.column_config.NumberColumn(
        width=44, help="Keys: up and down to a row, right opens it, Shift and Space tick it."
    ),
    "Scan": st.column_config.ImageColumn(width=64),
    "Name": st.column_config.TextColumn(
        width=_FILE, help="Press a row to open it; tick its box to select it."
    ),
    "Notes": st.column_config.TextColumn(width=_NOTES),
    "Probability": st.column_config.TextColumn(alignment="right"),
    "Entropy, nat": st.column_config.TextColumn(alignment="right", help="0 is certain"),
    "Study": st.column_config.LinkColumn(display_text="open", help="The study in the viewer"),
}
_REVIEW_FIRST = ("review", "refuse", "accept")
_VERDICT_SIGNS = {"accept": "● ", "review": "▲ ", "refuse": "■ "}
_HEADER_SIGNS = {"agree": "✓ ", "disagree": "✗ ", "silent": "– ", "cannot_judge": "? "}
_MATCHES = {"exact": "in the training set", "near": "near-duplicate of a training image"}


def load(actor: Actor, where: CaseFilter, order: str) -> LinePage:
    """The page of lines that is in view."""
    series = caches.store().series
    return page_numbers.load(
        lambda offset: series.list(actor, where, order=order, offset=offset, limit=_ROWS),
        lambda page: page.total,
        rows=_ROWS,
        key=_PAGE_KEY,
    )


def show_empty(where: CaseFilter) -> None:
    """Draws what to do when there is nothing to list."""
    if where == CaseFilter():
        frame.empty(
            "No case yet",
            "Every scan that is read is kept here with its verdict, including each file of a ZIP.",
            icon=":material/list_alt:",
            to=navigation.UPLOAD,
            label="Read scans",
        )
    else:
        frame.empty(
            "No case matches these filters",
            "Try other words or fewer filters.",
            icon=":material/filter_alt_off:",
        )


@dataclass(frozen=True)
class Chosen:
    """What was chosen in a table.

    Attributes:
        ticked: the places of the ticked rows, from 0.
        pressed: the place of the row that was pressed to be opened, or None.
    """

    ticked: tuple[int, ...]
    pressed: int | None


def show_counts(actor: Actor, where: CaseFilter) -> None:
    """Draws how many of the cases have each verdict, whichever verdict the filter asks for."""
    counts = caches.store().cases.by_verdict(actor, replace(where, verdict=None))
    items = "".join(
        f'<li class="{verdict}"><b>{counts.get(verdict, 0):,}</b> '
        f"{_VERDICT_SIGNS[verdict]}{VERDICTS[verdict].lower()}</li>"
        for verdict in _REVIEW_FIRST
    )
    st.html(f'<ul class="arn-counts" aria-label="Cases by verdict">{items}</ul>')


def show_read_before(actor: Actor, upload: "Upload | None") -> None:
    """Draws how many files of an upload had been read before, where there are any."""
    if upload is None or upload.is_single or not upload.case_ids:
        return
    before = CaseFilter(ids=upload.case_ids, until=upload.given_at)
    if known := caches.store().cases.list(actor, before, limit=1).total:
        st.caption(
            f"{counted(known, 'file')} of this upload had been read before: the list shows "
            "the earlier reading, with its date."
        )


def show(actor: Actor, page: LinePage) -> Chosen:
    """Draws the table and its pages; gives what was chosen among the lines."""
    said = correction_note.by_case(actor, [line.case for line in page.lines])
    given, came = state.file_names(), case_sources.of(actor, [line.case for line in page.lines])
    before = _ROWS * (state.page_number(_PAGE_KEY) - 1)
    first = before + 1 if before < page.total else 1
    chosen = _choose(
        [
            {_LINE: place, **_line(actor, line, said.get(line.case.id, ()), given)}
            | case_sources.row(came, line.case)
            for place, line in enumerate(page.lines, first)
        ],
        [line.key for line in page.lines],
        key="cases",
        alt=f"Worklist: {page.total} cases and series with class, verdict and header check",
        modes=("multi-row", "single-cell"),
    )
    page_numbers.show(page.total, rows=_ROWS, key=_PAGE_KEY)
    return chosen


def show_slices(actor: Actor, line: Line, where: CaseFilter) -> tuple[Case | None, bool]:
    """Opens a series: what is said of it, its slices; gives the one chosen and if it is pressed."""
    cases = caches.store().series.cases(actor, line, where)
    said, given = correction_note.by_case(actor, cases), state.file_names()
    st.subheader(f"Series: {_count(line)}", anchor=False)
    opened = ""
    if line.case in cases:
        opened = (
            " Its class and its verdict are those that occur most often among its slices "
            "(the more careful verdict at a tie), and one disagreeing header counts for "
            "all. Localizers are not counted. Opened above is slice "
            f"{cases.index(line.case) + 1}, one of that class, unless you tick another."
        )
    st.caption(f"Each slice is read alone, so a series has no probability of its own.{opened}")
    chosen = _choose(
        [
            {_SLICE: place, **_case(actor, case, said.get(case.id, ()), given)}
            for place, case in enumerate(cases, 1)
        ],
        [case.id for case in cases],
        key=f"slices_{line.key}",
        alt=f"The {len(cases)} slices of one series",
        modes=("single-row", "single-cell"),
    )
    if chosen.pressed is not None:
        return cases[chosen.pressed], True
    return (cases[chosen.ticked[0]] if chosen.ticked else None), False


def show_totals(actor: Actor, where: CaseFilter) -> None:
    """Draws how often header and pixels disagree, by scanner and by stated body part."""
    cases = caches.store().cases
    _show_totals("Scanner", cases.by_scanner(actor, where), key="totals_scanner")
    _show_totals("Stated body part", cases.by_body_part(actor, where), key="totals_part")


def _show_totals(name: str, totals: Sequence[Total], *, key: str) -> None:
    st.subheader(f"By {name.lower()}", anchor=False)
    rows: list[dict[str, str | int]] = [
        {
            name: " ".join(filter(None, total.group)) or "not stated",
            "Cases": total.cases,
            f"Header {HEADERS['agree'].lower()}": total.agree,
            f"Header {HEADERS['disagree'].lower()}": total.disagree,
            VERDICTS["review"]: total.review,
            VERDICTS["refuse"]: total.refuse,
        }
        for total in totals
    ]
    alt = f"Number of cases and header checks by {name.lower()}"
    tables.show_figures(rows, alt, key=key)


def _choose(
    rows: list[dict[str, object]],
    ids: Sequence[str],
    *,
    key: str,
    alt: str,
    modes: Sequence[Literal["multi-row", "single-row", "single-cell"]],
) -> Chosen:
    """Draws the table and gives what was chosen in it: a box ticks a row, a cell opens it.

    A tick belongs to what stands in the row, not to its place: when somebody else's scan comes
    in above, or the list is filtered or ordered anew, it moves with it or goes.
    """
    ticked = state.all_ticked(key)
    if not any(row["Notes"] for row in rows):
        rows = [{name: value for name, value in row.items() if name != "Notes"} for row in rows]
    places = [ids.index(each) for each in ticked if each in ids]
    event = st.dataframe(
        rows,
        hide_index=True,
        row_height=52,
        on_select="rerun",
        selection_mode=modes,
        selection_default={"selection": {"rows": places}},
        key=f"{key}_{hash(tuple(ids))}",
        alt=alt,
        column_config=_COLUMNS,
    )
    rows_ticked = tuple(event.selection.rows)
    state.set_all_ticked(key, tuple(ids[place] for place in rows_ticked))
    cells = event.selection.get("cells") or ()
    pressed = [int(row) for row, column in cells if column not in (_LINE, _SLICE)]
    return Chosen(rows_ticked, pressed[0] if pressed else None)


def _line(
    actor: Actor, line: Line, said: Sequence[Correction], given: Mapping[str, str]
) -> dict[str, object]:
    row = _case(actor, line.case, said, given)
    if not line.is_series:
        return row
    is_unclear = line.verdict == "review" and line.case.is_unclear
    needed = f"{line.to_review} to review" if line.to_review and line.verdict != "review" else ""
    notes = (needed, f"series: {_size(line)}", _match(line.case))
    return row | {
        **_answer(line, notes, is_unclear=is_unclear),
        "Probability": "",
        "Entropy, nat": "",
    }


def _count(line: Line) -> str:
    what = title(line.label) if line.label else "no class"
    return f"{what} in {_size(line)}" if line.slices else _size(line)


def _size(line: Line) -> str:
    localizers = counted(line.localizers, "localiser")
    if not line.slices:
        return f"{localizers} only"
    said = f"{line.agreeing} of {counted(line.slices, 'slice')}"
    return f"{said}, {localizers} left out" if line.localizers else said


def _case(
    actor: Actor, case: Case, said: Sequence[Correction], given: Mapping[str, str]
) -> dict[str, object]:
    localizer = "localiser" if case.is_localizer else ""
    frame_of = f"frame {case.frame + 1} of {case.frames}" if case.frames > 1 else ""
    notes = (localizer, correction_note.summary(said), _match(case), frame_of)
    return {
        "Scan": _thumbnail(actor, case),
        "Name": case_names.name(case, given),
        **_answer(case, notes, is_unclear=case.is_unclear),
        "Probability": _written(percent, case.maximum_probability if case.label else None),
        "Study": case.study.removeprefix("Study "),
        "Series": case.series.removeprefix("Series "),
        "Modality": case.modality or "",
        "Body part": case.body_part or "",
        "Entropy, nat": _written(number, case.entropy if case.label else None),
        "Read": moment(case.created_at),
        "Case": case.id[:6],
    }


def _written(form: Callable[[float], str], value: float | None) -> str:
    return "" if value is None else form(value)


def _answer(found: Case | Line, notes: Sequence[str], *, is_unclear: bool) -> dict[str, object]:
    """Notes stand beside the verdict: some say that an accepted series has slices to review."""
    return {
        "Class": answer(found.label, is_unclear=is_unclear) if found.label else "No class",
        "Verdict": _VERDICT_SIGNS[found.verdict] + VERDICTS[found.verdict],
        "Notes": ", ".join(filter(None, notes)),
        "Header": _HEADER_SIGNS[found.header_verdict] + HEADERS[found.header_verdict],
    }


def _match(case: Case) -> str:
    return _MATCHES[case.training_match] if case.training_match else ""


def _thumbnail(actor: Actor, case: Case) -> str:
    try:
        icon = caches.icon(actor, case)
    except ArncnnError:  # lost or altered; its line stays, and its page says why
        return ""
    return "data:image/png;base64," + base64.b64encode(icon).decode()
