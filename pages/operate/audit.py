"""Audit: who did what, when; filtered, exported, and the chain proven."""

from pages.ui import caches, frame, sign_in
from pages.ui.operate import audit_table
from pages.ui.shared import page_numbers

_ROWS = 100  # on one page


def show() -> None:
    """Draws the lines that fit, or why there are none to see."""
    actor = sign_in.actor()
    frame.open_page("Audit", "Who did what, and when. Each line seals the one before it.")
    where = audit_table.choose(key="audit")
    entries = caches.store().audit.entries
    page = page_numbers.load(
        lambda offset: entries(actor, where, offset=offset, limit=_ROWS),
        lambda page: page.total,
        rows=_ROWS,
        key="audit_page",
    )
    audit_table.show_verification(actor, key="audit")
    if not page.total:
        audit_table.show_empty(where)
        return
    audit_table.show(page, key="audit")
    page_numbers.show(page.total, rows=_ROWS, key="audit_page")
    audit_table.show_export(actor, where, key="audit")


show()
