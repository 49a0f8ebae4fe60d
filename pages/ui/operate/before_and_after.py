"""What a promotion would change: corrected scans, acceptance, thresholds, weights; unfolded."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from arncnn.errors import ArncnnError
from arncnn.evaluation.intervals import share as counted
from arncnn.formatting import counted as in_words
from arncnn.labels import title
from arncnn.models.bundle import ModelBundle
from arncnn.store.registered_model import RegisteredModel
from pages.ui import caches
from pages.ui.shared import stored_results, tables
from pages.ui.wording import share, span

_NONE = "none of these"
_SHORT = 6  # of a case's number, as on the other pages


def show(model: RegisteredModel, *, key: str) -> None:
    """Draws the candidate beside the model in service; what cannot be opened is left out."""
    try:
        new = stored_results.open_model(str(model.folder))
        old = caches.cases().bundle()
    except ArncnnError:
        return  # the page says so where the models themselves are drawn
    st.markdown("**What would change**")
    alt = "Acceptance, thresholds and weights of the model in service and of the candidate"
    tables.show(_rows(old, new), alt, key=f"{key}_changes", is_whole=True)
    averaged = new.metadata.averaged_with
    if averaged is None:
        st.caption("None of the old weights are kept.")
    else:
        st.caption(
            f"Share of old weights kept: {share(averaged.share, 0)}, those of `{averaged.id}`."
        )


def show_scans(scans: Sequence[Mapping[str, Any]], *, key: str) -> None:
    """Draws every corrected scan before and after, those that changed first."""
    if not scans:
        return
    st.markdown("**Corrected scans, before and after**")
    rows = [
        {
            "Case": scan["case"][:_SHORT],
            "Correction": _NONE if scan["answer"] is None else title(scan["answer"]),
            "Before": _read(scan["serving"]),
            "After": _read(scan["candidate"]),
            "Result": _result(scan),
            "Used": "held out" if scan["is_held_out"] else "trained on",
        }
        for scan in sorted(scans, key=_changed_first)
    ]
    alt = f"{in_words(len(rows), 'corrected scan')}, before and after"
    tables.show(rows, alt, key=f"{key}_scans", is_whole=len(rows) <= 30)
    right = sum(scan["candidate"]["is_right"] for scan in scans if scan["is_held_out"])
    held_out = sum(scan["is_held_out"] for scan in scans)
    st.caption(
        f"Held-out scans were not trained on; {right} of {held_out} are read as corrected. "
        "Scans used in training show what was learned, not how good the model is."
    )


def _rows(old: ModelBundle, new: ModelBundle) -> list[dict[str, str]]:
    limits = [bundle.metadata.thresholds for bundle in (old, new)]
    figures = {
        "Accepted of its test images": [_accepted(bundle) for bundle in (old, new)],
        "Refused as novel under p (nominal rate)": [share(t.novelty_refuse, 1) for t in limits],
        "To review as novel under p (nominal rate)": [share(t.novelty_review, 1) for t in limits],
        "To review below a probability of": [share(t.probability_review, 1) for t in limits],
    }
    return [
        {"Figure": name, "In service": before, "Candidate": after}
        for name, (before, after) in figures.items()
    ]


def _accepted(bundle: ModelBundle) -> str:
    try:
        sha256 = bundle.identity.sha256
        kept = stored_results.measured(sha256, bundle, only_accepted=True).predictions
        n = len(stored_results.measured(sha256, bundle, only_accepted=False).predictions)
    except ArncnnError:
        return "not stored"
    found = counted(len(kept), n)
    ends = span(found.lower, found.upper, 1)
    return f"{share(found.value, 1)} ({len(kept):,} of {n:,}; 95%: {ends})"


def _read(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return "not compared"
    aside = ", set aside as novel" if found["is_set_aside"] else ""
    return f"{title(found['read_as'])}{aside}"


def _result(scan: Mapping[str, Any]) -> str:
    if not scan["is_known"]:
        return "✗ not passed: class unknown"
    was_right = scan["serving"] is not None and scan["serving"]["is_right"]
    if scan["candidate"]["is_right"]:
        return "✓ still right" if was_right else "✓ now right"
    return "✗ now wrong" if was_right else "✗ still wrong"


def _changed_first(scan: Mapping[str, Any]) -> tuple[bool, bool]:
    before = scan["serving"]
    is_same = before is not None and before["is_right"] == scan["candidate"]["is_right"]
    return is_same, not scan["is_held_out"]
