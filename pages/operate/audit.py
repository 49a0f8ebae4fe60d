"""Audit: who did what, when; filtered, exported, and the chain proven."""

import streamlit as st

from arncnn.errors import ArncnnError
from pages.ui import frame, resources, sign_in
from pages.ui.components import registry_audit

_ROWS = 100  # on one page


def show() -> None:
    """Draws the lines that fit, or why there are none to see."""
    actor = sign_in.actor()
    frame.open_page("Audit", "Who did what, when. Each line seals the one before.")
    try:
        where = registry_audit.choose(key="audit")
        number = st.session_state.get("audit_page", 1)
        audit = resources.store().audit
        page = audit.entries(actor, where, offset=_ROWS * (number - 1), limit=_ROWS)
    except ArncnnError as error:
        frame.failed(str(error))
        return
    registry_audit.verification(actor, key="audit")
    if not page.total:
        registry_audit.empty(where)
        return
    registry_audit.table(page, key="audit")
    if page.total > _ROWS:
        st.pagination(-(-page.total // _ROWS), key="audit_page")
    registry_audit.export(actor, where, key="audit")


show()
