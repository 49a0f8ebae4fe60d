"""The network as the paper draws it: boxes from top to bottom, joined by arrows (Figure 1)."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from arncnn.figures import style
from arncnn.network.summary import LayerRow

_HALF_WIDTH, _HALF_HEIGHT = 1.0, 0.32
_PIXELS = 46  # of one step
_SKIP = 1.28  # where a connection that skips boxes runs


@dataclass(frozen=True)
class Box:
    """One box.

    Attributes:
        text: what stands in it.
        kind: decides its colour; printed in words in the text as well.
        shape: what leaves it, such as "32 × 32 × 32"; empty where it is not said.
        skips_from: the number of an earlier box whose output comes in as well; None for none.
    """

    text: str
    kind: str
    shape: str = ""
    skips_from: int | None = None


_COLOURS = {
    "convolution": style.BLUE,
    "attention": style.ORANGE,
    "residual": style.VERMILION,
    "pooling": style.PURPLE,
    "dense": style.GREEN,
    "normalisation": style.SKY,
    "plain": "#7f858c",
}


def whole(layers: Sequence[LayerRow]) -> tuple[Box, ...]:
    """The modules of the paper's Figure 1 with the shapes of the live network.

    Args:
        layers: of the network, in its own order.
    """
    named = {layer.name: layer for layer in layers}
    boxes = [Box("Input scan", "plain", _shape(named["scan"]))]
    for name, layer in named.items():
        if name in {"conv_1", "conv_2", "conv_3", "conv_4"}:
            size = "1 × 1" if name == "conv_4" else "3 × 3"
            text = f"Convolution {size}, {layer.shape[-1]} filters, ReLU"
            boxes.append(Box(text, "convolution", _shape(layer)))
        elif name in {"pool_1", "pool_3"}:
            boxes.append(Box("Max pooling 2 × 2", "pooling", _shape(layer)))
        elif name.startswith("attention_") and name.count("_") == 1 and name != "attention_3":
            number = name.rpartition("_")[2]
            boxes.append(Box(f"Attention module {number}", "attention", _shape(layer)))
        elif name == "residual_pool":
            boxes.append(Box("Residual block", "residual", _shape(layer)))
        elif name == "flatten":
            boxes.append(Box("Flatten", "plain", _shape(layer)))
        elif name == "dense":
            boxes.append(Box(f"Dense {layer.shape[-1]}, GELU", "dense", _shape(layer)))
        elif name == "dropout":
            boxes.append(Box("Dropout", "plain", _shape(layer)))
        elif name == "logits":
            boxes.append(Box("Dense, then softmax", "dense", _shape(layer)))
    return tuple(boxes)


ATTENTION_MODULE = (
    Box("Features in", "plain"),
    Box("Convolution 1 × 1, ReLU", "convolution"),
    Box("Convolution 1 × 1, sigmoid: the map", "attention"),
    Box("Features × map", "attention", skips_from=0),
)

RESIDUAL_BLOCK = (
    Box("Features in", "plain"),
    Box("Convolution 3 × 3, batch normalisation, ReLU", "convolution"),
    Box("Convolution 3 × 3, batch normalisation", "convolution"),
    Box("Attention module 3", "attention"),
    Box("Sum with the skip (1 × 1 convolution)", "residual", skips_from=0),
    Box("ReLU", "plain"),
    Box("Max pooling 2 × 2", "pooling"),
)


def figure(boxes: Sequence[Box], *, key: str) -> go.Figure:
    """Boxes from top to bottom; a line at the right skips what it passes.

    Args:
        boxes: in order.
        key: names the figure.
    """
    if not boxes:
        return style.empty("There is no network to draw.", key=key)
    drawn = go.Figure()
    shapes, texts = [], []
    for place, box in enumerate(boxes):
        colour = _COLOURS[box.kind]
        shapes.append(
            {
                "type": "rect",
                "x0": -_HALF_WIDTH, "x1": _HALF_WIDTH,
                "y0": place - _HALF_HEIGHT, "y1": place + _HALF_HEIGHT,
                "line": {"color": colour, "width": 2},
                "fillcolor": style.faded(colour, 0.15),
            }
        )  # fmt: skip
        texts.append(_text(0, place, box.text))
        if box.shape:
            texts.append({**_text(_SKIP, place, box.shape), "xanchor": "left"})
        if place:
            texts.append(_arrow(0, place - 1 + _HALF_HEIGHT, place - _HALF_HEIGHT))
        if box.skips_from is not None:
            drawn.add_scatter(
                x=[_HALF_WIDTH, _SKIP, _SKIP, _HALF_WIDTH],
                y=[box.skips_from, box.skips_from, place, place],
                mode="lines+markers",
                line={"color": style.TEXT, "width": 1.5},
                marker={"size": [0, 0, 0, 9], "symbol": "triangle-left", "color": style.TEXT},
                hoverinfo="skip",
                showlegend=False,
            )
    drawn.add_scatter(x=[0], y=[0], mode="markers", marker={"opacity": 0}, hoverinfo="skip")
    drawn.update_layout(shapes=shapes, annotations=texts, showlegend=False, dragmode=False)
    has_shapes = any(box.shape for box in boxes)
    drawn.update_xaxes(
        visible=False, fixedrange=True, range=[-_HALF_WIDTH - 0.05, 2.1 if has_shapes else 1.4]
    )
    drawn.update_yaxes(visible=False, fixedrange=True, range=[len(boxes) - 0.5, -0.5])
    return style.styled(drawn, height=40 + _PIXELS * len(boxes), key=key)


def alt_text(boxes: Sequence[Box], name: str) -> str:
    """The figure in words."""
    parts = []
    for box in boxes:
        shape = f" ({box.shape})" if box.shape else ""
        skip = "" if box.skips_from is None else f", with {boxes[box.skips_from].text} again"
        parts.append(f"{box.text}{shape}{skip}")
    return f"{name}, from top to bottom: {'; '.join(parts)}."


def _shape(layer: LayerRow) -> str:
    return " × ".join(f"{size:,}" for size in layer.shape)


def _text(x: float, y: float, text: str) -> dict[str, object]:
    return {"x": x, "y": y, "text": text, "showarrow": False, "font": {"size": 12}}


def _arrow(x: float, start: float, end: float) -> dict[str, object]:
    return {
        "x": x, "y": end, "ax": x, "ay": start, "xref": "x", "yref": "y", "axref": "x",
        "ayref": "y", "text": "", "showarrow": True, "arrowhead": 2, "arrowwidth": 1.5,
        "arrowcolor": style.TEXT,
    }  # fmt: skip
