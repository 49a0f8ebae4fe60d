"""How sure a model is over a set of scans."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from arncnn.figures import style
from arncnn.labels import title


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
    drawn.update_xaxes(  # few ticks, level: beside the matrix there is little width
        title_text="1 − maximum probability",
        type="log",
        exponentformat="power",
        dtick=4,
        tickangle=0,
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
