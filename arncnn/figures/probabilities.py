"""Class probabilities of one scan, and how sure the model is over a set."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from arncnn.figures import style
from arncnn.labels import title


def figure(
    probabilities: np.ndarray,
    labels: Sequence[str],
    *,
    lower: np.ndarray | None = None,
    upper: np.ndarray | None = None,
    prediction_set: Sequence[str] | None = None,
    is_refused: bool = False,
) -> go.Figure:
    """Horizontal bars, one a class in the model's order, with the number printed.

    Args:
        probabilities: (classes,), 0 to 1.
        labels: the class of each entry.
        lower: (classes,), lower ends of the dropout intervals; drawn with ``upper``.
        upper: (classes,), upper ends.
        prediction_set: classes in the set; their names are marked with a dot.
        is_refused: draw every bar in grey: none of them is an answer.
    """
    values = np.asarray(probabilities, dtype=np.float64)
    best = int(values.argmax())
    inside = set(prediction_set or ())
    names = [title(label) + (" ●" if label in inside else "") for label in labels]
    interval = None
    if lower is not None and upper is not None:
        interval = {
            "type": "data",
            "symmetric": False,
            "array": np.maximum(np.asarray(upper) - values, 0),
            "arrayminus": np.maximum(values - np.asarray(lower), 0),
            "color": style.TEXT,
            "thickness": 1.5,
        }
    leading = style.LINE if is_refused else style.BLUE
    drawn = go.Figure(
        go.Bar(
            x=values,
            y=names,
            orientation="h",
            marker={"color": [leading if k == best else style.LINE for k in range(len(values))]},
            error_x=interval,
            hovertemplate="%{y}: %{x:.6f}<extra></extra>",
        )
    )
    for name, value in zip(names, values, strict=True):
        drawn.add_annotation(
            x=1.02, y=name, text=percentage(float(value)), showarrow=False, xanchor="left"
        )
    drawn.update_xaxes(range=[0, 1.18], tickvals=[0, 0.25, 0.5, 0.75, 1], tickformat=".0%")
    drawn.update_yaxes(autorange="reversed", **style.NAMES)
    drawn.update_layout(showlegend=False)
    return style.styled(drawn, height=70 + 38 * len(labels), key="probabilities")


def alt_text(
    probabilities: np.ndarray,
    labels: Sequence[str],
    *,
    lower: np.ndarray | None = None,
    upper: np.ndarray | None = None,
    prediction_set: Sequence[str] | None = None,
    is_refused: bool = False,
) -> str:
    """The figure in words, likeliest class first."""
    order = np.argsort(-np.asarray(probabilities), kind="stable")
    parts = [f"{title(labels[k])} {percentage(float(probabilities[k]))}" for k in order]
    text = "Class probabilities: " + ", ".join(parts) + "."
    if prediction_set is not None:
        text += f" Prediction set: {style.listed([title(key) for key in prediction_set])}."
    return text + (" Refused: none of them is an answer." if is_refused else "")


def percentage(probability: float) -> str:
    """A probability for people; never a rounded 0 % or 100 %.

    >>> percentage(0.99999), percentage(0.00001), percentage(0.9876), percentage(0.5)
    ('> 99.9 %', '< 0.1 %', '98.8 %', '50.0 %')
    """
    if probability > 0.9995:
        return "> 99.9 %"
    return "< 0.1 %" if probability < 0.0005 else f"{100 * probability:.1f} %"


def distribution(maximum_by_class: Mapping[str, np.ndarray]) -> go.Figure:
    """How far from certain: 1 - maximum probability by predicted class, on a log axis.

    The paper's Figure 8 draws the maximum probability itself, where all of it lies at 1;
    the distance to 1 shows what happens there.

    Args:
        maximum_by_class: maximum probabilities, (n,), by predicted class.
    """
    if not any(len(values) for values in maximum_by_class.values()):
        return style.empty("There are no predictions to show.", key="distribution")
    drawn = go.Figure()
    for position, (label, values) in enumerate(maximum_by_class.items()):
        maxima = np.asarray(values, dtype=np.float64)
        drawn.add_box(
            x=np.maximum(1 - maxima, _SMALLEST_DOUBT),
            name=title(label),
            marker={"color": style.colour(position), "size": 4, "opacity": 0.6},
            line={"width": 1.5},
            boxpoints="outliers",
            customdata=maxima,
            hovertemplate="maximum probability %{customdata:.6f}<extra></extra>",
            orientation="h",
        )
    drawn.update_xaxes(
        title_text="1 − maximum probability", type="log", exponentformat="power", dtick=2
    )
    drawn.update_yaxes(autorange="reversed", **style.NAMES)
    drawn.update_layout(showlegend=False)
    return style.styled(drawn, height=90 + 46 * len(maximum_by_class), key="distribution")


def distribution_alt_text(maximum_by_class: Mapping[str, np.ndarray]) -> str:
    """The distribution in words."""
    parts = [
        f"{title(label)}: {len(values):,} images, median {np.median(values):.4f}, "
        f"lowest {np.min(values):.4f}"
        for label, values in maximum_by_class.items()
        if len(values)
    ]
    return "Maximum probability by predicted class. " + "; ".join(parts) + "."


_SMALLEST_DOUBT = 1e-12  # what float64 resolves near 1, with a margin; a log axis has no 0
