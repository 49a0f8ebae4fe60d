"""The sections of the dashboard and their pages, in the order they are shown."""

from copy import copy
from dataclasses import dataclass
from functools import cache

import streamlit as st


@dataclass(frozen=True)
class Entry:
    """One page in the navigation.

    Attributes:
        script: the page's file, from the repository's root; its stem is the address.
        title: what the navigation shows.
        icon: a Material symbol.
    """

    script: str
    title: str
    icon: str


UPLOAD = Entry("pages/scan/upload.py", "Read a scan", ":material/upload_file:")
PROBABILITIES = Entry("pages/scan/probabilities.py", "Reading", ":material/monitoring:")
EXPLANATIONS = Entry("pages/scan/explanations.py", "Evidence", ":material/visibility:")
FIND = Entry("pages/scan/find.py", "Find in PACS", ":material/search:")
WORKLIST = Entry("pages/scan/worklist.py", "Worklist", ":material/list_alt:")

TRAINING_CURVE = Entry("pages/model/training_curve.py", "Training curve", ":material/show_chart:")
CONFUSION_MATRIX = Entry(
    "pages/model/confusion_matrix.py", "Confusion matrix", ":material/grid_on:"
)
COMPARISON = Entry("pages/model/comparison.py", "Comparison", ":material/compare_arrows:")
REPRODUCTION = Entry("pages/model/reproduction.py", "Reproduction", ":material/menu_book:")
DATA_SET = Entry("pages/model/data_set.py", "Data set", ":material/dataset:")
NETWORK = Entry("pages/model/network.py", "Network", ":material/account_tree:")
MODEL_CARD = Entry("pages/model/model_card.py", "Model card", ":material/description:")

RETRAINING = Entry("pages/operate/retraining.py", "Retraining", ":material/model_training:")
CORRECTIONS = Entry("pages/operate/corrections.py", "Corrections", ":material/rate_review:")
HEADERS = Entry("pages/operate/headers.py", "Headers", ":material/label:")
SOURCES = Entry("pages/operate/sources.py", "Sources", ":material/lan:")
MODELS = Entry("pages/operate/models.py", "Models", ":material/inventory_2:")
AUDIT = Entry("pages/operate/audit.py", "Audit", ":material/fact_check:")
PEOPLE = Entry("pages/operate/people.py", "People", ":material/group:")

SECTIONS: dict[str, tuple[Entry, ...]] = {
    "Scan": (UPLOAD, PROBABILITIES, EXPLANATIONS, WORKLIST, FIND),
    "Model": (
        TRAINING_CURVE,
        CONFUSION_MATRIX,
        COMPARISON,
        REPRODUCTION,
        DATA_SET,
        NETWORK,
        MODEL_CARD,
    ),
    "Operate": (RETRAINING, CORRECTIONS, HEADERS, SOURCES, MODELS, AUDIT, PEOPLE),
}


def choose() -> st.Page:
    """Draws the navigation and gives the page that was asked for."""
    # A page may be run once for each time that it is handed over, so every run gets its own.
    sections = {name: [copy(page) for page in pages] for name, pages in _pages().items()}
    return st.navigation(sections, expanded=True)


@cache
def _pages() -> dict[str, list[st.Page]]:
    """Made once: each is looked up on the disk, which took every run milliseconds."""
    return {
        section: [
            st.Page(entry.script, title=entry.title, icon=entry.icon, default=entry is UPLOAD)
            for entry in entries
        ]
        for section, entries in SECTIONS.items()
    }


def is_at(page: st.Page, entry: Entry) -> bool:
    """Whether ``page`` is the page of ``entry``."""
    return page.title == entry.title
