"""The scan as a person looks at it: display windows for what has them, frames for cine files."""

import streamlit as st

from arncnn.cases.open_case import OpenCase
from arncnn.figures import picture
from arncnn.intake.scan import Scan, Window
from arncnn.labels import title
from pages.ui import sign_in

_OWN = "Own window"
_WITH_WINDOWS = ("dicom", "nifti")


def show(opened: OpenCase, *, key: str) -> None:
    """Draws the picture and, while the file is open, its windows."""
    sign_in.acting()  # it is drawn in a fragment: a press here is activity
    reading, scan = opened.reading, opened.scan
    slot = st.empty()
    if scan is None:
        shown, said = opened.display, "as it was shown when it was read"
    else:
        window = _window(scan, key=f"{key}_{opened.case.id}")
        shown, said = picture.display(scan, window), f"window {window.name}"
    what = title(reading.label) if reading.label else "a picture without a class"
    slot.image(
        picture.png(picture.fit(shown)),
        width="stretch",
        alt=f"The scan, read as {what}, {said}.",
    )
    if any(reason.code == "colour" for reason in reading.unsuitable):
        st.caption("Shown in grey, which is all that the network sees.")
    if scan is None and reading.kind in _WITH_WINDOWS:
        st.caption(
            "Only the picture as it was shown is kept. Upload the file again to look through its "
            "display windows."
        )
    for warning in opened.case.warnings:
        st.caption(f":material/warning: {warning}")


def _window(scan: Scan, *, key: str) -> Window:
    offered = {window.name: window for window in picture.windows(scan)}
    if not scan.is_hounsfield and len(offered) == 1:
        return next(iter(offered.values()))
    name = st.selectbox(
        "Display window",
        [*offered, _OWN],
        key=f"{key}_window",
        format_func=_as_shown,
    )
    if name != _OWN:
        return offered[name]
    low, high = float(scan.pixels.min()), float(scan.pixels.max())
    if low == high:
        st.caption("Every pixel has the same value, so there is no range to choose.")
        return next(iter(offered.values()))
    unit = "HU" if scan.is_hounsfield else "stored values"
    start, end = st.slider(
        f"From black to white, in {unit}",
        low,
        high,
        (low, high),
        key=f"{key}_range",
    )
    return Window(_OWN, (start + end) / 2, max(end - start, 1e-6))


def _as_shown(name: str) -> str:
    return name[:1].upper() + name[1:]
