"""Confusion matrix (the paper's Figure 8), with cells that can be selected.

Plotly's heatmaps report no selection to Streamlit, so an invisible scatter with one point
a cell lies over them. A selected point's ``customdata`` is (row, column, count).
"""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from arncnn.figures import style
from arncnn.formatting import percent as written
from arncnn.formatting import share as whole
from arncnn.labels import title

_RIGHT = [[0, style.faded(style.BLUE, 0.60)], [1, style.faded(style.BLUE, 0.90)]]
_WRONG = [[0, style.faded(style.VERMILION, 0.88)], [1, style.faded(style.VERMILION, 1.0)]]
_FULL_ERROR_SHARE = 0.1  # a tenth of a class in one wrong cell is as red as it gets


def figure(matrix: np.ndarray, labels: Sequence[str], *, percent: bool = False) -> go.Figure:
    """True classes down, predicted classes across.

    The diagonal is blue, errors are vermilion, and empty cells stay quiet.

    Args:
        matrix: int, (classes, classes), rows true, columns predicted.
        labels: the class of each row and column.
        percent: print row percentages instead of counts.
    """
    matrix = np.asarray(matrix)
    titles = [title(label) for label in labels]
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    diagonal = np.eye(len(labels), dtype=bool)
    printed = _printed(matrix, shares, percent=percent)
    drawn = go.Figure()
    for inside, scale, top in ((diagonal, _RIGHT, 1.0), (~diagonal, _WRONG, _FULL_ERROR_SHARE)):
        drawn.add_heatmap(
            z=np.where(inside & (matrix > 0), shares, np.nan),
            x=titles,
            y=titles,
            colorscale=scale,
            zmin=0,
            zmax=top,
            showscale=False,
            hoverinfo="skip",
            text=printed,
            texttemplate="<b>%{text}</b>",
            textfont={"size": 15, "color": "white"},
            xgap=2,
            ygap=2,
        )
    rows, columns = np.indices(matrix.shape).reshape(2, -1)
    drawn.add_scatter(
        x=[titles[column] for column in columns],
        y=[titles[row] for row in rows],
        mode="markers",
        # A list, because Streamlit hands an array's rows back as {"0": row, "1": column, ...}.
        customdata=np.stack([rows, columns, matrix.ravel()], axis=1).tolist(),
        marker={"symbol": "square", "size": 44, "opacity": 0, "color": style.TEXT},
        selected={"marker": {"opacity": 0.3}},
        unselected={"marker": {"opacity": 0}},
        hovertemplate=(
            "true %{y}<br>predicted %{x}<br><b>%{customdata[2]:,}</b> images<extra></extra>"
        ),
        showlegend=False,
    )
    drawn.update_xaxes(title_text="Predicted", side="bottom", **style.NAMES)
    drawn.update_yaxes(title_text="True", autorange="reversed", **style.NAMES)
    drawn.update_layout(clickmode="event+select", dragmode=False)
    return style.styled(drawn, height=120 + 62 * len(labels), key="confusion-matrix")


def alt_text(matrix: np.ndarray, labels: Sequence[str], *, percent: bool = False) -> str:
    """The figure in words: how many, and every kind of error, largest first."""
    matrix = np.asarray(matrix)
    errors = [
        (int(matrix[row, column]), f"{title(labels[row])} read as {title(labels[column])}")
        for row, column in np.argwhere(matrix > 0)
        if row != column
    ]
    errors.sort(key=lambda error: -error[0])
    words = "; ".join(f"{count:,} {what}" for count, what in errors) or "no errors"
    right = int(np.trace(matrix))
    return f"Confusion matrix. {right:,} of {int(matrix.sum()):,} images right; {words}."


def _printed(matrix: np.ndarray, shares: np.ndarray, *, percent: bool) -> list[list[str]]:
    return [
        [
            "" if count == 0 else _percentage(share) if percent else f"{count:,}"
            for count, share in zip(*row, strict=True)
        ]
        for row in zip(matrix, shares, strict=True)
    ]


def _percentage(share: float) -> str:
    r"""Never a rounded 100% or 0% that is not one.

    >>> _percentage(0.99996), _percentage(1.0), _percentage(0.00004), _percentage(0.25)
    ('>\xa099.9%', '100%', '<\xa00.1%', '25.0%')
    """
    return whole(share, 0) if share == 1 else written(share)
