"""The images of one cell, least sure first: pictures where they are here, else their names."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from arncnn import config
from arncnn.data import Dataset
from arncnn.figures import picture
from arncnn.intake import Item, open_bytes, open_scan
from arncnn.labels import title
from arncnn.models.predictions import Predictions
from arncnn.store import Actor
from arncnn.store.roles import may
from pages.ui import caches, navigation, state
from pages.ui.shared import data_fetch, failures, tables
from pages.ui.wording import VERDICTS, percent

_PER_PAGE = 12
_EDGE = 160  # px


@dataclass(frozen=True)
class _Image:
    """One image of the cell.

    Attributes:
        id: among the images of the cell.
        name: of the file.
        answer: what it was read as, how surely.
        thumbnail: makes the small picture, a PNG.
        item: opens the image to be read again.
    """

    id: str
    name: str
    answer: str
    thumbnail: Callable[[], bytes]
    item: Item


def show_test_images(
    actor: Actor, found: Predictions, dataset: Dataset | None, *, key: str
) -> None:
    """Draws a page of the test part's images; one click opens an image on the evidence page."""
    probabilities = found.probabilities
    listed = [
        {
            "Image": int(found.index[row]),
            "Read as": title(found.labels[found.predicted[row]]),
            "Probability": percent(float(probabilities[row].max())),
            "Of the true class": percent(float(probabilities[row, found.target[row]])),
        }
        for row in _page(range(len(found)), key=key)
    ]
    if dataset is not None:
        _draw(actor, (_of_data_set(dataset, row) for row in listed), key)
        return
    alt = "Images of the cell: number in the data set, class read, probabilities"
    tables.show(listed, alt, key=f"{key}_names")
    st.caption("Each image is named by its position in the sorted data set.")
    data_fetch.offer(actor, key=f"{key}_fetch")


def show_external_scans(actor: Actor, rows: Sequence[Mapping[str, Any]], *, key: str) -> None:
    """Draws a page of external scans; one click opens a scan on the evidence page."""
    shown = _page(sorted(rows, key=lambda row: row["probability"]), key=key)
    folder = config.external_folder()
    if folder is not None:
        _draw(actor, (_external(folder, row) for row in shown), key)
        return
    listed = [
        {
            "Scan": Path(row["path"]).name,
            "Read as": title(row["predicted"]),
            "Probability": percent(row["probability"]),
            "Verdict": VERDICTS[row["verdict"]],
        }
        for row in shown
    ]
    alt = "Scans of the cell: name, class read, probability, verdict"
    tables.show(listed, alt, key=f"{key}_names")
    st.caption("Set `ARNCNN_EXTERNAL` to their folder to see them here.")


def _page(rows: Sequence[Any], *, key: str) -> Sequence[Any]:
    """The rows of the page in view; the pages are only drawn where there are several."""
    if len(rows) <= _PER_PAGE:
        return rows
    pages = -(-len(rows) // _PER_PAGE)
    page = int(st.number_input(f"Page of {pages:,}", 1, pages, key=f"{key}_page", width=140))
    return rows[(page - 1) * _PER_PAGE : page * _PER_PAGE]


def _of_data_set(dataset: Dataset, row: Mapping[str, Any]) -> _Image:
    index, answer = row["Image"], f"{row['Read as']}, {row['Probability']}"
    name, pixels = dataset.paths[index], np.asarray(dataset.images[index])
    item = Item(name, partial(open_bytes, picture.png(pixels)))
    return _Image(str(index), name, answer, partial(_small, pixels), item)


def _external(folder: Path, row: Mapping[str, Any]) -> _Image:
    path = folder / row["path"]
    answer = f"{title(row['predicted'])}, {percent(row['probability'])}"
    item = Item(path.name, partial(open_scan, path), path)
    return _Image(row["path"], path.name, answer, partial(_thumbnail, str(path)), item)


@st.cache_data(show_spinner=False, max_entries=200)
def _thumbnail(path: str) -> bytes:
    return _small(picture.display(open_scan(Path(path))))


def _small(pixels: np.ndarray) -> bytes:
    return picture.png(picture.enlarge(pixels, (_EDGE, _EDGE)))


def _draw(actor: Actor, images: Iterable[_Image], key: str) -> None:
    with st.grid(6, min_column_width=130, gap="small"):
        for image in images:
            with st.container(key=f"{key}_image_{image.id}", gap="xsmall"):
                alt = f"{image.name}, read as {image.answer}"
                with failures.shown():
                    st.image(image.thumbnail(), width="stretch", output_format="PNG", alt=alt)
                st.caption(f"{image.name}  \n{image.answer}")
                _offer_evidence(actor, image.item, key=f"{key}_open_{image.id}")


def _offer_evidence(actor: Actor, item: Item, *, key: str) -> None:
    """For who may read scans: a button that reads the image and opens the evidence page."""
    evidence = navigation.EXPLANATIONS
    if may(actor, "case.add") and st.button(evidence.title, key=key, width="stretch"):
        with failures.shown():
            with st.spinner("Reading the image…"):
                state.show_case(caches.cases().read(actor, item).case.id)
            st.switch_page(evidence.script)
