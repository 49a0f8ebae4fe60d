"""How far to trust a map: what the checks of this model's release found for its method."""

import streamlit as st

from arncnn import explain
from pages.ui import resources


def show(method: str) -> None:
    """Draws one line; says so when the model carries no such checks."""
    source = explain.METHODS[method].source
    checks = resources.bundle().about.get("explanations")
    if not checks:
        st.caption(
            f":material/science: Source: {source}. This model carries no stored release check "
            "of its explanations (deletion, insertion, randomised weights)."
        )
        return
    found = checks[method]
    st.caption(
        f":material/science: Source: {source}. Release check on {checks['images']} images: "
        f"deletion {found['deletion']:+.3f} and insertion {found['insertion']:+.3f} against random "
        f"order; correlation with the map of randomised weights {found['randomised']:.2f}."
    )
