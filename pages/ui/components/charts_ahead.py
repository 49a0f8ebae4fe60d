"""Charts ahead: the browser fetches what draws charts before somebody opens a page of them."""

import streamlit as st

from arncnn.figures import style
from pages.ui import resources


def fetch(*, key: str) -> None:
    """Draws a chart that nobody sees, once the model is ready.

    Without it the first chart of a session waits for megabytes of program, seconds on a busy
    machine.

    Args:
        key: of the container, which the style sheet hides.
    """
    if not resources.is_warm():  # the first reading comes first
        return
    with st.container(key=key):
        st.plotly_chart(
            style.empty("", key=key), config=style.CONFIG, key=f"{key}_chart", alt="Not shown"
        )
