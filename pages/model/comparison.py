"""Comparison: is each part of the network worth having, and what would do without it?"""

import streamlit as st

from arncnn.experiments.comparison.quantity import QUANTITIES
from arncnn.experiments.comparison.result import SEEDS_NEEDED, chance_of_separation
from arncnn.experiments.comparison.rows import ACTIVATION, NETWORK, OPTIMIZER, TRAINED
from pages.ui import frame
from pages.ui.model import comparison_tables
from pages.ui.shared import stored_results
from pages.ui.wording import share

_COMMAND = "python -m arncnn compare --budget small --out assets/comparison.json"
_GROUPS = {"Networks": NETWORK, "Dense activations": ACTIVATION, "Optimisers": OPTIMIZER}


def show() -> None:
    """Draws the compared rows, or what to do before there are any."""
    frame.open_page(
        "Comparison", "Is each part of the network worth having, and what does without it?"
    )
    compared = stored_results.comparison()
    if compared is None:
        frame.empty(
            "Nothing has been compared yet",
            f"`{_COMMAND}` trains and measures every row, and goes on where it was stopped.",
            icon=":material/compare_arrows:",
        )
        return
    external, missing = "", [row.title for row in TRAINED if not compared.of(row.key)]
    if compared.external_images:
        external = f" and {compared.external_images:,} external scans"
    st.markdown(
        f"**Budget “{compared.budget.name}”:** {compared.budget.sentence} "
        f"Tested on {compared.test_images:,} images of the paper's split{external}. "
        f"{comparison_tables.spent_in_words(compared)}"
    )
    if missing:
        st.info(
            f"Not run yet within this budget: {'; '.join(missing)}. `{_COMMAND}` runs them.",
            icon=":material/hourglass_empty:",
        )
    st.subheader("What needs no network", anchor=False)
    comparison_tables.show_baselines(compared)
    st.subheader("Figures from the paper", anchor=False)
    comparison_tables.show_papers()
    st.subheader("Row by row", anchor=False)
    title = st.selectbox("Compared by", list(QUANTITIES), key="compared_by", width=340)
    tabs = st.tabs(list(_GROUPS), key="compared_groups")
    for tab, group in zip(tabs, _GROUPS.values(), strict=True):
        with tab:
            comparison_tables.show_group(compared, group, QUANTITIES[title], key="compared")
    st.caption(
        "A dot is one seed. In the chosen quantity a row differs from ARN-CNN only when all its "
        f"runs are on one side of all of ARN-CNN's, with at least {SEEDS_NEEDED} seeds each; "
        "between equal networks that happens in "
        f"{share(chance_of_separation(SEEDS_NEEDED, SEEDS_NEEDED), 0)} of comparisons."
    )


show()
