"""The external scans in one cell: their readings, and pictures where the folder is here."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from arncnn import config
from arncnn.errors import ArncnnError
from arncnn.figures import picture
from arncnn.intake import Item, open_scan
from arncnn.labels import title
from arncnn.store import Actor
from pages.ui import frame
from pages.ui.shared import evidence_button
from pages.ui.wording import VERDICTS, percent

Row = Mapping[str, Any]
_SHOWN = 12
_EDGE = 160  # px


def show(actor: Actor, rows: Sequence[Row], *, key: str) -> None:
    """Draws the cell's scans, least sure first; one click opens a scan on the evidence page."""
    ordered = sorted(rows, key=lambda row: row["probability"])
    folder = config.external_folder()
    if folder is None:
        _names(ordered, key=key)
        return
    with st.grid(6, min_column_width=130, gap="small"):
        for row in ordered[:_SHOWN]:
            with st.container(key=f"{key}_{row['path']}", gap="xsmall"):
                _scan(actor, folder / row["path"], row, key=key)
    if len(ordered) > _SHOWN:
        st.caption(f"The {_SHOWN} least sure of {len(ordered)}.")


def _scan(actor: Actor, path: Path, row: Row, *, key: str) -> None:
    said = f"{title(row['predicted'])}, {percent(row['probability'])}"
    try:
        st.image(_thumbnail(str(path)), width="stretch", alt=f"{path.name}, read as {said}")
    except ArncnnError as error:
        frame.failed(str(error))
    st.caption(f"{path.name}  \n{said}")
    item = Item(path.name, partial(open_scan, path), path)
    evidence_button.show(actor, item, key=f"{key}_open_{row['path']}")


@st.cache_data(show_spinner=False, max_entries=200)
def _thumbnail(path: str) -> bytes:
    shown = picture.display(open_scan(Path(path)))
    return picture.png(picture.enlarge(shown, (_EDGE, _EDGE)))


def _names(rows: Sequence[Row], *, key: str) -> None:
    st.dataframe(
        {
            "Scan": [Path(row["path"]).name for row in rows],
            "Read as": [title(row["predicted"]) for row in rows],
            "Probability": [percent(row["probability"]) for row in rows],
            "Verdict": [VERDICTS[row["verdict"]] for row in rows],
        },
        hide_index=True,
        key=f"{key}_names",
        alt="Scans of the cell: name, class read, probability, verdict",
    )
    st.caption("Name their folder with `ARNCNN_EXTERNAL` to see them here.")
