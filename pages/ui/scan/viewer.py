"""The scan in a viewer: full values, window and level, slices, zoom, marks, and a map over it.

The page's own picture is drawn first. It stands where the browser has no WebGL, and makes room,
still there for a screen reader, as soon as the viewer is ready.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any

import numpy as np
import streamlit as st

from arncnn.cases.open_case import OpenCase
from arncnn.figures import picture, viewer_pixels
from arncnn.figures.viewer_pixels import ViewerPixels
from arncnn.store import Actor
from pages.ui import caches, pixels, sign_in, workarounds

HEIGHT = 460  # px of the picture, where the screen is high enough
_COLOURS = 256  # of a map
_IS_READY = '.st-key-{key}:has([data-arn-viewer="ready"]) .st-key-{key}_plain'
# Of what was drawn first only the picture's words are left, and nothing that takes a press.
_HIDING = (
    f"<style>{_IS_READY} {{{{ position: absolute; width: 1px; height: 1px; overflow: hidden; "
    f"clip-path: inset(50%); }}}} {_IS_READY} :is(.stSelectbox, .stSlider, .stForm) "
    "{{ display: none; }}</style>"
)


@dataclass(frozen=True, eq=False)
class MapOver:
    """A map to be laid over the scan.

    Attributes:
        values: float32, (rows, columns), in the map's unit.
        scale: the magnitude that gets the full colour.
        is_signed: whether values below 0 speak against a class.
        smooth: False shows the map's own grid.
        ends: the words at the ends of the colour bar, and in its middle where it is signed.
    """

    values: np.ndarray
    scale: float
    is_signed: bool
    smooth: bool
    ends: tuple[str, ...]


def show(
    opened: OpenCase,
    plain: Callable[[], object],
    *,
    alt: str,
    key: str,
    height: int = HEIGHT,
    over: MapOver | None = None,
    on_read: Callable[[int], object] | None = None,
) -> None:
    """Draws the scan of a case.

    Args:
        opened: the case; all viewers of one case move in step.
        plain: draws what stands without WebGL: the picture, and what belongs to it.
        alt: the scan in words.
        key: of the place on the page.
        height: px of the picture.
        over: a map to be laid over it.
        on_read: reads another frame of the file, from 0; None offers no reading.
    """
    case = opened.case
    count = case.frames if opened.item is not None and not opened.item.is_gone else 1
    stack = pixels.offer(f"{case.id}/{count}", count, _loading(case.id, count))
    data: dict[str, Any] = {
        "stack": stack,
        "key": _shared_key(opened, count),
        "count": count,
        "index": case.frame if count > 1 else 0,
        "at": case.id,
        "noun": "Frame",
        "label": alt,
        "height": height,
    }
    if over is not None:
        data["map"] = _map(over, opened.display.shape)
    if on_read is not None and count > 1:
        data["readLabel"] = "Read frame #"
    name = f"arn_{key}_viewer"
    with st.container(key=name, gap="xsmall"):
        st.html(_HIDING.format(key=name))
        with st.container(key=f"{name}_plain"):
            plain()
        told = workarounds.mount(
            pixels.COMPONENT,
            pixels.SCRIPT,
            f"{pixels.version()}/{pixels.SCRIPT.name}",
            key=f"{name}_{case.id}",
            data=data,
            on_read_change=_nothing,
        )
    asked = told.get("read")
    if on_read is not None and isinstance(asked, int) and 0 <= asked < count:
        on_read(asked)


def _loading(case_id: str, count: int) -> Callable[[int], ViewerPixels]:
    """Gives a slice to who may see the case when it is fetched."""
    made = sign_in.on_demand(
        lambda actor: partial(_slice, actor, case_id, count), action="case.read"
    )
    return lambda index: made()(index)


def _slice(actor: Actor, case_id: str, count: int, index: int) -> ViewerPixels:
    opened = caches.cases().open(actor, case_id)
    if count > 1 and index != opened.case.frame and opened.item is not None:
        return viewer_pixels.of_scan(opened.item.open(frame=index))
    if opened.scan is None:
        return viewer_pixels.of_picture(opened.display)
    return viewer_pixels.of_scan(opened.scan)


def _shared_key(opened: OpenCase, count: int) -> str:
    """What the viewers of one file share, the frames of one file included."""
    named = opened.case.scan_sha256 if count > 1 else opened.case.id
    return sha256(named.encode()).hexdigest()[:16]


def _map(over: MapOver, shape: tuple[int, ...]) -> dict[str, Any]:
    values = np.ascontiguousarray(over.values, "<f4")
    start = -1.0 if over.is_signed else 0.0
    strengths = np.linspace(start, 1, _COLOURS, dtype=np.float32)
    return {
        "values": base64.b64encode(values.tobytes()).decode("ascii"),
        "rows": values.shape[0],
        "columns": values.shape[1],
        "height": shape[0],
        "width": shape[1],
        "scale": float(over.scale),
        "isSigned": over.is_signed,
        "smooth": over.smooth,
        "colours": picture.palette(strengths, is_signed=over.is_signed).reshape(-1).tolist(),
        "ends": list(over.ends),
    }


def _nothing() -> None:
    """Stands for what is called when the viewer tells something: the run itself looks at it."""
