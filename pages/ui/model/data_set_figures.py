"""What is known of the data set: frequencies, samples, copies, near-twins, background grey."""

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from arncnn.experiments.comparison.result import Comparison
from arncnn.experiments.comparison.rows import BY_KEY
from arncnn.figures import background_grey, class_frequencies
from arncnn.labels import title
from pages.ui import state
from pages.ui.shared import charts, page_numbers, tables
from pages.ui.wording import share

_CLASSES = 24  # in a figure
_FIGURES = 16  # kept at a time
_SHOWN = {"AbdomenCT": "Shows the abdomen", "ChestCT": "Shows the chest", "unclear": "Unclear"}


def show_frequencies(facts: Mapping[str, Any], sha256: str, *, key: str) -> None:
    """Draws how many images each class has (the paper's Figure 6)."""
    by_part = st.toggle("By part of the paper's split", key=f"{key}_parts")
    counts = facts["splits"]["paper"]["classes"] if by_part else {"images": facts["classes"]}
    shown = {part: _page(by_class, key=key) for part, by_class in counts.items()}
    classes = tuple(next(iter(shown.values())))
    drawn = _frequencies(sha256, classes, tuple(shown), shown)
    charts.show(drawn, class_frequencies.alt_text(shown), key=key)
    _show_numbers(len(facts["classes"]), key=key)


def show_twins(facts: Mapping[str, Any], *, key: str) -> None:
    """Draws copies and near-twins, and what the splits do about them."""
    identical, paper = facts["identical"], facts["splits"]["paper"]
    grouped_name = next(name for name in facts["splits"] if name != "paper")
    grouped = facts["splits"][grouped_name]
    tiles = (
        ("Groups of duplicates", f"{identical['groups']:,}"),
        ("Images in them", f"{identical['images']:,}"),
        ("Largest group", f"{identical['largest']:,}"),
        ("Pairs of near-duplicates", f"{facts['near_twin_pairs']:,}"),
    )
    tables.show_tiles(tiles, columns=4, width=150)
    shares = paper["test_images_with_near_twin_in_train"]
    rows = [
        {
            "Class": title(label),
            "Images": count,
            "Byte-identical to another": identical["classes"][label],
            "Test images with a near-duplicate": share(shares[label] or 0, 1),
        }
        for label, count in facts["classes"].items()
    ]
    tables.show_figures(rows, "Duplicates and near-duplicates by class", key=key)
    st.caption(
        "Near-duplicates differ by less than 5 grey levels (root mean square). The paper's "
        "split assigns images at random, so the last column shows what a model may have "
        f"memorised. The split “{grouped_name}” keeps near-duplicates together and leaves "
        f"out {grouped['copies_left_out']:,} duplicates: "
        f"{grouped['test_images_with_near_twin_in_train']:,} of its test images have a "
        "near-duplicate in training."
    )


def show_background(
    facts: Mapping[str, Any], sha256: str, compared: Comparison | None, *, key: str
) -> None:
    """Draws the background grey by class, and how far it alone gets."""
    greys = _page(facts["corner_median"], key=key)
    drawn = _background(sha256, tuple(greys), greys)
    charts.show(drawn, background_grey.alt_text(greys), key=key)
    _show_numbers(len(facts["classes"]), key=key)
    text = ", ".join(f"{title(k)} {background_grey.median(v)}" for k, v in greys.items())
    st.markdown(f"Median grey of the corners, of 255: {text}.")
    runs = compared.of("tree") if compared else ()
    if runs:
        st.markdown(
            f"A **{BY_KEY['tree'].title.lower()}** (the corners' grey, the darkest pixel) "
            f"gets **{share(runs[0].accuracy)}** of the test set right without looking at "
            "anatomy. A model can learn the same shortcut and fail on scans with another "
            "background."
        )


def show_anatomy(facts: Mapping[str, Any], *, key: str) -> None:
    """Draws how many slices of a CT class show another part of the body than its name says."""
    rows = [
        {"Class": title(label), **{_SHOWN[name]: n for name, n in counts.items()}}
        for label, counts in facts["anatomy"].items()
    ]
    tables.show_figures(rows, "What the CT slices of each class show", key=key)
    st.caption(
        "Medical MNIST sorts slices by study, not by what they show. What 360 of them show "
        "was judged by eye and extended to the rest by where dense tissue is seen. The "
        "robust recipe labels a slice whose appearance it changes by what the slice shows, "
        "and leaves unclear slices unchanged."
    )


# What a data set holds does not change, and a figure takes longer to make than to send.
@st.cache_resource(show_spinner=False, max_entries=_FIGURES)
def _frequencies(
    sha256: str, classes: tuple[str, ...], parts: tuple[str, ...], _counts: class_frequencies.Counts
) -> go.Figure:
    return class_frequencies.figure(_counts)


@st.cache_resource(show_spinner=False, max_entries=_FIGURES)
def _background(
    sha256: str, classes: tuple[str, ...], _greys: background_grey.Histograms
) -> go.Figure:
    return background_grey.figure(_greys)


def _page(by_class: Mapping[str, Any], *, key: str) -> dict[str, Any]:
    """The classes in view: of a few hundred a figure holds some at a time."""
    first = _CLASSES * (state.page_number(f"{key}_page") - 1)
    first = first if first < len(by_class) else 0
    return dict(list(by_class.items())[first : first + _CLASSES])


def _show_numbers(classes: int, *, key: str) -> None:
    page_numbers.show(classes, rows=_CLASSES, key=f"{key}_page")
