"""The pages of a long list: the one in view, and the numbers to choose another by."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from pages.ui import state

_Page = TypeVar("_Page")


def load(
    read: Callable[[int], _Page], total: Callable[[_Page], int], *, rows: int, key: str
) -> _Page:
    """The page in view, or the first where the one in view has no line any more.

    A list gets shorter under a page when its last line is decided or deleted, or when a
    filter leaves less of it. An empty page would then say that there is nothing at all.

    Args:
        read: gives a page from the place of its first line, counted from 0.
        total: how many lines there are on all pages, as a page says it.
        rows: lines on one page.
        key: of the numbers.
    """
    offset = rows * (state.page_number(key) - 1)
    page = read(offset)
    return read(0) if offset and offset >= total(page) else page


def show(total: int, *, rows: int, key: str) -> None:
    """Draws the numbers, where there is more than one page; a number past the last becomes 1."""
    if total > rows:
        st.pagination(-(-total // rows), key=key)
