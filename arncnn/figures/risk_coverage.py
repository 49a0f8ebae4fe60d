"""Risk-coverage curve: the error rate among the answers that are kept."""

from collections.abc import Iterable, Mapping

import numpy as np
import plotly.graph_objects as go

from arncnn.evaluation.selective import RiskCoverage
from arncnn.figures import style
from arncnn.formatting import SIGN, share

# Where the axis can begin, in percent. A good model errs among the least sure alone: drawn from 0,
# its curve is a line on the right edge.
_BEGINNINGS = (99.9, 99.8, 99.5, 99.0, 98.0, 95.0, 90.0, 80.0, 50.0, 0.0)
_INTERVALS = 5
_FEW = 100  # points in view, each with a dot: the last step has no length to be seen by


def figure(curves: Mapping[str, RiskCoverage]) -> go.Figure:
    """Error rate over the share of images kept, the surest first, from where errors begin.

    Args:
        curves: by name, from ``evaluation.selective.risk_coverage``.
    """
    if not curves:
        return style.empty("There are no predictions to rank.", key="risk-coverage")
    drawn = go.Figure()
    begin = _beginning(curves.values())
    for position, (name, curve) in enumerate(curves.items()):
        drawn.add_scatter(
            x=100 * curve.coverage,
            y=100 * curve.risk,
            mode="lines+markers" if np.sum(100 * curve.coverage >= begin) < _FEW else "lines",
            marker={"size": 5},
            name=f"{name} (area {curve.aurc:.2g})",
            line={
                "color": style.colour(position),
                "dash": style.DASHES[position % len(style.DASHES)],
                "shape": "hv",
            },
            customdata=curve.threshold,
            hovertemplate=f"kept %{{x:.2f}}{SIGN}, errors %{{y:.3f}}{SIGN}<br>probability at least "
            "%{customdata:.4f}<extra></extra>",
        )
    ticks = np.linspace(begin, 100, _INTERVALS + 1)
    drawn.update_xaxes(
        title_text="Share of images kept, the surest first",
        range=[begin, 100 + 0.02 * (100 - begin)],
        tickvals=ticks,
        ticktext=[f"{tick:.6g}{SIGN}" for tick in ticks],
        tickangle=0,
    )
    drawn.update_yaxes(title_text="Error rate among them", ticksuffix=SIGN, rangemode="tozero")
    return style.styled(drawn, height=340, key="risk-coverage")


def _beginning(curves: Iterable[RiskCoverage]) -> float:
    """The share kept, percent, that leaves at least half of the axis to where errors are."""
    firsts = [curve.coverage[curve.risk > 0] for curve in curves]
    clean = min((float(first[0]) for first in firsts if first.size), default=0.0)
    return next(begin for begin in _BEGINNINGS if begin <= max(0.0, 100 * (2 * clean - 1)))


def alt_text(curves: Mapping[str, RiskCoverage]) -> str:
    """The figure in words."""
    parts = [
        f"{name}: {share(curve.risk[-1], 3)} errors when all are kept, area {curve.aurc:.2g}"
        for name, curve in curves.items()
    ]
    return "Risk-coverage curve. " + ("; ".join(parts) or "There are no predictions to rank") + "."
