"""Figures as every page prints them: rows in a table, the main ones as tiles above it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

Rows = Sequence[Mapping[str, Any]] | Mapping[str, Sequence[Any]]


def show(
    rows: Rows,
    alt: str,
    *,
    key: str,
    right: Iterable[str] = (),
    columns: Mapping[str, Any] | None = None,
    is_whole: bool = False,
) -> None:
    """Draws a table.

    Args:
        rows: each with its columns by name, or the columns with their values.
        alt: the table in words.
        key: of the table.
        right: columns of figures that are written out, below each other's last digit.
        columns: what else is known of a column, as ``st.column_config`` has it.
        is_whole: as high as all rows, where a table of more than ten would scroll.
    """
    aligned = {name: st.column_config.TextColumn(alignment="right") for name in right}
    st.dataframe(
        rows,
        hide_index=True,
        height="content" if is_whole else "auto",
        column_config={**aligned, **(columns or {})},
        key=key,
        alt=alt,
    )


def show_tiles(figures: Iterable[tuple[str, ...]], *, columns: int, width: int) -> None:
    """Draws figures large, side by side.

    Args:
        figures: the name and the figure of each, and what it means where that needs saying.
        columns: how many stand side by side on a wide screen.
        width: the least of one, px.
    """
    with st.grid(columns, min_column_width=width, gap="small"):
        for name, figure, *meaning in figures:
            st.metric(name, figure, help=meaning[0] if meaning else None, border=True)
