"""Samples to try, as a gallery of small pictures with what each one is."""

import streamlit as st

from arncnn.errors import ArncnnError
from arncnn.figures import picture
from arncnn.samples.catalogue import Sample, samples
from pages.ui import caches

_THUMBNAIL_EDGE = 160  # px
_COLUMNS = 7


def choose(*, key: str) -> Sample | None:
    """Draws the gallery and gives the sample that was just chosen."""
    st.subheader("No scan at hand? Try a sample", anchor=False)
    known = [sample for sample in samples() if sample.is_known]
    outside = [sample for sample in samples() if not sample.is_known]
    st.caption("Synthetic phantoms of what the model knows, drawn by this project")
    chosen = _row(known, f"{key}_known")
    st.caption("Outside what the model knows: these should be refused or sent to review")
    chosen = _row(outside, f"{key}_outside") or chosen
    if at_hand := caches.data_samples():
        st.caption("Test images of the data set, which is on this machine")
        chosen = _row(list(at_hand), f"{key}_data") or chosen
    return chosen


def _row(offered: list[Sample], key: str) -> Sample | None:
    chosen = None
    with st.grid(_COLUMNS, min_column_width=104, gap="small"):
        for sample in offered:
            with st.container(key=f"{key}_{sample.key.replace('.', '_')}", gap="xsmall"):
                if thumbnail := _thumbnail(sample.key, sample):
                    st.image(thumbnail, width="stretch", alt=f"{sample.title}. {sample.note}")
                button = f"{key}_{sample.key}_button"
                if st.button(sample.title, key=button, help=sample.note, width="stretch"):
                    chosen = sample
    return chosen


@st.cache_data(show_spinner=False)
def _thumbnail(key: str, _sample: Sample) -> bytes | None:
    return _sample.drawn.read_bytes() if _sample.drawn.exists() else drawn(_sample)


def drawn(sample: Sample) -> bytes | None:
    """A sample's small picture as PNG; None where it cannot be opened."""
    try:
        shown = picture.display(sample.item.open())
    except ArncnnError:
        return None  # the card still says what it is
    return picture.png(picture.enlarge(shown, (_THUMBNAIL_EDGE, _THUMBNAIL_EDGE)))
