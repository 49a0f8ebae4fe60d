"""Two models side by side, each figure with its sample; and a data set's baselines."""

import streamlit as st

from arncnn.data import Dataset
from arncnn.errors import DataError
from arncnn.evaluation import side_by_side, stored_reports
from arncnn.evaluation.side_by_side import Figure
from arncnn.experiments.comparison import of_data_set
from arncnn.experiments.comparison.rows import BY_KEY
from arncnn.models.bundle import ModelBundle
from arncnn.store import Actor
from pages.ui import frame
from pages.ui.shared import failures, model_picker, stored_results, tables
from pages.ui.wording import share, span


def show(actor: Actor, bundle: ModelBundle, *, key: str) -> None:
    """Draws the model in view beside another one."""
    offered = {
        name: folder
        for name, folder in model_picker.folders(actor).items()
        if folder != str(bundle.folder)
    }
    if not offered:
        st.caption("There is no other model to compare with.")
        return
    name = str(st.selectbox("Compared with", list(offered), key=f"{key}_other", width=480))
    with failures.shown():
        other = stored_results.open_model(offered[name])
        found = side_by_side.figures(bundle, other)
        first, second = bundle.identity.id, other.identity.id
        at_home = [row for row in found if not row.is_outside]
        outside = [row for row in found if row.is_outside]
        _show_figures(at_home, first, second, "on test images and corrupted ones")
        st.caption("In brackets: 95% intervals. Test images are those of the model's own split.")
        if bundle.labels != other.labels:
            st.info(
                "The two models know different classes, so their figures on test images "
                "answer different questions and cannot be compared.",
                icon=":material/info:",
            )
        if outside:
            _show_figures(outside, first, second, "on external scans")
            st.warning(stored_reports.CAUTION, icon=":material/warning:")


def _show_figures(found: list[Figure], first: str, second: str, where: str) -> None:
    rows = [
        {"Figure": row.name, first: row.first, second: row.second, "Measured on": row.sample}
        for row in found
    ]
    tables.show_whole(rows, f"{first} beside {second} {where}, {len(rows)} figures")


def show_data_set(bundle: ModelBundle, dataset: Dataset | None, *, key: str) -> None:
    """Draws the baselines of a data set that the stored comparison is not about."""
    data = bundle.metadata.data
    st.markdown(
        "The stored comparison of networks was made on another data set and does not apply "
        "to this model. The baselines without a network can be computed here; `python -m "
        "arncnn compare --from NAME --out FILE` trains every row on it."
    )
    found = of_data_set.baselines(data.sha256)
    if found:
        n = found[0].n
        measured = stored_results.measured(bundle.identity.sha256, bundle, only_accepted=False)
        accuracy = measured.metrics.accuracy
        tiles = [(BY_KEY[run.key].title, share(run.accuracy)) for run in found]
        tables.show_tiles((("This model", share(accuracy.value)), *tiles), columns=3, width=190)
        st.caption(
            f"Share right on the test set of the paper's split, n = {n:,}; this model's "
            f"split is “{data.split}”, n = {accuracy.n:,}, "
            f"{span(accuracy.lower, accuracy.upper)} (95%, Clopper-Pearson). A model is "
            "worth what it adds to these baselines."
        )
        return
    if dataset is None:
        frame.empty(
            "The model's data set is not on this machine",
            "Add the same files in Retraining, and its baselines can be computed.",
            icon=":material/dataset:",
        )
        return
    label = "Compute the baselines"
    if st.button(label, type="primary", icon=":material/calculate:", key=f"{key}_go"):
        with failures.shown():
            with st.spinner("Comparing pixels with all training images…"):
                try:
                    of_data_set.work_out(dataset)
                except MemoryError as error:
                    raise DataError("There is not enough memory to compare its pixels.") from error
            st.rerun()
