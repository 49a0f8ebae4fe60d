"""The network, layer by layer, with shapes and parameters (the paper's Figures 1 and 2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from arncnn.figures import style

_ROW_HEIGHT = 24  # pixels
_BAR = 0.3  # the widest bar; the columns of text start beyond it
_KINDS = {  # colour by kind of layer; the kind is printed as well
    "Conv2D": style.BLUE,
    "Multiply": style.ORANGE,
    "Add": style.VERMILION,
    "Dense": style.GREEN,
    "BatchNormalization": style.SKY,
    "GroupNormalization": style.SKY,
    "MaxPooling2D": style.PURPLE,
}


@dataclass(frozen=True)
class LayerRow:
    """One layer of a live network.

    Attributes:
        name: the layer's name.
        kind: its class, with its activation where it has one, e.g. "Conv2D, relu".
        shape: its output shape without the batch, e.g. (32, 32, 64).
        parameters: number of weights.
        inputs: names of the layers it takes its inputs from.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int
    inputs: tuple[str, ...] = ()


def figure(layers: Sequence[LayerRow]) -> go.Figure:
    """Layers from top to bottom; arcs at the left are connections that skip layers.

    A bar's width grows with the number of channels, so the narrow and wide parts show.

    Args:
        layers: in the network's order.
    """
    if not layers:
        return style.empty("There is no network to draw.", key="architecture")
    place = {layer.name: row for row, layer in enumerate(layers)}
    widest = max(_channels(layer) for layer in layers)
    drawn = go.Figure(
        go.Bar(
            x=[_BAR * (_channels(layer) / widest) ** 0.5 for layer in layers],
            y=[place[layer.name] for layer in layers],
            orientation="h",
            marker={
                "color": [
                    style.faded(_KINDS.get(r.kind.split(",")[0], "#7f858c"), 0.55) for r in layers
                ]
            },
            customdata=[[r.name, r.kind, _shape(r), r.parameters] for r in layers],
            hovertemplate="<b>%{customdata[0]}</b> %{customdata[1]}<br>%{customdata[2]}<br>"
            "%{customdata[3]:,} parameters<extra></extra>",
        )
    )
    for layer in layers:
        row = place[layer.name]
        for name in layer.inputs:
            if name in place and row - place[name] > 1:
                _add_arc(drawn, place[name], row)
    # All at once: added one by one, Plotly checks every earlier one again.
    drawn.update_layout(annotations=[text for layer in layers for text in _texts(layer, place)])
    drawn.update_xaxes(visible=False, range=[-0.32, 1.62])
    drawn.update_yaxes(visible=False, range=[len(layers) - 0.4, -0.6])
    drawn.update_layout(bargap=0.18, showlegend=False)
    return style.styled(drawn, height=60 + _ROW_HEIGHT * len(layers), key="architecture")


def alt_text(layers: Sequence[LayerRow]) -> str:
    """The figure in words."""
    total = sum(layer.parameters for layer in layers)
    parts = [f"{layer.name} ({layer.kind}, {_shape(layer)})" for layer in layers]
    return f"Network of {len(layers)} layers and {total:,} parameters: {', '.join(parts)}."


def _texts(layer: LayerRow, place: dict[str, int]) -> list[dict[str, Any]]:
    parameters = f"{layer.parameters:,}" if layer.parameters else ""
    columns = (
        (0.34, layer.name, "left"),
        (0.78, layer.kind, "left"),
        (1.12, _shape(layer), "left"),
        (1.60, parameters, "right"),
    )
    return [
        {"x": x, "y": place[layer.name], "text": text, "showarrow": False, "xanchor": anchor}
        for x, text, anchor in columns
        if text
    ]


def _channels(layer: LayerRow) -> int:
    return layer.shape[-1] if len(layer.shape) == 3 else 1  # a vector has no channels


def _shape(layer: LayerRow) -> str:
    return " × ".join(f"{size:,}" for size in layer.shape)


def _add_arc(drawn: go.Figure, above: int, below: int) -> None:
    depth = -0.03 - 0.02 * min(below - above, 9)
    drawn.add_scatter(
        x=[0, depth, depth, 0],
        y=[above, above + 0.4, below - 0.4, below],
        mode="lines+markers",
        line={"color": style.LINE, "shape": "spline", "width": 1.5},
        marker={"size": [0, 0, 0, 7], "symbol": "triangle-right", "color": style.LINE},
        hoverinfo="skip",
    )
