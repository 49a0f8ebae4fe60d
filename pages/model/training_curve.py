"""Training curve: how a model learned, epoch by epoch, and live while one learns."""

import streamlit as st

from arncnn.errors import ArncnnError
from arncnn.figures import style, training_curve
from pages.ui import frame, navigation, sign_in
from pages.ui.model import epoch_table, training_runs

_EVERY_S = 2.0
_LEGEND = (
    "Solid is training, dashed is validation. A star marks the best epoch, a triangle a halved "
    "learning rate, a cross a dwell: the rate was halved and the weights went back to the best."
)

actor = sign_in.actor()
frame.open_page("Training curve", "How the model learned, epoch by epoch, and what it was told.")

try:
    finished, running = training_runs.finished(actor), training_runs.running(actor)
except ArncnnError as error:
    frame.failed(str(error))
    st.stop()
if not running and not finished:
    frame.empty(
        "No training has been stored yet",
        "A model brings the history of its training; a running one appears here.",
        icon=":material/show_chart:",
        to=navigation.RETRAINING,
    )
    st.stop()

chosen = training_runs.choose(actor, running, finished, key="curve_runs")
with st.container(horizontal=True, gap="medium"):
    shows_paper = st.toggle("The paper's five epochs", key="curve_paper")
    is_logarithmic = st.toggle("Logarithmic loss", key="curve_log")


@st.fragment(run_every=_EVERY_S if running else None)
def _curve() -> None:
    live = training_runs.running(sign_in.watching()) if running else {}
    if live.keys() != running.keys():
        st.rerun()  # a training ended: its model comes, and the polling stops
    runs = {name: (live | finished)[name] for name in chosen}
    paper = epoch_table.paper() if shows_paper else ()
    st.plotly_chart(
        training_curve.figure(runs, paper=paper, log_loss_axis=is_logarithmic),
        config=style.CONFIG,
        key="curve",
        alt=training_curve.alt_text(runs, paper=paper),
    )
    st.caption(_LEGEND)
    for name, history in runs.items():
        st.subheader(name, anchor=False)
        epoch_table.show(name, history, key=f"curve_epochs_{name}")


_curve()
st.subheader("The paper's epochs", anchor=False)
epoch_table.show_paper(key="curve_paper_epochs")
