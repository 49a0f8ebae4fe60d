"""Summary: every layer of a network as it is built, for the figures that draw it."""

from dataclasses import dataclass
from typing import Any

from arncnn.network.hyper_parameters import HyperParameters


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


def layers(hyper: HyperParameters) -> tuple[LayerRow, ...]:
    """The live network of these hyper-parameters, layer by layer in its own order.

    Builds the network, so Keras loads; weights are random and not looked at.
    """
    from arncnn.network import arn_cnn

    return tuple(_row(layer) for layer in arn_cnn.build(hyper).layers)


def part(rows: tuple[LayerRow, ...], prefixes: tuple[str, ...]) -> tuple[LayerRow, ...]:
    """The layers whose names begin with one of the prefixes, e.g. one module."""
    return tuple(row for row in rows if row.name.startswith(prefixes))


def _row(layer: Any) -> LayerRow:
    kind = type(layer).__name__
    activation = getattr(getattr(layer, "activation", None), "__name__", "linear")
    inputs = layer.input if isinstance(layer.input, list) else [layer.input]
    names = tuple(tensor._keras_history.operation.name for tensor in inputs)
    return LayerRow(
        name=layer.name,
        kind=kind if activation == "linear" or kind == "Activation" else f"{kind}, {activation}",
        shape=tuple(layer.output.shape[1:]),
        parameters=layer.count_params(),
        inputs=tuple(name for name in names if name != layer.name),
    )
