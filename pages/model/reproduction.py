"""Reproduction: every table and figure of the paper in its order, ours beside it."""

import streamlit as st

from arncnn.config import BUNDLED_MODELS
from arncnn.data import facts as data_facts
from arncnn.evaluation.paper_values import CITATION
from arncnn.experiments.reproduction.notes import notes
from arncnn.models.bundle import ModelBundle
from arncnn.store import Actor
from pages.ui import frame, sign_in
from pages.ui.model import reproduction_figures, reproduction_tables
from pages.ui.model.reproduction_tables import Notes
from pages.ui.shared import data_fetch, stored_results

_NETWORK, _DATA = "Network: Figures 1 to 4", "Data: Figures 5 and 6"
_TRAINING, _TEST = "Training: Table 1, Figure 7", "Test: Tables 2 to 4, Figures 8 and 9"
_COMPARISON = "Comparison: Table 6, Figure 10"
_PARTS = (_NETWORK, _DATA, _TRAINING, _TEST, _COMPARISON)


def show() -> None:
    """Draws the part of the paper that is chosen."""
    actor = sign_in.actor()
    frame.open_page(
        "Reproduction", "Every table and figure of the paper in its order, ours beside it."
    )
    bundle = stored_results.open_model(str(BUNDLED_MODELS / "paper"))
    st.markdown(
        f"The paper: {CITATION}. Ours: the bundled model `{bundle.identity.id}`, trained with the "
        "paper's recipe on the paper's split, and the stored comparisons. Numbers are those of the "
        "captions, in the order of the paper; where its text uses another, that is said. No "
        "caption says Table 5."
    )
    part = st.segmented_control("Part of the paper", _PARTS, default=_NETWORK, required=True,
                                key="reproduction_part")  # fmt: skip
    said = notes(bundle.metadata)
    if part == _NETWORK:
        reproduction_figures.show_network(
            stored_results.layers(bundle.hyper), said, key="reproduction_network"
        )
        reproduction_figures.show_attention(bundle, said)
        reproduction_figures.show_activations(said, key="reproduction_activations")
    elif part == _DATA:
        _show_data(actor, bundle, said)
    elif part == _TRAINING:
        _show_training(bundle, said)
    elif part == _TEST:
        _show_test(actor, bundle, said)
    else:
        _show_comparison(said)


def _show_data(actor: Actor, bundle: ModelBundle, said: Notes) -> None:
    dataset, facts = stored_results.dataset_of(bundle), data_facts.stored()
    if dataset is None:
        reproduction_tables.show_head("Figure 5")
        data_fetch.offer(actor, key="reproduction_fetch")
        reproduction_tables.show_note("Figure 5", said)
    else:
        reproduction_figures.show_samples(dataset, said, key="reproduction_samples")
    if facts is not None:
        reproduction_figures.show_frequencies(facts, said, key="reproduction_frequencies")


def _show_training(bundle: ModelBundle, said: Notes) -> None:
    history = stored_results.history(bundle.identity.sha256, bundle)
    reproduction_tables.show_epochs(
        history, stored_results.full_comparison(), bundle, said, key="reproduction_epochs"
    )
    reproduction_figures.show_curve(history, said, key="reproduction_curve")


def _show_test(actor: Actor, bundle: ModelBundle, said: Notes) -> None:
    measured = stored_results.measured(bundle.identity.sha256, bundle, only_accepted=False)
    reproduction_tables.show_tested(
        bundle.identity.sha256, measured, said, key="reproduction_tested"
    )
    reproduction_figures.show_confusion(measured, said, key="reproduction_confusion")
    dataset = stored_results.dataset_of(bundle)
    if dataset is None:
        reproduction_tables.show_head("Figure 9")
        data_fetch.offer(actor, key="reproduction_fetch")
        reproduction_tables.show_note("Figure 9", said)
    else:
        reproduction_figures.show_grad_cam(bundle, measured.predictions, dataset, said)


def _show_comparison(said: Notes) -> None:
    small = stored_results.comparison()
    reproduction_tables.show_table_6(
        stored_results.full_comparison(), small, said, key="reproduction_table_6"
    )
    if small is not None:
        reproduction_figures.show_losses(small, said, key="reproduction_losses")


show()
