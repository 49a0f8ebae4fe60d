"""The gate's comparison of a candidate with the model that served when it was trained."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from arncnn.labels import title
from pages.ui import caches
from pages.ui.wording import share, span


def show(gate: Mapping[str, Any], *, key: str) -> None:
    """Draws why it passes or not, and every figure with its n."""
    for reason in gate.get("reasons", ()):
        st.markdown(f"- {reason}")
    serving = gate.get("serving")
    if serving and serving["sha256"] != caches.cases().bundle().identity.sha256:
        st.caption(f"Compared with `{serving['id']}`, which is no longer the model in service.")
    measured = [*gate.get("classes", ()), gate.get("corruptions")]
    measured += [gate.get("corrections"), gate.get("strangers")]
    rows = [_row(figure) for figure in measured if figure and figure["candidate"]["n"]]
    if rows:
        with st.expander("Candidate against the model in service", key=key):
            st.dataframe(
                rows, hide_index=True, key=f"{key}_table",
                alt=f"Comparison with the model in service, {len(rows)} figures",
            )  # fmt: skip
            st.caption(
                "Worse means below the 95 % Clopper-Pearson interval of the model in service, "
                "on the same images."
            )


def _row(figure: Mapping[str, Any]) -> dict[str, str]:
    return {
        "Right answers": _name(figure["name"]),
        "Compared": "✗ worse" if figure["is_worse"] else "✓ not worse",
        "Candidate": _share(figure["candidate"]),
        "In service": _share(figure["serving"]) if figure["serving"] else "–",
    }


def _name(key: str) -> str:
    words = title(key)
    return words[:1].upper() + words[1:]


def _share(found: Mapping[str, Any]) -> str:
    if not found["n"]:
        return "–"
    counted = f"{found['hits']:,} of {found['n']:,}"
    lower, upper = found["interval"]
    return f"{share(found['value'], 1)} ({counted}; {span(lower, upper, 1)})"
