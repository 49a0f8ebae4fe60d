"""The background grey of every class: how classes can be told apart without anatomy."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from arncnn.figures import style
from arncnn.labels import title

Histograms = Mapping[str, Sequence[int]]


def figure(histograms: Histograms) -> go.Figure:
    """One strip a class: where the corners' median lies, 0 (black) to 255 (white).

    Args:
        histograms: class to how many images have a corner median of 0, 1, ... 255.
    """
    if not any(sum(counts) for counts in histograms.values()):
        return style.empty("There are no images to show.", key="background-grey")
    levels = np.arange(256)
    drawn = go.Figure()
    for position, (label, counts) in enumerate(histograms.items()):
        share = _smoothed(counts)
        drawn.add_scatter(
            x=levels,
            y=0.85 * share / max(share.max(), 1e-12) + (len(histograms) - 1 - position),
            mode="lines",
            name=title(label),
            line={"color": style.colour(position), "width": 1.5},
            customdata=np.asarray(counts),
            hovertemplate="grey %{x}: %{customdata:,} images<extra>%{fullData.name}</extra>",
        )
    ticks = list(range(len(histograms)))[::-1]
    drawn.update_yaxes(
        tickvals=ticks, ticktext=[title(label) for label in histograms], showgrid=False, ticks=""
    )
    drawn.update_xaxes(title_text="Median grey of the corners, 0 is black", range=[-2, 257])
    drawn.update_layout(showlegend=False)
    return style.styled(drawn, height=90 + 48 * len(histograms), key="background-grey")


def alt_text(histograms: Histograms) -> str:
    """The figure in words."""
    parts = [f"{title(label)} {median(counts)}" for label, counts in histograms.items()]
    return f"Median grey of the corners by class, of 255: {', '.join(parts)}."


def median(counts: Sequence[int]) -> int:
    """The median level of a histogram.

    >>> median([0, 1, 5, 1])
    2
    """
    total = np.cumsum(counts)
    return int(np.searchsorted(total, total[-1] / 2)) if len(total) and total[-1] else 0


def _smoothed(counts: Sequence[int]) -> np.ndarray:
    """Over five levels, so that a single level's spike does not hide the rest."""
    return np.convolve(np.sqrt(np.asarray(counts, np.float64)), np.ones(5) / 5, mode="same")
