"""Figures of the paper, ours drawn from the live network, stored results or the data set."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from arncnn.data import Dataset
from arncnn.evaluation.paper_values import CLASS_COUNTS, SPLIT_SHARES, TABLE_1
from arncnn.experiments.comparison.result import Comparison
from arncnn.experiments.reproduction.activations import activation_lines, losses
from arncnn.experiments.reproduction.gallery import Explained, explained, module_steps
from arncnn.explain.attention import AttentionSteps
from arncnn.figures import (
    activation_losses,
    activations,
    architecture,
    class_frequencies,
    confusion_matrix,
    network_diagram,
    picture,
    probabilities,
    training_curve,
)
from arncnn.labels import title
from arncnn.models.bundle import ModelBundle
from arncnn.models.predictions import Predictions
from arncnn.models.training_history import EpochRecord
from arncnn.network.summary import LayerRow
from pages.ui.model.reproduction_tables import Notes, show_head, show_note, show_rows
from pages.ui.shared import charts, data_set_samples, failures, tables
from pages.ui.shared.stored_results import Measured
from pages.ui.wording import percent, share

_EDGE = 192  # px
_OPACITY = 0.6
_GELU = "GELU"


def show_network(layers: Sequence[LayerRow], notes: Notes, *, key: str) -> None:
    """Draws Figures 1 and 2: the network as the paper's diagram, then every layer."""
    show_head("Figure 1")
    parts = {
        "ARN-CNN": network_diagram.whole(layers),
        "Residual block": network_diagram.RESIDUAL_BLOCK,
        "Attention module": network_diagram.ATTENTION_MODULE,
    }
    with st.grid(2, min_column_width=320, gap="medium"):
        whole, blocks = st.container(), st.container()
    for number, (name, boxes) in enumerate(parts.items()):
        with whole if number == 0 else blocks:
            st.markdown(f"**{name}**")
            chart = network_diagram.figure(boxes, key=f"{key}_{number}")
            charts.show(chart, network_diagram.alt_text(boxes, name), key=f"{key}_{number}")
    show_note("Figure 1", notes)
    show_head("Figure 2")
    total = sum(layer.parameters for layer in layers)
    st.markdown(f"**{len(layers)} layers, {total:,} parameters.**")
    with st.expander("Every layer with its shape and its parameters", key=f"{key}_layers"):
        charts.show(architecture.figure(layers), architecture.alt_text(layers), key=f"{key}_all")
    show_note("Figure 2", notes)


def show_attention(bundle: ModelBundle, notes: Notes) -> None:
    """Draws Figure 3: what enters a module, its map, and their product."""
    show_head("Figure 3")
    with failures.shown():
        steps = _steps(bundle.identity.sha256, bundle)
        scale = float(np.abs(steps.mean_before).max())
        shown = (
            ("Features before", steps.mean_before, scale),
            ("Attention map", steps.mean_map, 1.0),
            ("Features × map", steps.mean_after, scale),
        )
        with st.grid(3, min_column_width=150, gap="small"):
            for name, values, end in shown:
                span = f"{values.min():.3g} to {values.max():.3g}"
                strength = values / end if end > 0 else values
                drawn = picture.palette(
                    picture.enlarge(np.asarray(strength, np.float32), (_EDGE, _EDGE), smooth=False),
                    is_signed=False,
                )
                alt = f"{name} of the first attention module: values from {span}"
                st.image(picture.png(drawn), caption=f"{name}, {span}", width="stretch", alt=alt)
        st.caption(
            "First attention module on a drawn chest X-ray (synthetic), means over "
            f"channels; {share(steps.kept_share, 0)} of the features' mean magnitude is "
            "passed on. Yellow is high."
        )
    show_note("Figure 3", notes)


@st.cache_resource(show_spinner="Running the network up to its first attention module…")
def _steps(sha256: str, _bundle: ModelBundle) -> AttentionSteps:
    return module_steps(_bundle)


def show_activations(notes: Notes, *, key: str) -> None:
    """Draws Figure 4."""
    show_head("Figure 4")
    charts.show(activations.figure(), activations.alt_text(), key=key)
    show_note("Figure 4", notes)


def show_samples(dataset: Dataset, notes: Notes, *, key: str) -> None:
    """Draws Figure 5."""
    show_head("Figure 5")
    data_set_samples.show(dataset, key=key)
    st.caption(f"Sample: of each class some of its images, {len(dataset):,} in all; no interval.")
    show_note("Figure 5", notes)


def show_frequencies(facts: Mapping[str, Any], notes: Notes, *, key: str) -> None:
    """Draws Figure 6: images by class and by part, each number beside the paper's."""
    show_head("Figure 6")
    split = facts["splits"]["paper"]
    counts = split["classes"]
    charts.show(class_frequencies.figure(counts), class_frequencies.alt_text(counts), key=key)
    rows = [
        {"What": title(label), "Paper": f"{CLASS_COUNTS[label]:,}", "Ours": f"{count:,}"}
        for label, count in facts["classes"].items()
    ]
    rows += [
        {
            "What": f"Images to {what}",
            "Paper": share(SPLIT_SHARES[part], 0),
            "Ours": f"{split[part]:,} ({share(split[part] / facts['images'])})",
        }
        for part, what in (("train", "train on"), ("validation", "watch"), ("test", "test on"))
    ]
    tables.show(rows, "Figure 6 in numbers, ours beside the paper's", key=f"{key}_counts")
    st.caption(f"Counted over all {facts['images']:,} images, so there is no interval.")
    show_note("Figure 6", notes)


