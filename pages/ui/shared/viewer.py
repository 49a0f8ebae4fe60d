"""The scan in a viewer: full values, window and level, slices, zoom, marks, and a map over it.

The page's own picture is drawn first. It stands where the browser has no WebGL, and makes room,
still there for a screen reader, as soon as the viewer is ready.
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any

import numpy as np
import streamlit as st

from arncnn.cases import viewed_scan
from arncnn.figures import picture, viewer_pixels
from arncnn.figures.viewer_pixels import ViewerPixels
from arncnn.intake import Item
from arncnn.store import Actor
from arncnn.store.case import Case
from pages.ui import caches, pixels, sign_in

HEIGHT = 460  # px of the picture, where the screen is high enough
_COLOURS = 256  # of a map
_FRAME, _SLICE = "Frame", "Slice"
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
        shape: of the picture that it lies over, (height, width).
        scale: the magnitude that gets the full colour.
        is_signed: whether values below 0 speak against a class.
        smooth: False shows the map's own grid.
        ends: the words at the ends of the colour bar, and in its middle where it is signed.
    """

    values: np.ndarray
    shape: tuple[int, ...]
    scale: float
    is_signed: bool
    smooth: bool
    ends: tuple[str, ...]


def show(
    case: Case,
    plain: Callable[[], object],
    *,
    alt: str,
    key: str,
    item: Item | None = None,
    height: int = HEIGHT,
    is_one_of_many: bool = False,
    over: MapOver | None = None,
    on_frame: Callable[[int], object] | None = None,
    on_slice: Callable[[str], object] | None = None,
) -> None:
    """Draws the scan of a case.

    Args:
        case: whose scan; all viewers of one file or series move in step.
        plain: draws what stands without WebGL: the picture, and what belongs to it.
        alt: the scan in words.
        key: of the place on the page.
        item: opens its file for another frame, while that is at hand.
        height: px of the picture.
        is_one_of_many: whether it waits with its pixels until it is scrolled into view.
        over: a map to be laid over it.
        on_frame: reads another frame of the file, from 0; None offers no reading.
        on_slice: opens the reading of another slice; None offers none.
    """
    around = caches.store().series.around(sign_in.watching(), case)
    stack = _stack(case, item, [each.id for each in around if _is_slice(each)])
    data: dict[str, Any] = {
        "stack": pixels.offer(stack.name, len(stack.of), _loading(stack)),
        "key": sha256(stack.name.encode()).hexdigest()[:16],
        "count": len(stack.of),
        "index": stack.index,
        "at": case.id,
        "noun": stack.noun,
        "label": alt,
        "height": height,
        "isOneOfMany": is_one_of_many,
    }
    if over is not None:
        data["map"] = _map(over)
    if stack.noun == _FRAME and on_frame is not None:
        data["readLabel"] = "Read frame #"
    if stack.noun == _SLICE and on_slice is not None:
        data["readLabel"] = "Open the reading of slice #"
    name = f"arn_{key}_viewer"
    with st.container(key=name, gap="xsmall"):
        st.html(_HIDING.format(key=name))
        below = st.container(key=f"{name}_plain")
        if is_one_of_many:
            with below:
                plain()
        # Alone, the viewer is first: it is on its way while the picture below it is drawn.
        told = pixels.mount(f"{name}_{case.id}", data, on_read_change=_nothing)
        if not is_one_of_many:
            with below:
                plain()
    asked = told.get("read")
    if "readLabel" not in data or not isinstance(asked, int) or not 0 <= asked < len(stack.of):
        return
    if stack.noun == _FRAME and on_frame is not None:
        on_frame(asked)
    elif on_slice is not None:
        on_slice(stack.of[asked][0])


@dataclass(frozen=True)
class _Stack:
    """What is scrolled through.

    Attributes:
        name: the same for the same pixels.
        noun: what one of it is called.
        of: the case of each slice, and its frame where it is not the one that was read.
        index: of the case in view.
    """

    name: str
    noun: str
    of: tuple[tuple[str, int | None], ...]
    index: int


def _is_slice(case: Case) -> bool:
    """Whether a case stands in its series' stack; a file of several frames is one by itself."""
    return case.frames == 1 and not case.is_localizer


def _stack(case: Case, item: Item | None, slices: Sequence[str]) -> _Stack:
    if case.frames > 1 and item is not None and not item.is_gone:
        frames = tuple((case.id, frame) for frame in range(case.frames))
        return _Stack(f"frames of {case.scan_sha256}", _FRAME, frames, case.frame)
    if case.id in slices:
        of = tuple((case_id, None) for case_id in slices)
        return _Stack(f"slices {' '.join(slices)}", _SLICE, of, slices.index(case.id))
    return _Stack(f"case {case.id}", _SLICE, ((case.id, None),), 0)


def _loading(stack: _Stack) -> Callable[[int], ViewerPixels]:
    """Gives a slice to who may see its case when it is fetched."""
    made = sign_in.on_demand(lambda actor: partial(_slice, actor, stack), action="case.read")
    return lambda index: made()(index)


def _slice(actor: Actor, stack: _Stack, index: int) -> ViewerPixels:
    case_id, frame = stack.of[index]
    return viewer_pixels.of_scan(viewed_scan.of_case(caches.cases(), actor, case_id, frame=frame))


def _map(over: MapOver) -> dict[str, Any]:
    values = np.ascontiguousarray(over.values, "<f4")
    start = -1.0 if over.is_signed else 0.0
    strengths = np.linspace(start, 1, _COLOURS, dtype=np.float32)
    return {
        "values": base64.b64encode(values.tobytes()).decode("ascii"),
        "rows": values.shape[0],
        "columns": values.shape[1],
        "height": over.shape[0],
        "width": over.shape[1],
        "scale": float(over.scale),
        "isSigned": over.is_signed,
        "smooth": over.smooth,
        "colours": picture.palette(strengths, is_signed=over.is_signed).reshape(-1).tolist(),
        "ends": list(over.ends),
    }


def _nothing() -> None:
    """Stands for what is called when the viewer tells something: the run itself looks at it."""
