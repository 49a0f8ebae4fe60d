"""The failed state: what the core could not do, in its own sentence and without a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from arncnn.errors import ArncnnError
from pages.ui import frame, state


@contextmanager
def shown(*, otherwise: str | None = None) -> Iterator[None]:
    """Draws an error of the block in its place; the page goes on below it.

    What ends a whole page needs no such block: ``app.py`` draws it the same way.

    Args:
        otherwise: a notice to draw the page anew with, once all of the block was done.
    """
    try:
        yield
    except ArncnnError as error:
        frame.failed(str(error))
    else:
        if otherwise is not None:
            state.leave_notice(otherwise)
            st.rerun()