def show_curve(history: Sequence[EpochRecord], notes: Notes, *, key: str) -> None:
    """Draws Figure 7: the bundled model's epochs with the paper's laid over."""
    show_head("Figure 7")
    runs = {"ours": history}
    chart = training_curve.figure(runs, paper=TABLE_1)
    charts.show(chart, training_curve.alt_text(runs, paper=TABLE_1), key=key)
    st.caption("Sample and intervals are those of Table 1 above.")
    show_note("Figure 7", notes)


def show_confusion(measured: Measured, notes: Notes, *, key: str) -> None:
    """Draws Figure 8: the confusion matrix and how sure the model is."""
    show_head("Figure 8")
    found, figures = measured.predictions, measured.metrics
    maxima = found.probabilities.max(axis=1)
    by_class = {
        label: maxima[found.predicted == column] for column, label in enumerate(found.labels)
    }
    matrix = figures.confusion_matrix
    with st.grid(2, min_column_width=330, gap="medium"):
        charts.show(
            confusion_matrix.figure(matrix, found.labels),
            confusion_matrix.alt_text(matrix, found.labels),
            key=f"{key}_matrix",
        )
        charts.show(
            probabilities.distribution(by_class),
            probabilities.distribution_alt_text(by_class),
            key=f"{key}_sureness",
        )
    accuracy = figures.accuracy
    st.caption(
        f"{figures.errors:,} of {figures.n:,} test images read wrongly; accuracy "
        f"{share(accuracy.value)} (95%: {share(accuracy.lower)} to {share(accuracy.upper)})."
    )
    show_note("Figure 8", notes)


def show_grad_cam(bundle: ModelBundle, found: Predictions, dataset: Dataset, notes: Notes) -> None:
    """Draws Figure 9: Grad-CAM of the last convolution on test images."""
    show_head("Figure 9")
    with failures.shown():
        shown = _explained(bundle.identity.sha256, dataset.sha256, bundle, found, dataset)
        with st.grid(6, min_column_width=150, gap="small"):
            for image in shown:
                st.image(_laid_over(image), caption=_words(image), width="stretch", alt=_alt(image))
        st.caption(
            f"{len(shown)} of {len(found):,} test images: the first two of every class, "
            "then those read wrongly. Below each: the class it was read as. The map is of "
            f"that class, from 0 (uncoloured) to {shown[0].scale:.2g} logit (yellow), the "
            "same for all."
        )
    show_note("Figure 9", notes)


@st.cache_resource(show_spinner="Reading test images…", max_entries=2)
def _explained(
    model: str, data: str, _bundle: ModelBundle, _found: Predictions, _dataset: Dataset
) -> tuple[Explained, ...]:
    return explained(_bundle, _found, _dataset)


def _laid_over(image: Explained) -> bytes:
    enlarged = picture.enlarge(image.image, (_EDGE, _EDGE))
    return picture.png(
        picture.overlay(
            enlarged,
            image.map,
            scale=image.scale,
            is_signed=False,
            opacity=_OPACITY,
            smooth=True,
        )
    )


def _words(image: Explained) -> str:
    read = f"{title(image.predicted)}, {percent(image.probability)}"
    return read if image.true == image.predicted else f"{title(image.true)}, read as {read}"


def _alt(image: Explained) -> str:
    row, column = np.unravel_index(int(image.map.argmax()), image.map.shape)
    place = f"row {row + 1}, column {column + 1} of 8 by 8 cells"
    return f"{image.path}, {_words(image)}; strongest at {place}, {image.map.max():.2g} logit"


def show_losses(small: Comparison, notes: Notes, *, key: str) -> None:
    """Draws Figure 10: one small panel an activation, and where the losses end."""
    show_head("Figure 10")
    by_name = losses(small)
    span = activation_losses.limits(by_name)
    st.markdown(
        f"Budget “{small.budget.name}”: {small.budget.sentence} Line: mean of the runs; band: "
        f"their range; dotted: {_GELU}'s mean. All panels share one logarithmic axis."
    )
    with st.grid(3, min_column_width=260, gap="small"):
        for name, runs in by_name.items():
            with st.container(gap="xsmall"):
                st.markdown(f"**{name}**")
                reference = by_name.get(_GELU, []) if name != _GELU else []
                chart = activation_losses.panel(
                    name, runs, reference=reference, span=span, key=f"{key}_{name}"
                )
                alt = activation_losses.alt_text(name, runs)
                charts.show(chart, alt, key=f"{key}_{name}")
    st.markdown("**Training loss of the last epoch**")
    alt = "Training loss of the last epoch by dense activation"
    show_rows(activation_lines(small), alt, first="Dense activation")
    show_note("Figure 10", notes)
