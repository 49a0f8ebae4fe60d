"""Training curve: how a model learned, epoch by epoch, and live while one learns."""

import streamlit as st

from arncnn.evaluation.paper_values import TABLE_1
from arncnn.figures import training_curve
from pages.ui import frame, navigation, sign_in
from pages.ui.model import epoch_table, training_runs
from pages.ui.shared import charts

_EVERY_S = 2.0
_LEGEND = (
    "Solid lines show training, dashed lines validation. A star marks the best epoch, a "
    "triangle a halved learning rate, a cross a dwell: the rate was halved and the best "
    "weights were restored."
)


def show() -> None:
    """Draws the chosen trainings, or where one is started."""
    actor = sign_in.actor()
    frame.open_page(
        "Training curve", "How the training went, epoch by epoch, and how it was controlled."
    )
    finished, running = training_runs.finished(actor), training_runs.running(actor)
    if not running and not finished:
        frame.empty(
            "No training has been stored yet",
            "A model carries the history of its training; a running training appears here.",
            icon=":material/show_chart:",
            to=navigation.RETRAINING,
        )
        return
    chosen = training_runs.choose(actor, running, finished, key="curve_runs")
    with st.container(horizontal=True, gap="medium"):
        paper = TABLE_1 if st.toggle("The paper's five epochs", key="curve_paper") else ()
        is_logarithmic = st.toggle("Logarithmic loss", key="curve_log")

    @st.fragment(run_every=_EVERY_S if running else None)
    def _curve() -> None:
        live = training_runs.running(sign_in.watching()) if running else {}
        if live.keys() != running.keys():
            st.rerun()  # a training ended: its model comes, and the polling stops
        runs = {name: (live | finished)[name] for name in chosen}
        charts.show(
            training_curve.figure(runs, paper=paper, log_loss_axis=is_logarithmic),
            training_curve.alt_text(runs, paper=paper),
            key="curve",
        )
        st.caption(_LEGEND)
        for name, history in runs.items():
            st.subheader(name, anchor=False)
            epoch_table.show(name, history, key=f"curve_epochs_{name}")

    _curve()
    st.subheader("The paper's epochs", anchor=False)
    epoch_table.show_paper()


show()
