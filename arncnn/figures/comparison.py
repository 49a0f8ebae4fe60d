"""Networks and activations side by side (the paper's Table 6 and Figure 10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from arncnn.figures import style
from arncnn.formatting import SIGN, counted, printed, share

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
    rows: Sequence[ComparedModel], *, quantity: str = "Accuracy", decimals: int | None = 2
) -> go.Figure:
    """A dot a seed, a bar at their mean, a hollow diamond for the paper's figure.

    Args:
        rows: top to bottom; a row that could not be run has no values and says so.
        quantity: what is compared, with its unit where it has one.
        decimals: of its percentages; None where it is no share.
    """
    if not rows:
        return style.empty("Nothing has been compared yet.", key="comparison")
    scale = 1 if decimals is None else 100
    drawn = go.Figure()
    seeds = [(row.name, value) for row in rows for value in row.values]
    means = [
        (row.name, float(np.mean(row.values))) for row in rows if row.values and row.is_complete
    ]
    cited = [(row.name, row.paper) for row in rows if row.paper is not None]
    bar = {"symbol": "line-ns", "size": 18, "line": {"width": 3, "color": style.BLUE}}
    dot = {"size": 9, "color": style.faded(style.BLUE, 0.55)}
    diamond = {"symbol": "diamond-open", "size": 12, "color": style.VERMILION}
    for name, points, marker, write in (
        ("one seed", seeds, dot, _written),
        ("mean", means, bar, _written),
        ("paper", cited, diamond, _printed),
    ):
        drawn.add_scatter(
            x=[scale * value for _, value in points],
            y=[row for row, _ in points],
            mode="markers",
            name=name,
            marker=marker,
            customdata=[write(value, decimals) for _, value in points],
            hovertemplate=f"%{{y}}, {name}: %{{customdata}}<extra></extra>",
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
    drawn.update_xaxes(title_text=quantity, ticksuffix="" if decimals is None else SIGN)
    drawn.update_yaxes(
        categoryorder="array", categoryarray=[row.name for row in rows][::-1], type="category"
    )
    return style.styled(drawn, height=120 + 34 * len(rows), key="comparison")


def alt_text(
    rows: Sequence[ComparedModel], *, quantity: str = "Accuracy", decimals: int | None = 2
) -> str:
    """The figure in words."""
    parts = []
    for row in rows:
        mean = ""
        if row.values and row.is_complete:
            average = _written(float(np.mean(row.values)), decimals)
            mean = f"{average} over {counted(len(row.values), 'run')}"
        paper = f"{_printed(row.paper, decimals)} in the paper" if row.paper is not None else ""
        few = " (too few runs to tell apart)" if row.values and not row.is_distinguishable else ""
        parts.append(
            f"{row.name}: " + (", ".join(filter(None, (mean, paper, row.note))) or "not run") + few
        )
    return f"{quantity} compared. " + "; ".join(parts) + "."


def _written(value: float, decimals: int | None) -> str:
    return f"{value:.4g}" if decimals is None else share(value, decimals)


def _printed(value: float, decimals: int | None) -> str:
    return f"{value:g}" if decimals is None else printed(value)


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
    ticks = style.logarithmic_ticks(min(ends), max(ends))
    drawn.update_yaxes(title_text="Training loss", type="log", **ticks)
    return style.styled(drawn, height=380, key="loss-curves")


def loss_curves_alt_text(losses: Mapping[str, Sequence[Sequence[float]]]) -> str:
    """The loss curves in words."""
    parts = [
        f"{name} ends at {np.mean([run[-1] for run in runs if run]):.4g} over "
        f"{counted(len(runs), 'run')}"
        for name, runs in losses.items()
        if any(runs)
    ]
    return "Training loss by epoch: " + ("; ".join(parts) or "no variant trained yet") + "."
