"""The activation functions of ARN-CNN (the paper's Figure 4)."""

import numpy as np
import plotly.graph_objects as go

from arncnn.figures import style

_RANGE = np.linspace(-5, 5, 201)


def curves() -> dict[str, np.ndarray]:
    """Each function over -5 to 5, float64, (201,), by what it is used for."""
    from scipy.special import erf, expit  # slow to import: only where used

    return {
        "ReLU (convolutions)": np.maximum(_RANGE, 0),
        "sigmoid (attention maps)": expit(_RANGE),
        "GELU (dense layer)": _RANGE * 0.5 * (1 + erf(_RANGE / np.sqrt(2))),
    }


def figure() -> go.Figure:
    """The three functions on one pair of axes."""
    drawn = go.Figure()
    for position, (name, values) in enumerate(curves().items()):
        drawn.add_scatter(
            x=_RANGE,
            y=values,
            name=name,
            mode="lines",
            line={"color": style.colour(position), "dash": style.DASHES[position], "width": 2.5},
            hovertemplate="%{x:.2f} → %{y:.3f}",
        )
    drawn.update_xaxes(title_text="Input")
    drawn.update_yaxes(title_text="Output", range=[-0.5, 3])
    return style.styled(drawn, height=340, key="activations")


def alt_text() -> str:
    """The figure in words."""
    return (
        "Activation functions. ReLU is 0 for negative inputs and the input itself for positive "
        "ones; sigmoid rises from 0 to 1 and is one half at 0; GELU follows ReLU but dips "
        "smoothly to -0.17 near -0.75."
    )
