"""The network, layer by layer, with shapes and parameters (the paper's Figures 1 and 2)."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from arncnn.figures import style
from arncnn.network.summary import LayerRow

_ROW_HEIGHT = 24  # pixels
_BAR = 0.3  # the widest bar; the columns of text start beyond it
_OTHER = ("without weights", "#7f858c")
_KINDS = {  # what the legend calls a layer, and its colour; the kind is printed as well
    "Conv2D": ("convolution", style.BLUE),
    "Multiply": ("multiplied by an attention map", style.ORANGE),
    "Add": ("sum with the skip connection", style.VERMILION),
    "Dense": ("dense", style.GREEN),
    "BatchNormalization": ("normalisation", style.SKY),
    "GroupNormalization": ("normalisation", style.SKY),
    "MaxPooling2D": ("pooling", style.PURPLE),
}
_HEADS = -1  # the row above the first layer
_COLUMNS = (  # head, place, where its text is anchored
    ("Channels", 0.0, "left"),
    ("Layer", 0.34, "left"),
    ("Kind", 0.78, "left"),
    ("Output", 1.12, "left"),
    ("Parameters", 1.60, "right"),
)


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
    drawn = go.Figure()
    for meaning, colour in legend(layers):
        shown = [layer for layer in layers if _meaning(layer)[0] == meaning]
        drawn.add_bar(
            x=[_BAR * (_channels(layer) / widest) ** 0.5 for layer in shown],
            y=[place[layer.name] for layer in shown],
            orientation="h",
            width=0.82,  # of a row
            name=meaning,
            marker={"color": colour},
            customdata=[[r.name, r.kind, _shape(r), r.parameters] for r in shown],
            hovertemplate="<b>%{customdata[0]}</b> %{customdata[1]}<br>%{customdata[2]}<br>"
            "%{customdata[3]:,} parameters<extra></extra>",
        )
    for layer in layers:
        row = place[layer.name]
        for name in layer.inputs:
            if name in place and row - place[name] > 1:
                _add_arc(drawn, place[name], row)
    # All at once: added one by one, Plotly checks every earlier one again.
    heads = _texts(_HEADS, [f"<b>{head}</b>" for head, _, _ in _COLUMNS])
    rows = [text for layer in layers for text in _texts(place[layer.name], _cells(layer))]
    drawn.update_layout(annotations=heads + rows)
    drawn.update_xaxes(visible=False, range=[-0.32, 1.62])
    drawn.update_yaxes(visible=False, range=[len(layers) - 0.4, _HEADS - 1])
    # The legend stands above the figure, where it wraps on a narrow screen: see ``legend``.
    drawn.update_layout(barmode="overlay", showlegend=False)
    return style.styled(drawn, height=110 + _ROW_HEIGHT * len(layers), key="architecture")


def legend(layers: Sequence[LayerRow]) -> list[tuple[str, str]]:
    """What each colour of the figure means, and the colour."""
    kinds = sorted(dict.fromkeys(map(_meaning, layers)), key=_OTHER.__eq__)
    return [(meaning, style.faded(colour, 0.55)) for meaning, colour in kinds]


def alt_text(layers: Sequence[LayerRow]) -> str:
    """The figure in words."""
    total = sum(layer.parameters for layer in layers)
    parts = [f"{layer.name} ({layer.kind}, {_shape(layer)})" for layer in layers]
    return f"Network of {len(layers)} layers and {total:,} parameters: {', '.join(parts)}."


def _meaning(layer: LayerRow) -> tuple[str, str]:
    return _KINDS.get(layer.kind.split(",")[0], _OTHER)


def _cells(layer: LayerRow) -> Sequence[str]:
    """One text a column; the channels are a bar."""
    parameters = f"{layer.parameters:,}" if layer.parameters else ""
    return "", layer.name, layer.kind, _shape(layer), parameters


def _texts(row: int, cells: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"x": x, "y": row, "text": text, "showarrow": False, "xanchor": anchor}
        for text, (_, x, anchor) in zip(cells, _COLUMNS, strict=True)
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
        showlegend=False,
    )
