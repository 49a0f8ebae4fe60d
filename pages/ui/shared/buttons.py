"""Buttons as every page draws them: switched off with the reason, and those that give a file."""

from collections.abc import Callable
from pathlib import PurePath
from typing import Any

import streamlit as st

_KINDS = {  # of files: media type, Material symbol
    ".csv": ("text/csv", "table"),
    ".dcm": ("application/dicom", "download"),
    ".html": ("text/html", "description"),
    ".json": ("application/json", "data_object"),
    ".md": ("text/markdown", "download"),
    ".pdf": ("application/pdf", "picture_as_pdf"),
    ".png": ("image/png", "image"),
}

Content = str | bytes


def unless(why_not: str | None) -> dict[str, Any]:
    """The arguments that switch a widget off for a reason, which becomes its help.

    >>> unless(None), unless("Tick a line first.")["disabled"]
    ({'disabled': False, 'help': None}, True)
    """
    return {"disabled": why_not is not None, "help": why_not}


def download(
    label: str,
    content: Content | Callable[[], Content],
    file_name: str,
    *,
    key: str,
    why_not: str | None = None,
) -> None:
    """Draws a button that gives a file.

    Args:
        label: of the button.
        content: what the file holds, or what makes it once somebody asks for it.
        file_name: its ending says what kind of file it is.
        key: of the button.
        why_not: the reason why this person cannot have it, or None.
    """
    kind, symbol = _KINDS[PurePath(file_name).suffix]
    st.download_button(
        label,
        content,
        file_name=file_name,
        mime=kind,
        icon=f":material/{symbol}:",
        on_click="ignore",
        key=key,
        **unless(why_not),
    )
