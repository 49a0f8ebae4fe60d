"""The colour scale of a map, with its unit."""

import streamlit as st

from arncnn.picture import scale_colours


def show(
    *,
    scale: float,
    unit: str,
    is_signed: bool,
    is_evidence: bool = True,
    is_opaque: bool = False,
) -> None:
    """Draws the scale with the values at its ends.

    Args:
        scale: the magnitude at the coloured end.
        unit: of the map.
        is_signed: whether the scale runs through zero.
        is_evidence: whether the two signs mean for and against a class.
        is_opaque: whether the map is drawn alone, not over the scan.
    """
    strip = ", ".join(scale_colours(is_signed=is_signed, is_opaque=is_opaque))
    against, for_ = (", against", ", for") if is_evidence else ("", "")
    low, high = (
        (f"−{scale:.3g} {unit}{against}", f"{scale:.3g} {unit}{for_}")
        if is_signed
        else ("0", f"{scale:.3g} {unit}")
    )
    middle = "0" if is_signed else ""
    ends = "".join(f"<span>{end}</span>" for end in (low, middle, high))
    st.html(
        '<div class="arn-scale">'
        f'<div class="strip" style="background:linear-gradient(90deg,{strip})"></div>'
        f'<p class="ends">{ends}</p></div>'
    )
