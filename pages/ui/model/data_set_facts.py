"""Which data set a model was trained on, what is known of it, and what can be worked out here."""

import streamlit as st

from arncnn import data
from arncnn.data import Dataset, facts, mednist
from arncnn.formatting import counted
from arncnn.models.bundle import ModelBundle
from arncnn.store import Actor
from arncnn.store.roles import refusal
from pages.ui import frame, sign_in
from pages.ui.shared import buttons, failures, stored_results
from pages.ui.wording import plain

_NAMED = 40  # classes in a sentence


def show_source(bundle: ModelBundle) -> None:
    """Draws the data set's name, source and licence, or that they are not known here."""
    entry = stored_results.data_set_entry(bundle)
    learned = bundle.metadata.data
    used = f"{learned.train_images:,} of its images were used for training"
    said = f"{used}, split “{learned.split}”."
    if entry is None:
        st.markdown(
            f"**A data set that is not registered here**, SHA-256 `{learned.sha256[:12]}…`: its "
            f"name, source and licence are known to whoever trained the model. {said}"
        )
        return
    st.markdown(
        f"**{plain(entry.name)}**: {counted(entry.images, 'image')} of 64 × 64 grey pixels in "
        f"{len(entry.classes)} classes. {said}"
    )
    left_out = f" Left out: {counted(entry.left_out, 'file')}." if entry.left_out else ""
    st.caption(f"Source: {plain(entry.source)}. Licence: {plain(entry.licence)}.{left_out}")


def show_unknown(actor: Actor, bundle: ModelBundle, dataset: Dataset | None, *, key: str) -> None:
    """Draws what to do where the facts of the model's data set have not been worked out."""
    classes = plain(", ".join(bundle.labels[:_NAMED]))
    if dataset is None:
        frame.empty(
            "The model's data set is not on this machine",
            f"Only its classes are known here: {classes}. Add the same files in Retraining "
            "or with `python -m arncnn data add`, and this page describes them.",
            icon=":material/dataset:",
        )
        offer_fetch(actor, bundle.metadata.data.sha256, key=key)
        return
    frame.empty(
        "This data set has not been analysed yet",
        "Duplicates, near-duplicates, splits and background grey of "
        f"{counted(len(dataset), 'image')}: seconds for a few thousand, minutes for 60,000. "
        "The results are kept.",
        icon=":material/dataset:",
    )
    if st.button("Analyse it", type="primary", icon=":material/calculate:", key=f"{key}_go"):
        with failures.shown():
            bar = st.progress(0.0, text="Comparing images")

            def tell(stage: str, done: int, total: int | None) -> None:
                bar.progress(min(1.0, done / total) if total else 0.0, text=stage.capitalize())

            facts.work_out(dataset, tell)
            stored_results.facts.clear()
            st.rerun()


def offer_fetch(actor: Actor, sha256: str, *, key: str) -> None:
    """Offers to fetch Medical MNIST where it is the data set, and not yet on this machine."""
    if sha256 != mednist.SHA256 or data.availability() == "missing":
        return
    off = buttons.unless(refusal(actor, "data.add"))
    label = "Fetch Medical MNIST (59 MB)" if data.availability() == "remote" else "Import it"
    if st.button(label, icon=":material/download:", key=f"{key}_fetch", **off):
        with failures.shown():
            sign_in.acting()
            with st.spinner("Fetching, verifying and packing: about a minute…"):
                data.load()
            stored_results.dataset.clear()
            st.rerun()
