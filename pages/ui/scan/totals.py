"""How often header and pixels disagree, by scanner and by stated body part."""

from collections.abc import Sequence

import streamlit as st

from arncnn.store import Actor
from arncnn.store.worklist import CaseFilter, Total
from pages.ui import caches
from pages.ui.wording import HEADERS, VERDICTS

_NAME = 210  # px: the same in both tables, so that the counts stand below each other


def show(actor: Actor, where: CaseFilter, *, key: str) -> None:
    """Draws both tables."""
    cases = caches.store().cases
    st.subheader("By scanner", anchor=False)
    _table(cases.by_scanner(actor, where), f"{key}_scanner", "scanner")
    st.subheader("By stated body part", anchor=False)
    _table(cases.by_body_part(actor, where), f"{key}_part", "stated body part")


def _table(totals: Sequence[Total], key: str, what: str) -> None:
    st.dataframe(
        [
            {
                what.capitalize(): " ".join(filter(None, total.group)) or "not stated",
                "Cases": total.cases,
                f"Header {HEADERS['agree'].lower()}": total.agree,
                f"Header {HEADERS['disagree'].lower()}": total.disagree,
                VERDICTS["review"]: total.review,
                VERDICTS["refuse"]: total.refuse,
            }
            for total in totals
        ],
        hide_index=True,
        column_config={what.capitalize(): st.column_config.TextColumn(width=_NAME)},
        key=key,
        alt=f"Number of cases and header checks by {what}",
    )
