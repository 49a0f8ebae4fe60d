"""The images of one cell, least sure first: pictures where the data is here, else their names."""

from functools import partial

import numpy as np
import streamlit as st

from arncnn.data import Dataset
from arncnn.figures import picture
from arncnn.intake import Item, open_bytes
from arncnn.labels import title
from arncnn.models.predictions import Predictions
from arncnn.store import Actor
from pages.ui.shared import evidence_button, missing_pictures
from pages.ui.wording import percent

_PER_PAGE = 12
_EDGE = 160  # px


def show(actor: Actor, found: Predictions, dataset: Dataset | None, *, key: str) -> None:
    """Draws a page of images; one click opens an image on the evidence page."""
    first = 0
    if len(found) > _PER_PAGE:
        pages = -(-len(found) // _PER_PAGE)
        page = st.number_input(f"Page of {pages:,}", 1, pages, key=f"{key}_page", width=140)
        first = (int(page) - 1) * _PER_PAGE
    rows = range(first, min(first + _PER_PAGE, len(found)))
    if dataset is None:
        _names(found, rows, key=key)
        return
    probabilities = found.probabilities
    with st.grid(6, min_column_width=130, gap="small"):
        for row in rows:
            with st.container(key=f"{key}_image_{found.index[row]}", gap="xsmall"):
                _image(actor, found, dataset, row, probabilities[row], key=key)


def _image(
    actor: Actor,
    found: Predictions,
    dataset: Dataset,
    row: int,
    probability: np.ndarray,
    *,
    key: str,
) -> None:
    index = int(found.index[row])
    name, pixels = dataset.paths[index], np.asarray(dataset.images[index])
    read = title(found.labels[found.predicted[row]])
    st.image(
        picture.png(picture.enlarge(pixels, (_EDGE, _EDGE))),
        width="stretch",
        alt=f"{name}, read as {read} with {percent(float(probability.max()))}",
    )
    st.caption(f"{name}  \n{read}, {percent(float(probability.max()))}")
    item = Item(name, partial(open_bytes, picture.png(pixels)))
    evidence_button.show(actor, item, key=f"{key}_open_{index}")


def _names(found: Predictions, rows: range, *, key: str) -> None:
    probabilities = found.probabilities
    st.dataframe(
        {
            "Image": [int(found.index[row]) for row in rows],
            "Read as": [title(found.labels[found.predicted[row]]) for row in rows],
            "Probability": [percent(float(probabilities[row].max())) for row in rows],
            "Of the true class": [
                percent(float(probabilities[row, found.target[row]])) for row in rows
            ],
        },
        hide_index=True,
        key=f"{key}_names",
        alt="Images of the cell: number in the data set, class read, probabilities",
    )
    st.caption(
        f"{missing_pictures.sentence()} Until then each image is named by its place in the sorted "
        "data set."
    )
