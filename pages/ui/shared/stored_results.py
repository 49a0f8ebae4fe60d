"""What the model pages read of stored runs, each kept in memory once read."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from arncnn import data
from arncnn.data import Dataset
from arncnn.data import facts as data_facts
from arncnn.evaluation.metrics import Metrics, metrics
from arncnn.experiments.comparison import result
from arncnn.models import predictions, training_history
from arncnn.models.bundle import ModelBundle
from arncnn.models.predictions import Predictions
from arncnn.models.training_history import EpochRecord
from arncnn.network import summary
from arncnn.network.hyper_parameters import HyperParameters
from arncnn.network.summary import LayerRow
from arncnn.reports import model_card

_MODELS = 16  # kept at a time


@dataclass(frozen=True, eq=False)
class Measured:
    """Predictions of one split with all that follows from them."""

    predictions: Predictions
    metrics: Metrics


@st.cache_resource(show_spinner=False, max_entries=_MODELS)
def open_model(folder: str) -> ModelBundle:
    """A verified model; ModelError when it was altered."""
    return ModelBundle.open(Path(folder))


@st.cache_resource(show_spinner=False, max_entries=_MODELS)
def history(sha256: str, _bundle: ModelBundle) -> list[EpochRecord]:
    """The epochs of a model's training."""
    return training_history.load(_bundle)


@st.cache_resource(show_spinner="Counting…", max_entries=_MODELS)
def measured(sha256: str, _bundle: ModelBundle, *, only_accepted: bool) -> Measured:
    """The test part of the model's split, or what of it needs no review."""
    found = Predictions.of(_bundle)
    if only_accepted:
        found = found.only(predictions.needs_no_review(_bundle, found))
    return Measured(found, metrics(found.target, found.predicted, found.labels))


@st.cache_data(show_spinner="Writing the card…", max_entries=_MODELS)
def card(sha256: str, report_times: tuple[float, ...], _bundle: ModelBundle) -> str:
    """The model card; written anew when a report of ``evaluate`` comes or goes."""
    return model_card.card(_bundle)


@st.cache_resource(show_spinner=False, max_entries=_MODELS)
def layers(hyper: HyperParameters) -> tuple[LayerRow, ...]:
    """Every layer of the live network."""
    return summary.layers(hyper)


@st.cache_resource(show_spinner=False, ttl=60)
def dataset() -> Dataset | None:
    """The data set when it is on this machine and prepared, else None."""
    return data.prepared()


def dataset_of(bundle: ModelBundle) -> Dataset | None:
    """The data set the model was tested on, when it is on this machine."""
    found = dataset()
    return found if found is not None and found.sha256 == bundle.metadata.data.sha256 else None


@st.cache_data(show_spinner=False, ttl=60)
def facts() -> dict | None:
    """What is known of the data set the project is bundled for."""
    return data_facts.stored()


@st.cache_data(show_spinner=False, ttl=5)
def comparison() -> result.Comparison | None:
    """The bundled comparison; DataError when it is damaged."""
    return result.load()


@st.cache_data(show_spinner=False, ttl=5)
def full_comparison() -> result.Comparison | None:
    """The bundled comparison at full budget; DataError when it is damaged."""
    return result.load(result.STORED_FULL)
