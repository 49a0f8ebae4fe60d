"""Comparison: one model beside another, and whether each part of the network is worth having."""

import streamlit as st

from arncnn.evaluation import stored_reports
from arncnn.experiments.comparison.quantity import QUANTITIES
from arncnn.experiments.comparison.result import (
    SEEDS_NEEDED,
    Comparison,
    chance_of_separation,
)
from arncnn.experiments.comparison.rows import ACTIVATION, NETWORK, OPTIMIZER, TRAINED
from pages.ui import frame, sign_in
from pages.ui.model import comparison_tables, model_comparison
from pages.ui.shared import failures, model_picker, stored_results
from pages.ui.wording import share

_COMMAND = "python -m arncnn compare --budget small --out assets/comparison.json"
_GROUPS = {"Networks": NETWORK, "Dense activations": ACTIVATION, "Optimisers": OPTIMIZER}


def show() -> None:
    """Draws the model beside another, then the rows compared on its data set, or what to do."""
    actor = sign_in.actor()
    frame.open_page(
        "Comparison", "How the model compares with others, and what each of its parts contributes."
    )
    bundle = model_picker.choose(actor, key="comparison_model")
    st.subheader("Two models side by side", anchor=False)
    model_comparison.show(actor, bundle, key="side_by_side")
    with failures.shown():
        stored, compared = stored_results.comparison(), stored_results.comparison_of(bundle)
        if compared is not None:
            _show_rows(compared)
        elif stored is None:
            frame.empty(
                "Nothing has been compared yet",
                f"`{_COMMAND}` trains and evaluates every row, and resumes where it was stopped.",
                icon=":material/compare_arrows:",
            )
        else:
            st.subheader("Baselines without a network", anchor=False)
            dataset = stored_results.dataset_of(bundle)
            model_comparison.show_data_set(bundle, dataset, key="baselines")


def _show_rows(compared: Comparison) -> None:
    """Draws the compared rows, each with what it was measured on."""
    external, missing = "", [row.title for row in TRAINED if not compared.of(row.key)]
    if compared.external_images:
        external = f" and {compared.external_images:,} external scans"
    st.markdown(
        f"**Budget “{compared.budget.name}”:** {compared.budget.sentence} "
        f"Tested on {compared.test_images:,} images of the paper's split{external}. "
        f"{comparison_tables.spent_in_words(compared)}"
    )
    if compared.external_images:
        st.caption(f":material/warning: {stored_reports.CAUTION}")
    if missing:
        st.info(
            f"Not run yet within this budget: {'; '.join(missing)}. `{_COMMAND}` runs them.",
            icon=":material/hourglass_empty:",
        )
    st.subheader("Baselines without a network", anchor=False)
    comparison_tables.show_baselines(compared)
    st.subheader("Figures from the paper", anchor=False)
    comparison_tables.show_papers()
    st.subheader("Row by row", anchor=False)
    title = st.selectbox("Compared by", list(QUANTITIES), key="compared_by", width=340)
    # Only the open tab is drawn, so that nothing waits for the figures of the others.
    tabs = st.tabs(list(_GROUPS), on_change="rerun", key="compared_groups")
    for tab, group in zip(tabs, _GROUPS.values(), strict=True):
        with tab:
            if tab.open:
                comparison_tables.show_group(compared, group, QUANTITIES[title], key="compared")
    st.caption(
        "Each dot is one seed. A row counts as different from ARN-CNN only if all of its "
        f"runs lie on one side of all ARN-CNN runs, with at least {SEEDS_NEEDED} seeds "
        "each; between two equal networks this happens by chance in "
        f"{share(chance_of_separation(SEEDS_NEEDED, SEEDS_NEEDED), 0)} of comparisons."
    )


show()
