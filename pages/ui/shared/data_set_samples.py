"""Images of every class of a data set, a page of classes at a time."""

import numpy as np
import streamlit as st

from arncnn.data import Dataset
from arncnn.figures import picture
from arncnn.labels import title
from pages.ui import state
from pages.ui.shared import page_numbers
from pages.ui.wording import plain

_EACH = 6  # samples a class
_CLASSES = 12  # on a page
_COLUMNS = 6
_SEED = 5
_EDGE = 96  # px


def show(dataset: Dataset, *, key: str) -> None:
    """Draws some images of each class, other ones when asked for (the paper's Figure 5)."""
    generator = np.random.default_rng((_SEED, state.turn(key)))
    first = _CLASSES * (state.page_number(f"{key}_page") - 1)
    first = first if first < len(dataset.labels) else 0
    shown = dataset.labels[first : first + _CLASSES]
    with st.grid(min(_COLUMNS, len(shown)), min_column_width=120, gap="small"):
        for label in shown:
            members = np.flatnonzero(dataset.targets == dataset.labels.index(label))
            if not len(members):
                continue
            chosen = generator.choice(members, min(_EACH, len(members)), replace=False)
            alt = f"{len(chosen)} images of {title(label)} from the data set"
            sheet = picture.png(_sheet(dataset.images[chosen]))
            st.image(sheet, caption=plain(title(label)), width="stretch", alt=alt)
    page_numbers.show(len(dataset.labels), rows=_CLASSES, key=f"{key}_page")
    if st.button("Other images", icon=":material/refresh:", key=f"{key}_again"):
        state.next_turn(key)
        st.rerun()


def _sheet(images: np.ndarray) -> np.ndarray:
    """Two images a row: uint8, (n, height, width) to one picture; an odd place stays black."""
    if len(images) % 2:
        images = np.concatenate([images, np.zeros_like(images[:1])])
    pairs = [np.hstack(list(images[at : at + 2])) for at in range(0, len(images), 2)]
    return picture.enlarge(np.vstack(pairs), (_EDGE * len(pairs), _EDGE * 2))
