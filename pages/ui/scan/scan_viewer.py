"""The scan as a person looks at it, its other frames, and what the network saw of it."""

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from arncnn.cases.open_case import OpenCase
from arncnn.figures import picture
from arncnn.intake.scan import Scan, Window
from arncnn.labels import title
from arncnn.store import Actor
from arncnn.store.roles import may
from pages.ui import caches, sign_in, state
from pages.ui.shared import failures, viewer
from pages.ui.wording import percent

if TYPE_CHECKING:
    from arncnn.inference.reading import Reading

_OWN = "Custom window"
_WITH_WINDOWS = ("dicom", "nifti")
_EDGE = 192  # px: three times the network's own 64


def show_scan(actor: Actor, opened: OpenCase, *, key: str, frame_key: str) -> None:
    """Draws the scan in the viewer, with what its header warns of.

    Args:
        actor: who looks at it.
        opened: the case.
        key: of the picture.
        frame_key: of the picker of a file with several frames.
    """
    sign_in.acting()  # it is drawn in a fragment: a press here is activity
    reading, scan = opened.reading, opened.scan
    viewer.show(
        opened.case,
        lambda: _show_plain(actor, opened, key=key, frame_key=frame_key),
        alt=f"The scan, read as {_answer(reading)}.",
        key=key,
        item=opened.item,
        on_frame=partial(_read_frame, opened) if may(actor, "case.add") else None,
        on_slice=_open_slice,
    )
    if any(reason.code == "colour" for reason in reading.unsuitable):
        st.caption("Shown in grey, which is all that the network sees.")
    if scan is None and reading.kind in _WITH_WINDOWS:
        st.caption(
            "Only the image as it was shown is kept. Upload the file again to use its "
            "display windows."
        )
    for warning in opened.case.warnings:
        st.caption(f":material/warning: {warning}")


def _answer(reading: "Reading") -> str:
    return title(reading.label) if reading.label else "an image without a class"


def _show_plain(actor: Actor, opened: OpenCase, *, key: str, frame_key: str) -> None:
    """What stands where the viewer cannot: the picture, its display windows, its frames."""
    slot = st.empty()
    if opened.scan is None:
        shown, said = opened.display, "as it was shown when it was read"
    else:
        window = _window(opened.scan, key=f"{key}_{opened.case.id}")
        shown, said = picture.display(opened.scan, window), f"window {window.name}"
    alt = f"The scan, read as {_answer(opened.reading)}, {said}."
    slot.image(picture.png(picture.fit(shown)), width="stretch", output_format="PNG", alt=alt)
    _show_frames(actor, opened, key=frame_key)


def _window(scan: Scan, *, key: str) -> Window:
    offered = {window.name: window for window in picture.windows(scan)}
    if not scan.is_hounsfield and len(offered) == 1:
        return next(iter(offered.values()))
    name = st.selectbox(
        "Display window", [*offered, _OWN], key=f"{key}_window", format_func=_capitalised
    )
    if name != _OWN:
        return offered[name]
    low, high = float(scan.pixels.min()), float(scan.pixels.max())
    if low == high:
        st.caption("Every pixel has the same value, so there is no range to choose.")
        return next(iter(offered.values()))
    unit = "HU" if scan.is_hounsfield else "stored values"
    start, end = st.slider(
        f"From black to white, in {unit}", low, high, (low, high), key=f"{key}_range"
    )
    return Window(_OWN, (start + end) / 2, max(end - start, 1e-6))


def _capitalised(name: str) -> str:
    return name[:1].upper() + name[1:]


def _show_frames(actor: Actor, opened: OpenCase, *, key: str) -> None:
    """Draws the picker of a file with several frames: each that is read is a case of its own."""
    case = opened.case
    if case.frames < 2:
        return
    place = f"Frame {case.frame + 1} of {case.frames}."
    if not may(actor, "case.add"):
        st.caption(place)
        return
    if opened.item is None or opened.item.is_gone:
        st.caption(f"{place} Upload the file again to read another one.")
        return
    with st.form(f"{key}_{case.id}", border=False):
        label = f"Frame or slice, of {case.frames} (the middle one is read first)"
        wanted = st.slider(label, 1, case.frames, case.frame + 1)
        is_asked = st.form_submit_button("Read this frame", icon=":material/filter_frames:")
    if is_asked and wanted != case.frame + 1:
        _read_frame(opened, wanted - 1)


def _open_slice(case_id: str) -> None:
    state.show_case(case_id)
    st.rerun()


def _read_frame(opened: OpenCase, frame: int) -> None:
    """Reads a frame, from 0, of the file that lies open, and puts it in view."""
    actor = sign_in.acting()
    if opened.item is None:
        return
    with failures.shown():
        with st.spinner("Reading the frame…"):
            state.show_case(caches.cases().read(actor, opened.item, frame=frame).case.id)
        st.rerun()


def show_network_input(reading: "Reading") -> None:
    """Draws each view with its likeliest class; the one that the answer came from is marked."""
    seen = reading.model_input
    is_choice = len(seen.views) > 1
    st.subheader("What the network saw", anchor=False)
    with st.grid(4, min_column_width=110, gap="small"):
        for place, (name, image) in enumerate(zip(seen.views, seen.images, strict=True)):
            probabilities = reading.per_view_probabilities[place]
            answer = title(reading.labels[int(probabilities.argmax())])
            said = f"{answer}, {percent(float(probabilities.max()))}"
            # A no-break space keeps the tick beside the name; an icon would break off all the same.
            mark = "\u00a0✓" if place == reading.view and is_choice else ""
            grey = picture.enlarge(picture.as_grey(image[..., 0]), (_EDGE, _EDGE), smooth=False)
            alt = f"Network input, {name}: 64 by 64 pixels, read as {said}"
            with st.container(gap="xsmall"):
                st.image(picture.png(grey), width="stretch", output_format="PNG", alt=alt)
                st.caption(f"**{name}**{mark}  \n{said}")
    windows = (
        " A CT is shown to the network through several windows; the check mark shows the "
        "one that decided."
    )
    st.caption(
        "64 × 64 pixels whatever the scan's shape, "
        "brightness stretched between the 1st and 99th percentile."
        f"{windows if is_choice else ''}"
    )
