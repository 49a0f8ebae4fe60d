"""The training images nearest to a case in feature space."""

import streamlit as st

from arncnn.cases.open_case import OpenCase
from arncnn.explain.similar import disagreement
from arncnn.figures import picture
from arncnn.labels import title
from pages.ui import sign_in
from pages.ui.shared import data_fetch, stored_results

_EDGE = 160  # px


def show(opened: OpenCase) -> None:
    """Draws the neighbours with class and distance; pictures where the data set is at hand."""
    neighbours = opened.similar()
    if not neighbours:
        st.info("This model holds no features of its training images.", icon=":material/info:")
        return
    answer = opened.reading.label
    if answer is not None and (differs := disagreement(neighbours, answer)):
        st.info(differs, icon=":material/visibility:")
    dataset = stored_results.dataset_of(opened.model.reader.bundle)
    with st.grid(len(neighbours), min_column_width=130, gap="small"):
        for found in neighbours:
            with st.container(gap="xsmall"):
                if dataset is not None:
                    image = picture.enlarge(dataset.images[found.index], (_EDGE, _EDGE))
                    alt = f"Training image of {title(found.label)}"
                    st.image(picture.png(image), width="stretch", output_format="PNG", alt=alt)
                copies = f", {found.copies} identical copies" if found.copies > 1 else ""
                st.caption(f"**{title(found.label)}**  \ndistance {found.distance:.1f}{copies}")
    st.caption(
        "Distance between the 256 features of the dense layer, without unit; byte-identical "
        "images count once."
    )
    if dataset is None:
        data_fetch.offer(sign_in.watching(), key="similar_fetch")
