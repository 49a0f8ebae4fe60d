"""Figures as every page prints them: rows in a table, the main ones as tiles above it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

_IN_BRACKETS = re.compile(r"\(.*?\)")
_HYPHEN = "\u2060-\u2060"  # without a break after it: "X-ray" is one word
_SMALL = 24  # rows that are read without scrolling

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


def show_whole(rows: Sequence[Mapping[str, str]], alt: str, *, is_of_figures: bool = False) -> None:
    """Draws a small table whose cells break their lines, so that none is cut off.

    Written out here: a browser takes longer over a table whose every cell is Markdown than over
    all else on its page.

    Args:
        rows: each with its columns by name, the same in all of them.
        alt: the table in words.
        is_of_figures: whether all columns after the first stand below each other's last digit.
    """
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in (rows[0] if rows else ()))
    body = "".join(f"<tr>{_cells(*row.values())}</tr>" for row in rows)
    st.html(
        f'<div class="arn-table{" figures" if is_of_figures else ""}">'
        f'<table aria-label="{escape(alt)}">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cells(name: str, *others: str) -> str:
    cells = "".join(f"<td>{_whole(cell)}</td>" for cell in others)
    return f'<th scope="row">{_whole(name).replace("-", _HYPHEN)}</th>{cells}'


def _whole(cell: str) -> str:
    """A cell in HTML; an interval in brackets stays on one line."""
    return _IN_BRACKETS.sub(lambda found: found[0].replace(" ", "\u00a0"), escape(cell))


def show_figures(rows: Sequence[Mapping[str, str | int]], alt: str, *, key: str) -> None:
    """Draws a table of figures: whole where it is small, with many rows one that scrolls.

    Args:
        rows: each with its columns by name, the first of which names it; a count as a number,
            by which a table that scrolls can be ordered.
        alt: the table in words.
        key: of the table.
    """
    if len(rows) <= _SMALL:
        shown = [{name: _written(value) for name, value in row.items()} for row in rows]
        show_whole(shown, alt, is_of_figures=True)
    else:
        written = [name for name, value in rows[0].items() if isinstance(value, str)]
        show(rows, alt, key=key, right=written[1:])


def _written(value: str | int) -> str:
    return value if isinstance(value, str) else f"{value:,}"


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
