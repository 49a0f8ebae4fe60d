"""Figures as every page prints them: rows in a table, the main ones as tiles above it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from pages.ui.wording import plain

_IN_BRACKETS = re.compile(r"\\\(.*?\\\)")

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


def show_whole(
    rows: Sequence[Mapping[str, str]], alt: str, *, key: str, is_of_figures: bool = False
) -> None:
    """Draws a small table whose cells break their lines, so that none is cut off.

    Args:
        rows: each with its columns by name.
        alt: the table in words.
        key: of the table.
        is_of_figures: whether all columns after the first stand below each other's last digit.
    """
    shown = [{plain(name): _whole(cell) for name, cell in row.items()} for row in rows]
    with st.container(key=f"arn_{'figures' if is_of_figures else 'whole'}_{key}"):
        st.table(shown, hide_index=True, border="horizontal", alt=alt)


def _whole(cell: str) -> str:
    """A cell in Markdown; an interval in brackets stays on one line."""
    return _IN_BRACKETS.sub(lambda found: found[0].replace(" ", "\u00a0"), plain(cell))


def show_tiles(figures: Iterable[tuple[str, ...]], *, columns: int, width: int) -> None:
    """Draws figures large, side by side.

    Args:
        figures: the name and the figure of each, and what it means where that needs saying.
        columns: how many stand side by side on a wide screen.
        width: the least of one, px.
    """
    with st.grid(columns, min_column_width=width, gap="small"):
        for name, figure, *meaning in figures:
            said = meaning[0] if meaning else None
            st.metric(name, figure, help=said, border=True, height="stretch")
