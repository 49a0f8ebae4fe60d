"""Charts as every page draws them: in the house's look, with the figure in words beside it."""

import streamlit as st
from plotly.graph_objects import Figure

from arncnn.figures import style


def show(figure: Figure, alt: str, *, key: str) -> None:
    """Draws a figure.

    Args:
        figure: from ``arncnn.figures``.
        alt: the same in words, from the figure's module.
        key: of the chart.
    """
    st.plotly_chart(figure, config=style.CONFIG, key=key, alt=alt)
