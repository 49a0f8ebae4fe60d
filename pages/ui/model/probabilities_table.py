"""How good the probabilities are: reliability, what refusing buys, what the sets hold."""

import streamlit as st

from arncnn.evaluation.calibration_error import adaptive_reliability, reliability
from arncnn.evaluation.selective import risk_coverage, set_summary
from arncnn.figures import probabilities, set_sizes
from arncnn.figures import reliability as reliability_figure
from arncnn.figures import risk_coverage as risk_figure
from arncnn.models.bundle import ModelBundle
from arncnn.models.predictions import Predictions
from pages.ui.shared import charts
from pages.ui.wording import share, span


def show_distribution(found: Predictions, *, key: str) -> None:
    """Draws the maximum probability by predicted class (beside the paper's Figure 8)."""
    maxima = found.probabilities.max(axis=1)
    by_class = {
        label: maxima[found.predicted == column] for column, label in enumerate(found.labels)
    }
    alt = probabilities.distribution_alt_text(by_class)
    charts.show(probabilities.distribution(by_class), alt, key=key)
    st.caption(
        f"One minus the maximum probability of {len(found):,} test images, by predicted "
        "class: the further left, the more certain."
    )


def show(bundle: ModelBundle, found: Predictions, *, key: str) -> None:
    """Draws the reliability diagram, the risk-coverage curve and the prediction sets."""
    maxima, is_right = found.probabilities.max(axis=1), found.is_right
    calibration, selection = st.columns(2, gap="medium")
    with calibration:
        st.subheader("Reliability", anchor=False)
        equal = st.toggle("Bins of equal count", key=f"{key}_adaptive")
        binned = (adaptive_reliability if equal else reliability)(maxima, is_right)
        alt = reliability_figure.alt_text(binned)
        charts.show(reliability_figure.figure(binned), alt, key=f"{key}_reliability")
        st.caption(f"{len(found):,} test images.")
    with selection:
        st.subheader("Errors when the least sure are refused", anchor=False)
        curves = {"maximum probability": risk_coverage(maxima, is_right)}
        charts.show(risk_figure.figure(curves), risk_figure.alt_text(curves), key=f"{key}_risk")
        _sets(bundle, found, key=key)


def _sets(bundle: ModelBundle, found: Predictions, *, key: str) -> None:
    st.subheader("Prediction sets", anchor=False)
    sets = bundle.metadata.sets
    if sets is None:
        st.caption("This model was trained without calibration and gives no prediction sets.")
        return
    summary = set_summary(sets.sets(found.logits), found.target)
    sizes = summary.sizes
    charts.show(set_sizes.figure(sizes), set_sizes.alt_text(sizes), key=f"{key}_sets")
    covered = summary.coverage
    st.caption(
        f"Nominal: {sets.promise()} Measured: of the {len(found):,} test images here, "
        f"{share(covered.value)} have their class in the set (95%: "
        f"{span(covered.lower, covered.upper)}); a set holds {summary.mean_size:.3f} "
        "classes on average."
    )
