"""What the network saw: its input, and for a CT the answer of every display window."""

from typing import TYPE_CHECKING

import streamlit as st

from arncnn.figures import picture
from arncnn.labels import title
from pages.ui.wording import percent

if TYPE_CHECKING:
    from arncnn.inference.reader import Reading

_EDGE = 192  # px: three times the network's own 64


def show(reading: "Reading") -> None:
    """Draws each view with its likeliest class; the one that the answer came from is marked."""
    seen = reading.model_input
    is_choice = len(seen.views) > 1
    st.subheader("What the network saw", anchor=False)
    with st.grid(4, min_column_width=110, gap="small"):
        for place, (name, image) in enumerate(zip(seen.views, seen.images, strict=True)):
            best = int(reading.per_view_probabilities[place].argmax())
            answer = title(reading.labels[best])
            probability = percent(float(reading.per_view_probabilities[place, best]))
            # A no-break space keeps the tick beside the name; an icon would break off all the same.
            mark = "\u00a0✓" if place == reading.view and is_choice else ""
            with st.container(gap="xsmall"):
                grey = picture.as_grey(image[..., 0])
                st.image(
                    picture.png(picture.enlarge(grey, (_EDGE, _EDGE), smooth=False)),
                    width="stretch",
                    alt=f"Network input, {name}: 64 by 64 pixels, read as {answer}, {probability}",
                )
                st.caption(f"**{name}**{mark}  \n{answer}, {probability}")
    st.caption(
        "64 × 64 pixels, brightness stretched between the 1st and 99th percentile. A CT is "
        "shown to the network through several windows; the check marks the one that decided."
        if is_choice
        else "64 × 64 pixels, brightness stretched between the 1st and 99th percentile."
    )
