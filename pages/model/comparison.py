"""Comparison: is each part of the network worth having, and what would do without it?"""

import streamlit as st

from arncnn.errors import DataError
from arncnn.experiments.comparison.quantity import QUANTITIES
from arncnn.experiments.comparison.result import SEEDS_NEEDED, chance_of_separation
from arncnn.experiments.comparison.rows import ACTIVATION, NETWORK, OPTIMIZER, TRAINED
from pages.ui import frame
from pages.ui.model import comparison_tables
from pages.ui.shared import stored_results
from pages.ui.wording import share

_COMMAND = "python -m arncnn compare --budget small --out assets/comparison.json"

frame.open_page("Comparison", "Is each part of the network worth having, and what does without it?")

try:
    compared = stored_results.comparison()
except DataError as error:
    frame.failed(str(error))
    st.stop()
if compared is None:
    frame.empty(
        "Nothing has been compared yet",
        f"`{_COMMAND}` trains and measures every row, and goes on where it was stopped.",
        icon=":material/compare_arrows:",
    )
    st.stop()

external = f" and {compared.external_images:,} external scans" * bool(compared.external_images)
missing = [row.title for row in TRAINED if not compared.of(row.key)]
st.markdown(
    f"**Budget “{compared.budget.name}”:** {compared.budget.sentence} "
    f"Tested on {compared.test_images:,} images of the paper's split"
    f"{external}. {comparison_tables.spent(compared)}"
)
if missing:
    st.info(
        f"Not run yet within this budget: {'; '.join(missing)}. `{_COMMAND}` runs them.",
        icon=":material/hourglass_empty:",
    )

st.subheader("What needs no network", anchor=False)
comparison_tables.baselines(compared)
st.caption(
    "The nearest neighbour compares pixels with all training images of the split and learns "
    "nothing; the tree sees the grey of the corners and the darkest pixel, no anatomy. An accuracy "
    "at home is worth what it adds to these; the rows below learn from "
    f"{compared.budget.images:,} of the same images."
)
st.subheader("Figures from the paper", anchor=False)
comparison_tables.papers()

st.subheader("Row by row", anchor=False)
title = st.selectbox("Compared by", list(QUANTITIES), key="compared_by", width=340)
quantity = QUANTITIES[title]
groups = {"Networks": NETWORK, "Dense activations": ACTIVATION, "Optimisers": OPTIMIZER}
for tab, group in zip(st.tabs(list(groups), key="compared_groups"), groups.values(), strict=True):
    with tab:
        comparison_tables.chart(compared, group, quantity, key=f"compared_{group}")
        comparison_tables.judged(compared, group, quantity, key=f"compared_judged_{group}")
        comparison_tables.means(compared, group, key=f"compared_means_{group}")
        comparison_tables.losses(compared, group, key=f"compared_losses_{group}")
st.caption(
    f"A dot is one seed. In the chosen quantity a row differs from ARN-CNN only when all its runs "
    f"are on one side of all of ARN-CNN's, with at least {SEEDS_NEEDED} seeds each; between equal "
    f"networks that happens in {share(chance_of_separation(SEEDS_NEEDED, SEEDS_NEEDED), 0)} of "
    "comparisons."
)
