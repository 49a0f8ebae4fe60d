"""What the model pages read of stored runs, each kept in memory once read."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from markdown_it import MarkdownIt

from arncnn import data
from arncnn.data import Dataset, mednist, registry
from arncnn.data import facts as data_facts
from arncnn.data.registry import RegisteredDataSet
from arncnn.evaluation import stored_reports
from arncnn.evaluation.metrics import Metrics, metrics
from arncnn.experiments.comparison import result
from arncnn.models import predictions, training_history
from arncnn.models.bundle import ModelBundle
from arncnn.models.predictions import Predictions
from arncnn.models.release_check import ReleaseCheck
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


@st.cache_data(show_spinner=False, max_entries=_MODELS)
def release_check(sha256: str, _of_release: ReleaseCheck | None) -> ReleaseCheck | None:
    """How far a model's maps can be trusted: its stored evaluation, else its release's."""
    report = stored_reports.find(sha256, "explanations")
    return ReleaseCheck.of(report) if report else _of_release


@st.cache_data(show_spinner="Writing the card…", max_entries=_MODELS)
def card(sha256: str, report_times: tuple[float, ...], _bundle: ModelBundle) -> str:
    """The model card; written anew when a report of ``evaluate`` comes or goes."""
    return model_card.card(_bundle)


@st.cache_data(show_spinner=False, max_entries=_MODELS)
def html(markdown: str) -> str:
    """Markdown with tables as HTML; tags in it are shown, not obeyed."""
    return MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)


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
    found, sha256 = dataset(), bundle.metadata.data.sha256
    return found if found is not None and found.sha256 == sha256 else _dataset_of_sum(sha256)


@st.cache_resource(show_spinner=False, ttl=5, max_entries=_MODELS)
def _dataset_of_sum(sha256: str) -> Dataset | None:
    return mednist.of_sum(sha256)


def data_set_entry(bundle: ModelBundle) -> RegisteredDataSet | None:
    """What the registry knows of the data set the model was trained on; None without an entry."""
    sha256 = bundle.metadata.data.sha256
    return mednist.ENTRY if sha256 == mednist.SHA256 else registry.of(sha256)


@st.cache_data(show_spinner=False, ttl=60, max_entries=_MODELS)
def facts(sha256: str) -> dict | None:
    """What was worked out of the data set of that sum; None before."""
    return data_facts.of(sha256)


@st.cache_data(show_spinner=False, ttl=5)
def comparison() -> result.Comparison | None:
    """The bundled comparison; DataError when it is damaged."""
    return result.load()


def comparison_of(bundle: ModelBundle) -> result.Comparison | None:
    """The comparison where it was made on the model's data set; DataError when it is damaged."""
    found = comparison()
    is_its = found is not None and found.data_sha256 == bundle.metadata.data.sha256
    return found if is_its else None


@st.cache_data(show_spinner=False, ttl=5)
def full_comparison() -> result.Comparison | None:
    """The bundled comparison at full budget; DataError when it is damaged."""
    return result.load(result.STORED_FULL)
