"""Networks and activations side by side (the paper's Table 6 and Figure 10)."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from arncnn.figures import style

_NOT_RUN = "not run: see the budget"
SEEDS_NEEDED = 3  # with fewer, rows cannot be told apart


@dataclass(frozen=True)
class ComparedModel:
    """One row.

    Attributes:
        name: what the row is called.
        values: our measured figures, one a seed.
        paper: the paper's figure for it, or None.
        note: what its values do not say, printed in its line.
        is_complete: whether every run gave a value; without that no mean is drawn.
    """

    name: str
    values: tuple[float, ...]
    paper: float | None = None
    note: str = ""
    is_complete: bool = True

    @property
    def is_distinguishable(self) -> bool:
        """Whether there are seeds enough to compare this row with another."""
        return len(self.values) >= SEEDS_NEEDED


def figure(
    rows: Sequence[ComparedModel], *, quantity: str = "Accuracy", is_share: bool = True
) -> go.Figure:
    """A dot a seed, a bar at their mean, a hollow diamond for the paper's figure.

    Args:
        rows: top to bottom; a row that could not be run has no values and says so.
        quantity: what is compared, with its unit where it has one.
        is_share: print as percent.
    """
    if not rows:
        return style.empty("Nothing has been compared yet.", key="comparison")
    digits = ".2%" if is_share else ".4g"
    drawn = go.Figure()
    seeds = [(row.name, value) for row in rows for value in row.values]
    means = [
        (row.name, float(np.mean(row.values))) for row in rows if row.values and row.is_complete
    ]
    cited = [(row.name, row.paper) for row in rows if row.paper is not None]
    bar = {"symbol": "line-ns", "size": 18, "line": {"width": 3, "color": style.BLUE}}
    for name, points, marker in (
        ("one seed", seeds, {"size": 9, "color": style.faded(style.BLUE, 0.55)}),
        ("mean", means, bar),
        ("paper", cited, {"symbol": "diamond-open", "size": 12, "color": style.VERMILION}),
    ):
        drawn.add_scatter(
            x=[value for _, value in points],
            y=[row for row, _ in points],
            mode="markers",
            name=name,
            marker=marker,
            hovertemplate=f"%{{y}}, {name}: %{{x:{digits}}}<extra></extra>",
        )
    for row in rows:
        note = row.note or ("" if row.values or row.paper is not None else _NOT_RUN)
        if note:
            drawn.add_annotation(
                y=row.name,
                x=0.02,
                xref="x domain",
                xanchor="left",
                text=note,
                showarrow=False,
            )
    drawn.update_xaxes(title_text=quantity, tickformat=".1%" if is_share else None)
    drawn.update_yaxes(
        categoryorder="array", categoryarray=[row.name for row in rows][::-1], type="category"
    )
    return style.styled(drawn, height=120 + 34 * len(rows), key="comparison")


def alt_text(
    rows: Sequence[ComparedModel], *, quantity: str = "Accuracy", is_share: bool = True
) -> str:
    """The figure in words."""
    digits = ".2%" if is_share else ".4g"
    parts = []
    for row in rows:
        mean = ""
        if row.values and row.is_complete:
            mean = f"{np.mean(row.values):{digits}} over {len(row.values)} runs"
        paper = f"{row.paper:{digits}} in the paper" if row.paper is not None else ""
        few = " (too few runs to tell apart)" if row.values and not row.is_distinguishable else ""
        parts.append(
            f"{row.name}: " + (", ".join(filter(None, (mean, paper, row.note))) or "not run") + few
        )
    return f"{quantity} compared. " + "; ".join(parts) + "."


def loss_curves(losses: Mapping[str, Sequence[Sequence[float]]]) -> go.Figure:
    """Training loss by epoch, one line a run and one colour a variant (Figure 10).

    Args:
        losses: for each variant its runs, each a loss an epoch.
    """
    if not any(losses.values()):
        return style.empty("No variant has been trained yet.", key="loss-curves")
    drawn = go.Figure()
    for position, (name, runs) in enumerate(losses.items()):
        for number, run in enumerate(runs):
            drawn.add_scatter(
                x=list(range(1, len(run) + 1)),
                y=list(run),
                name=name,
                legendgroup=name,
                showlegend=number == 0,
                mode="lines+markers",
                opacity=0.8,
                line={
                    "color": style.colour(position),
                    "dash": style.DASHES[position % len(style.DASHES)],
                },
                marker={"symbol": style.SYMBOLS[position % len(style.SYMBOLS)], "size": 6},
                hovertemplate=f"{name}, epoch %{{x}}: %{{y:.4g}}<extra></extra>",
            )
    longest = max(len(run) for runs in losses.values() for run in runs)
    drawn.update_xaxes(title_text="Epoch", dtick=style.epoch_ticks(longest))
    ends = [value for runs in losses.values() for run in runs for value in run]
    ticks = _one_two_five(min(ends), max(ends))
    drawn.update_yaxes(
        title_text="Training loss", type="log", tickvals=ticks, ticktext=[f"{t:g}" for t in ticks]
    )
    return style.styled(drawn, height=380, key="loss-curves")


def _one_two_five(low: float, high: float) -> list[float]:
    """Ticks of a logarithmic axis, from just below ``low`` to just above ``high``.

    >>> _one_two_five(0.06, 1.8)
    [0.05, 0.1, 0.2, 0.5, 1.0, 2.0]
    """
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    series = [float(f"{digit}e{decade}") for decade in decades for digit in (1, 2, 5)]
    first = max((place for place, tick in enumerate(series) if tick <= low), default=0)
    last = min((place for place, tick in enumerate(series) if tick >= high), default=len(series))
    return series[first : last + 1]


def loss_curves_alt_text(losses: Mapping[str, Sequence[Sequence[float]]]) -> str:
    """The loss curves in words."""
    parts = [
        f"{name} ends at {np.mean([run[-1] for run in runs if run]):.4g} over {len(runs)} runs"
        for name, runs in losses.items()
        if any(runs)
    ]
    return "Training loss by epoch: " + ("; ".join(parts) or "no variant trained yet") + "."
