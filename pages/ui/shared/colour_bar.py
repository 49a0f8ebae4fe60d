"""The colour scale of a map, with its unit."""

import streamlit as st

from arncnn.figures.picture import scale_colours

# As strong as the slider lays the map over the scan; see ``map_layer``.
_AS_LAID = ";opacity:var(--arn-opacity,.7)"


def show(
    *,
    scale: float,
    unit: str,
    is_signed: bool,
    is_evidence: bool = True,
    is_over_scan: bool = True,
    is_open: bool = True,
) -> None:
    """Draws the scale with the values at its ends.

    Args:
        scale: the magnitude at the coloured end.
        unit: of the map.
        is_signed: whether the scale runs through zero.
        is_evidence: whether the two signs mean for and against a class.
        is_over_scan: whether the map lies over the scan, which is black where nothing is, with
            the slider's opacity; else it is drawn alone, a signed one on white.
        is_open: whether stronger places share the end's colour.
    """
    colours = scale_colours(is_signed=is_signed, is_opaque=not (is_over_scan or is_signed))
    below, opacity = ("#000", _AS_LAID) if is_over_scan else ("#fff", "")
    against, for_ = (", against", ", for") if is_evidence else ("", "")
    end = f"{scale:.3g} {unit}" + (" or more" if is_open else "")
    low, high = (f"−{end}{against}", f"{end}{for_}") if is_signed else ("0", end)
    middle = "0" if is_signed else ""
    ends = "".join(f"<span>{said}</span>" for said in (low, middle, high))
    st.html(
        f'<div class="arn-scale"><div class="strip" style="background:{below}">'
        f'<div style="height:100%;background:linear-gradient(90deg,{", ".join(colours)}){opacity}">'
        f'</div></div><p class="ends">{ends}</p></div>'
    )
