"""Which images a model is judged on; what was not measured is named with how to measure it."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from arncnn.evaluation import stored_reports
from arncnn.models.bundle import ModelBundle
from pages.ui.shared import stored_results

TEST, ACCEPTED, EXTERNAL = "Test part", "Test part, no review needed", "External scans"
FOLDS = "Grouped folds"


def choose(bundle: ModelBundle, *, key: str) -> str:
    """Draws the picker and gives one of the names above."""
    external = stored_reports.find(bundle.identity.sha256, "external")
    folds = stored_reports.folds(bundle.metadata.recipe.name)
    offered = [TEST, ACCEPTED, *([EXTERNAL] if external else []), *([FOLDS] if folds else [])]
    chosen = st.segmented_control("Judged on", offered, default=TEST, required=True, key=key)
    about = {
        TEST: f"The test part of the split “{bundle.metadata.data.split}”, as the paper has it.",
        ACCEPTED: _accepted(bundle),
        EXTERNAL: "Real scans that no training has seen, read before any refusal.",
        FOLDS: _folds(folds) if folds else "",
    }
    missing = [] if external else ["external scans (`python -m arncnn evaluate external FOLDER`)"]
    if not folds:
        missing.append(
            "grouped folds (`python -m arncnn train --fold I --folds K` for each, then "
            "`evaluate folds FOLDER`)"
        )
    unmeasured = f" Not measured: {'; '.join(missing)}." if missing else ""
    st.caption(about[chosen] + unmeasured)
    return str(chosen)


def _folds(report: Mapping[str, Any]) -> str:
    return (
        f"{len(report['folds'])} trainings of the recipe “{report['recipe']['name']}”, each tested "
        "on images of which it saw no near-twin; together they answer each of these images once. "
        "The model above is none of them."
    )


def _accepted(bundle: ModelBundle) -> str:
    left_out = "The same, without images that a low probability or an ambiguous prediction set"
    stored = stored_results.measured(bundle.identity.sha256, bundle, only_accepted=False)
    if stored.predictions.novelty_p_value is None:
        return f"{left_out} sends to review; this model was stored without novelty."
    return f"{left_out} sends to review, or that are novel to the model."
