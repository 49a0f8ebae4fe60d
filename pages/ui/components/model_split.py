"""Which images a model is judged on; what was not measured is named with how to measure it."""

import streamlit as st

from arncnn import measurements
from arncnn.bundle import ModelBundle
from pages.ui.components import model_stored

TEST, ACCEPTED, EXTERNAL = "Test part", "Test part, no review needed", "Scans from elsewhere"


def choose(bundle: ModelBundle, *, key: str) -> str:
    """Draws the picker and gives one of the names above."""
    external = measurements.find(bundle.identity.sha256, "external")
    offered = [TEST, ACCEPTED, *([EXTERNAL] if external else [])]
    chosen = st.segmented_control("Judged on", offered, default=TEST, required=True, key=key)
    missing = [] if external else ["scans from elsewhere (`python -m arncnn evaluate --external`)"]
    missing.append("grouped folds (one training a fold)")
    about = {
        TEST: f"The test part of the split “{bundle.about['data']['split']}”, as the paper has it.",
        ACCEPTED: _accepted(bundle),
        EXTERNAL: "Real scans that no training has seen, read before any refusal.",
    }
    st.caption(f"{about[chosen]} Not measured for this model: {'; '.join(missing)}.")
    return str(chosen)


def _accepted(bundle: ModelBundle) -> str:
    left_out = "The same, without images that a low probability or an ambiguous prediction set"
    stored = model_stored.measured(bundle.identity.sha256, bundle, only_accepted=False)
    if stored.predictions.novelty_p_value is None:
        return f"{left_out} sends to review; this model was stored without novelty."
    return f"{left_out} sends to review, or that are novel to the model."
