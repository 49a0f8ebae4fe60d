"""How good the probabilities are: reliability, what refusing buys, what the sets hold."""

import streamlit as st

from arncnn.evaluation.calibration_error import adaptive_reliability, reliability
from arncnn.evaluation.selective import risk_coverage, set_summary
from arncnn.figures import probabilities, set_sizes, style
from arncnn.figures import reliability as reliability_figure
from arncnn.figures import risk_coverage as risk_figure
from arncnn.models.bundle import ModelBundle
from arncnn.models.predictions import Predictions
from pages.ui.wording import share, span


def distribution(found: Predictions, *, key: str) -> None:
    """Draws the maximum probability by predicted class (beside the paper's Figure 8)."""
    maxima = found.probabilities.max(axis=1)
    by_class = {
        label: maxima[found.predicted == column] for column, label in enumerate(found.labels)
    }
    st.plotly_chart(
        probabilities.distribution(by_class),
        config=style.CONFIG,
        key=key,
        alt=probabilities.distribution_alt_text(by_class),
    )


def show(bundle: ModelBundle, found: Predictions, *, key: str) -> None:
    """Draws the reliability diagram, the risk-coverage curve and the prediction sets."""
    maxima, is_right = found.probabilities.max(axis=1), found.is_right
    calibration, selection = st.columns(2, gap="medium")
    with calibration:
        st.subheader("Reliability", anchor=False)
        equal = st.toggle("Bins of equal count", key=f"{key}_adaptive")
        binned = (adaptive_reliability if equal else reliability)(maxima, is_right)
        st.plotly_chart(
            reliability_figure.figure(binned),
            config=style.CONFIG,
            key=f"{key}_reliability",
            alt=reliability_figure.alt_text(binned),
        )
    with selection:
        st.subheader("What refusing the least sure buys", anchor=False)
        curves = {"maximum probability": risk_coverage(maxima, is_right)}
        st.plotly_chart(
            risk_figure.figure(curves),
            config=style.CONFIG,
            key=f"{key}_risk",
            alt=risk_figure.alt_text(curves),
        )
        _sets(bundle, found, key=key)


def _sets(bundle: ModelBundle, found: Predictions, *, key: str) -> None:
    st.subheader("Prediction sets", anchor=False)
    sets = bundle.metadata.sets
    if sets is None:
        st.caption("This model was trained without calibration and gives no prediction sets.")
        return
    summary = set_summary(sets.sets(found.logits), found.target)
    st.plotly_chart(
        set_sizes.figure(summary.sizes),
        config=style.CONFIG,
        key=f"{key}_sets",
        alt=set_sizes.alt_text(summary.sizes),
    )
    covered = summary.coverage
    st.caption(
        f"{sets.promise()} Here {share(covered.value)} hold it "
        f"({span(covered.lower, covered.upper)}); {summary.mean_size:.3f} classes on average."
    )
