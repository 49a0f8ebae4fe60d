"""Every promotion and rollback, newest first."""

from collections.abc import Sequence

import streamlit as st

from arncnn.store.registered_model import AliasChange
from pages.ui.wording import DECISIONS, moment


def show(history: Sequence[AliasChange], *, key: str) -> None:
    """Draws the table; nothing before the first promotion."""
    if not history:
        return
    st.subheader("History", anchor=False)
    st.dataframe(
        [
            {
                "When": moment(change.at),
                "Who": change.actor,
                "What": DECISIONS[change.action],
                "Model": change.model_sha256[:12] if change.model_sha256 else "bundled",
                "Reason": change.reason,
            }
            for change in history
        ],
        hide_index=True,
        key=key,
        alt=f"{len(history)} promotions and rollbacks, newest first",
    )
