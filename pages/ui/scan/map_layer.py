"""A map laid over the scan by the browser, with its colour scale; opacity waits for nobody.

Only the map travels. The scan lies behind every map as a background, sent once a case. How
strongly the maps show follows from the slider's own state by a style rule, so it turns while
the slider is turned, without the server. Whatever is handed on is composed by
``arncnn.figures.picture`` instead.
"""

import streamlit as st

from arncnn.cases.open_case import OpenCase
from arncnn.figures import picture

OPACITIES = range(0, 101, 5)  # percent
OPACITY_FORMAT = "%d%%"
_RULE = (
    '.stMain:has(.st-key-{key} input[type="range"][aria-valuetext="{said}"])'
    " {{ --arn-opacity: {opacity:.2f}; }}"
)
_AS_LAID = ";opacity:var(--arn-opacity,.7)"  # as strong as the slider lays the map over the scan


def prepare(opened: OpenCase, *, opacity_key: str) -> None:
    """Puts the scan behind every map that follows, and ties them to the slider.

    Args:
        opened: the case.
        opacity_key: of the slider, which offers ``OPACITIES`` in ``OPACITY_FORMAT``.
    """
    rules = "".join(
        _RULE.format(key=opacity_key, said=OPACITY_FORMAT % percent, opacity=percent / 100)
        for percent in OPACITIES
    )
    height, width = opened.fitted.shape
    scan = (
        f".stMain {{ --arn-scan: url({picture.data_uri(opened.png)}); "
        f"--arn-aspect: {width / height:.4f}; }}"
    )
    st.html(f"<style>{scan}{rules}</style>")


def show(uri: str, *, alt: str, key: str) -> None:
    """Draws a map over the scan.

    Args:
        uri: of the map, from ``OpenCase.layer``.
        alt: the map in words.
        key: of the place on the page.
    """
    with st.container(key=f"arn_layer_{key}"):
        st.image(uri, width="stretch", alt=alt)


def show_scale(
    *,
    scale: float,
    unit: str,
    is_signed: bool,
    is_evidence: bool = True,
    is_over_scan: bool = True,
    is_open: bool = True,
) -> None:
    """Draws the colour scale of a map with the values at its ends.

    Args:
        scale: the magnitude at the coloured end.
        unit: of the map.
        is_signed: whether the scale runs through zero.
        is_evidence: whether the two signs mean for and against a class.
        is_over_scan: whether the map lies over the scan, which is black where nothing is, with
            the slider's opacity; else it is drawn alone, a signed one on white.
        is_open: whether stronger places share the end's colour.
    """
    colours = picture.scale_colours(is_signed=is_signed, is_opaque=not (is_over_scan or is_signed))
    below, opacity = ("#000", _AS_LAID) if is_over_scan else ("#fff", "")
    against, for_ = (", against", ", for") if is_evidence else ("", "")
    end = f"{scale:.3g} {unit}" + (" or more" if is_open else "")
    ends = (f"−{end}{against}", "0", f"{end}{for_}") if is_signed else ("0", "", end)
    st.html(
        f'<div class="arn-scale"><div class="strip" style="background:{below}">'
        f'<div style="height:100%;background:linear-gradient(90deg,{", ".join(colours)}){opacity}">'
        f'</div></div><p class="ends">{"".join(f"<span>{end}</span>" for end in ends)}</p></div>'
    )
