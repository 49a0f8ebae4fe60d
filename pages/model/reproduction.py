"""Reproduction: every table and figure of the paper in its order, ours beside it."""

import streamlit as st

from arncnn.config import BUNDLED_MODELS
from arncnn.evaluation.paper_values import CITATION
from arncnn.experiments.reproduction.notes import notes
from pages.ui import frame, sign_in
from pages.ui.model import reproduction_figures, reproduction_parts
from pages.ui.shared import stored_results

_NETWORK, _DATA = "Network: Figures 1 to 4", "Data: Figures 5 and 6"
_TRAINING, _TEST = "Training: Table 1, Figure 7", "Test: Tables 2 to 4, Figures 8 and 9"
_COMPARISON = "Comparison: Table 6, Figure 10"
_PARTS = (_NETWORK, _DATA, _TRAINING, _TEST, _COMPARISON)


def show() -> None:
    """Draws the part of the paper that is chosen."""
    actor = sign_in.actor()
    frame.open_page(
        "Reproduction", "Every table and figure of the paper, in order, with ours beside it."
    )
    bundle = stored_results.open_model(str(BUNDLED_MODELS / "paper"))
    st.markdown(
        f"The paper: {CITATION}. Ours: the bundled model `{bundle.identity.id}`, trained "
        "with the paper's recipe on the paper's split, and the stored comparisons. Numbers "
        "are those of the captions, in the order of the paper; where its text uses another "
        "number, this is noted. No caption is numbered Table 5."
    )
    part = st.segmented_control("Part of the paper", _PARTS, default=_NETWORK, required=True,
                                key="reproduction_part")  # fmt: skip
    said = notes(bundle.metadata)
    if part == _NETWORK:
        reproduction_figures.show_network(
            stored_results.layers(bundle.hyper), said, key="reproduction_network"
        )
        reproduction_figures.show_attention(bundle, said)
        reproduction_figures.show_activations(said, key="reproduction_activations")
    elif part == _DATA:
        reproduction_parts.show_data(actor, bundle, said)
    elif part == _TRAINING:
        reproduction_parts.show_training(bundle, said)
    elif part == _TEST:
        reproduction_parts.show_test(actor, bundle, said)
    else:
        reproduction_parts.show_comparison(said)


show()
