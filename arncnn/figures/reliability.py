"""Reliability diagram: does a probability of 0.9 come true nine times in ten?"""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from arncnn.evaluation.calibration_error import Reliability
from arncnn.evaluation.intervals import proportion_interval
from arncnn.figures import style
from arncnn.formatting import share


def figure(reliability: Reliability) -> go.Figure:
    """Accuracy over mean probability with Wilson intervals, and how many images a bin holds.

    Args:
        reliability: from ``evaluation.calibration_error``.
    """
    if not reliability.n.size:
        return style.empty("There are no predictions to compare.", key="reliability")
    drawn = make_subplots(
        rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.05, row_heights=[0.75, 0.25]
    )
    drawn.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name="perfectly calibrated",
        line={"color": style.LINE, "dash": "dash"},
        hoverinfo="skip",
        row=1,
        col=1,
    )
    ends = [
        proportion_interval(round(accuracy * n), int(n), "wilson")
        for accuracy, n in zip(reliability.accuracy, reliability.n, strict=True)
    ]
    drawn.add_scatter(
        x=reliability.probability,
        y=reliability.accuracy,
        mode="markers+lines",
        name="measured, with 95% interval",
        line={"color": style.BLUE, "width": 2},
        marker={"size": 8},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [u - a for a, (_, u) in zip(reliability.accuracy, ends, strict=True)],
            "arrayminus": [a - low for a, (low, _) in zip(reliability.accuracy, ends, strict=True)],
            "thickness": 1,
        },
        customdata=[
            (int(n), share(accuracy, 1))
            for n, accuracy in zip(reliability.n, reliability.accuracy, strict=True)
        ],
        hovertemplate="probability %{x:.4f}<br>right %{customdata[1]}<br>%{customdata[0]:,} images"
        "<extra></extra>",
        row=1,
        col=1,
    )
    drawn.add_bar(
        x=(reliability.lower + reliability.upper) / 2,
        y=reliability.n,
        width=reliability.upper - reliability.lower,
        marker={"color": style.faded(style.BLUE, 0.5)},
        name="images",
        showlegend=False,
        hovertemplate="%{y:,} images<extra></extra>",
        row=2,
        col=1,
    )
    drawn.update_yaxes(title_text="Share right", range=[0, 1.03], row=1, col=1)
    drawn.update_yaxes(title_text="Images", type="log", tickformat=",d", row=2, col=1)
    drawn.update_xaxes(range=[0, 1.01])
    drawn.update_xaxes(title_text="Predicted probability", row=2, col=1)
    return style.styled(drawn, height=440, key="reliability")


def alt_text(reliability: Reliability) -> str:
    """The figure in words."""
    if not reliability.n.size:
        return "Reliability diagram: there are no predictions to compare."
    return (
        f"Reliability diagram of {int(reliability.n.sum()):,} predictions in "
        f"{len(reliability.n)} filled bins; probability and share right differ by "
        f"{reliability.error:.4f} on average (the calibration error)."
    )
