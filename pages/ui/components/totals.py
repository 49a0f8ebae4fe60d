"""How often header and pixels disagree, by scanner and by stated body part."""

from collections.abc import Sequence

import streamlit as st

from arncnn.store import Actor
from arncnn.store.worklist import CaseFilter, Total
from pages.ui import resources


def show(actor: Actor, where: CaseFilter, *, key: str) -> None:
    """Draws both tables."""
    cases = resources.store().cases
    scanner, part = st.columns(2, gap="medium")
    with scanner:
        st.subheader("By scanner", anchor=False)
        _table(cases.by_scanner(actor, where), f"{key}_scanner", "scanner")
    with part:
        st.subheader("By stated body part", anchor=False)
        _table(cases.by_body_part(actor, where), f"{key}_part", "stated body part")


def _table(totals: Sequence[Total], key: str, what: str) -> None:
    st.dataframe(
        [
            {
                what.capitalize(): " ".join(filter(None, total.group)) or "not stated",
                "Cases": total.cases,
                "Agree": total.agree,
                "Disagree": total.disagree,
                "Review": total.review,
                "Refused": total.refuse,
            }
            for total in totals
        ],
        hide_index=True,
        key=key,
        alt=f"Number of cases and header checks by {what}",
    )
