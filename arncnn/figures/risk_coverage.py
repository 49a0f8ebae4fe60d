"""Risk-coverage curve: the error rate among the answers that are kept."""

from collections.abc import Mapping

import plotly.graph_objects as go

from arncnn.evaluation.selective import RiskCoverage
from arncnn.figures import style


def figure(curves: Mapping[str, RiskCoverage]) -> go.Figure:
    """Error rate over the share of images kept, the surest first.

    Args:
        curves: by name, from ``evaluation.selective.risk_coverage``.
    """
    if not curves:
        return style.empty("There are no predictions to rank.", key="risk-coverage")
    drawn = go.Figure()
    for position, (name, curve) in enumerate(curves.items()):
        drawn.add_scatter(
            x=curve.coverage,
            y=curve.risk,
            mode="lines",
            name=f"{name} (area {curve.aurc:.2g})",
            line={
                "color": style.colour(position),
                "dash": style.DASHES[position % len(style.DASHES)],
                "shape": "hv",
            },
            customdata=curve.threshold,
            hovertemplate="kept %{x:.1%}, errors %{y:.3%}<br>probability at least "
            "%{customdata:.4f}<extra></extra>",
        )
    drawn.update_xaxes(title_text="Share of images kept", tickformat=".0%", range=[0, 1.01])
    drawn.update_yaxes(title_text="Error rate among them", tickformat=".2~%", rangemode="tozero")
    return style.styled(drawn, height=340, key="risk-coverage")


def alt_text(curves: Mapping[str, RiskCoverage]) -> str:
    """The figure in words."""
    parts = [
        f"{name}: {curve.risk[-1]:.3%} errors when all are kept, area {curve.aurc:.2g}"
        for name, curve in curves.items()
    ]
    return "Risk-coverage curve. " + ("; ".join(parts) or "There are no predictions to rank") + "."
