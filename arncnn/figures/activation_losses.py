"""Training loss by dense activation, one small panel each (the paper's Figure 10)."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from arncnn.figures import style

Runs = Sequence[Sequence[float]]


def limits(losses: Mapping[str, Runs]) -> tuple[float, float]:
    """The least and the greatest loss, so that all panels share one axis; (0, 0) for none."""
    values = [value for runs in losses.values() for run in runs for value in run]
    return (min(values), max(values)) if values else (0.0, 0.0)


def panel(
    name: str, runs: Runs, *, reference: Runs, span: tuple[float, float], key: str
) -> go.Figure:
    """One activation: the mean of its runs, the range that they span, and the reference's mean.

    Args:
        name: of the activation.
        runs: a loss an epoch each.
        reference: of the activation that all are compared with, drawn dotted.
        span: from ``limits``.
        key: names the figure.
    """
    if not any(runs):
        return style.empty(f"{name} has not been trained yet.", key=key)
    table = _table(runs)
    epochs = list(range(1, table.shape[1] + 1))
    low, high, mean = table.min(axis=0), table.max(axis=0), table.mean(axis=0)
    drawn = go.Figure()
    drawn.add_scatter(
        x=[*epochs, *epochs[::-1]],
        y=[*high, *low[::-1]],
        mode="lines",
        fill="toself",
        fillcolor=style.faded(style.BLUE, 0.18),
        line={"width": 0},
        name="range of the runs",
        hoverinfo="skip",
    )
    if any(reference):
        of_all = _table(reference).mean(axis=0)
        drawn.add_scatter(
            x=list(range(1, len(of_all) + 1)),
            y=of_all,
            mode="lines",
            line={"color": style.VERMILION, "dash": "dot", "width": 2},
            name="GELU's mean",
            hovertemplate="GELU, epoch %{x}: %{y:.4f}<extra></extra>",
        )
    drawn.add_scatter(
        x=epochs,
        y=mean,
        mode="lines+markers",
        line={"color": style.BLUE, "width": 2},
        marker={"size": 5},
        name="mean",
        hovertemplate=f"{name}, epoch %{{x}}: %{{y:.4f}}<extra></extra>",
    )
    ticks = style.logarithmic_ticks(*span)
    ends = np.log10([span[0] / 1.15, span[1] * 1.15]).tolist()
    drawn.update_xaxes(title_text="Epoch", dtick=style.epoch_ticks(len(epochs)))
    drawn.update_yaxes(type="log", range=ends, **ticks)
    drawn.update_layout(showlegend=False)
    return style.styled(drawn, height=240, key=key)


def alt_text(name: str, runs: Runs) -> str:
    """One panel in words."""
    if not any(runs):
        return f"{name} has not been trained yet."
    table = _table(runs)
    ends = table[:, -1]
    return (
        f"Training loss with {name}: {len(table)} runs from {table[:, 0].mean():.3f} on average "
        f"to {ends.mean():.4f} ({ends.min():.4f} to {ends.max():.4f}) after "
        f"{table.shape[1]} epochs."
    )


def _table(runs: Runs) -> np.ndarray:
    """float64, (runs, epochs): as many epochs as all of them have."""
    shortest = min(len(run) for run in runs if run)
    return np.array([run[:shortest] for run in runs if run], np.float64)
