"""The whole scan as a strip under its slice: what each slice shows, and from where to where."""

from html import escape

import streamlit as st

from arncnn.cases.open_case import OpenCase
from arncnn.figures.style import OKABE_ITO
from arncnn.formatting import counted
from arncnn.inference.series import SLICES, SeriesAnswer, evenly
from arncnn.labels import title
from arncnn.store import Actor
from arncnn.store.roles import may
from pages.ui import caches, sign_in
from pages.ui.shared import failures

_MOST_CELLS = 64  # more would be thinner than a finger on a phone can tell apart
_NOTE = (
    "Each cell is a slice, first to last; outlined: the slice above; hatched: refused; "
    "hollow: read as a class other than that of the slices around it. The less a slice "
    "looks like what the model knows, the less its vote counts, and a single odd slice "
    "makes no range of its own."
)


def show(actor: Actor, opened: OpenCase, *, key: str) -> None:
    """Draws what the whole scan shows; nothing for a picture that stands alone."""
    if opened.case.frames > 1:
        st.fragment(_show_frames)(actor, opened, key=key)
    elif opened.case.series_key is not None:
        found, place = caches.cases().slices(actor, opened)
        if found is not None:
            _draw(found, place)


def _show_frames(actor: Actor, opened: OpenCase, *, key: str) -> None:
    found = caches.cases().known_frames(opened)
    if found is not None:
        _draw(found, opened.case.frame + 1)
    if opened.item is None or opened.item.is_gone or not may(actor, "case.add"):
        return  # the picker of frames says what to do
    frames, read = opened.case.frames, 0 if found is None else len(found.slices)
    key = f"{key}_{opened.case.id}"
    for most in sorted({min(SLICES, frames), frames}):
        is_more = most > SLICES  # than are read where nobody asks for all
        some = f"Read {counted(most, 'slice')} of the scan for one answer"
        said = f"Read all {most} slices" if is_more else some
        if most > read and st.button(said, icon=":material/view_week:", key=f"{key}_{most}"):
            _read(opened, most, key=key)


def _read(opened: OpenCase, most: int, *, key: str) -> None:
    """Reads slices and says how far it is; any press ends it, and Cancel does nothing else."""
    slot = st.empty()
    st.button("Cancel", icon=":material/close:", key=f"{key}_cancel")
    with failures.shown():
        caches.cases().frames(
            sign_in.acting(),
            opened,
            lambda read, of: slot.progress(read / of, text=f"Read {read} of {of} slices"),
            most=most,
        )
        st.rerun(scope="fragment")


def _draw(found: SeriesAnswer, place: int) -> None:
    st.markdown("**The whole scan**")
    st.html(f"<p>{escape(found.sentence)}</p>{strip_html(found, place)}")


def strip_html(found: SeriesAnswer, place: int) -> str:
    """The strip.

    Args:
        found: of the whole scan.
        place: number of the slice that is shown above, from 1.
    """
    read = list(found.slices.items())
    shown = [read[each] for each in evenly(len(read), _MOST_CELLS)]
    now = min(shown, key=lambda cell: abs(cell[0] - place))[0] if place else 0
    columns = f"grid-template-columns:repeat({len(shown)},minmax(0,1fr))"
    cells = "".join(_cell(found, number, label, is_now=number == now) for number, label in shown)
    ranges = "".join(
        _range(found, each.label, each.first, each.last, [number for number, _ in shown])
        for each in found.ranges
    )
    return (
        f'<div class="arn-strip" role="img" aria-label="{escape(found.sentence)}">'
        f'<div class="cells" style="{columns}">{cells}</div>'
        f'<div class="ranges" style="{columns}">{ranges}</div></div>'
        f'<p class="arn-note">{_NOTE}</p>'
    )


def _cell(found: SeriesAnswer, number: int, label: str | None, *, is_now: bool) -> str:
    kind = f"{'none' if label is None else ''}{' now' if is_now else ''}".strip()
    colour = ""
    if label is not None:
        is_in_range = any(
            each.label == label and each.first <= number <= each.last for each in found.ranges
        )
        filled, hollow = "background:{}", "box-shadow:inset 0 0 0 2px {}"
        colour = (filled if is_in_range else hollow).format(_colour(found, label))
    said = f"Slice {number}: {'refused' if label is None else title(label)}"
    return f'<span class="{kind}" style="{colour}" title="{escape(said)}"></span>'


def _range(found: SeriesAnswer, label: str, first: int, last: int, shown: list[int]) -> str:
    start = sum(number < first for number in shown) + 1
    end = max(start, sum(number <= last for number in shown)) + 1
    where = f"{first}–{last}" if last > first else f"{first}"
    return (
        f'<span style="grid-column:{start}/{end};border-color:{_colour(found, label)}">'
        f"<b>{escape(title(label))}</b> {where}</span>"
    )


def _colour(found: SeriesAnswer, label: str) -> str:
    return OKABE_ITO[found.labels.index(label) % len(OKABE_ITO)]
