"""The button that measures a model on external scans, where their folder is named."""

import streamlit as st

from arncnn import config
from arncnn.evaluation import stored_reports
from arncnn.models.bundle import ModelBundle
from arncnn.store import Actor
from arncnn.store.roles import check, refusal
from pages.ui import sign_in
from pages.ui.shared import buttons, failures

_RIGHT = "job.submit"  # as whoever trains models measures them


def offer(actor: Actor, bundle: ModelBundle, *, key: str) -> None:
    """Draws the button, or says how the scans are named."""
    folder = config.external_folder()
    if folder is None:
        st.caption(
            "Not measured on external scans. Start the dashboard with `ARNCNN_EXTERNAL` "
            "set to their folder (`in/<Class>`, `ood/<kind>`), and a button here measures "
            "the model."
        )
        return
    why_not = refusal(actor, _RIGHT)
    label, icon = "Measure on external scans", ":material/travel_explore:"
    if st.button(label, icon=icon, key=key, **buttons.unless(why_not)):
        with failures.shown(otherwise="Measured. External scans can be chosen under Measured on."):
            check(sign_in.acting(), _RIGHT)
            with st.spinner("Reading the external scans takes a few minutes. Stay on this page…"):
                from arncnn.evaluation.external import external_report  # Keras loads here
                from arncnn.inference.reader import Reader

                reader = Reader.open(bundle.folder)
                report = external_report(reader, folder, lambda stage, done, total: None)
                stored_reports.keep(report, "external")
