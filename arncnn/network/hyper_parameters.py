"""HyperParameters: all that decides the network's shape, and nothing about its training."""

from dataclasses import asdict, dataclass
from typing import Any

from arncnn.errors import ModelError
from arncnn.labels import MOST_CLASSES

INPUT_SIZE = 64  # Medical MNIST is 64 x 64
CONV_MAP_SHAPE = (8, 8, 125)  # last conv map: 64 / (two pools and the block's pool), 125 filters
VECTOR_LENGTH = 256  # the dense layer between the last conv map and the logits
ATTENTION_KINDS = ("spatial", "full", "none")
ACTIVATION_KINDS = ("gelu", "relu", "elu", "selu", "tanh")  # those whose derivative ``head`` knows


@dataclass(frozen=True)
class HyperParameters:
    """What ``arn_cnn.build`` needs to draw the network.

    Attributes:
        classes: number of logits.
        attention: "spatial" (one H x W map a module), "full" (H x W x C) or "none"
            (Table 6, attention = 0).
        residual: False drops the skip connection alone (Table 6, residual block = 0).
        conv_activation: activation of the convolutions; the paper's is ReLU.
        dense_activation: activation of the dense layer; the paper's is GELU (Figure 10).
        dropout: rate after the dense layer.
        l1: strength of the L1 penalty on the dense layers' kernels and biases.
        l2: strength of the L2 penalty on the same.
    """

    classes: int = 6
    attention: str = "spatial"
    residual: bool = True
    conv_activation: str = "relu"
    dense_activation: str = "gelu"
    dropout: float = 0.45
    l1: float = 1e-6
    l2: float = 1e-4

    def __post_init__(self) -> None:
        for name, kinds in (
            ("attention", ATTENTION_KINDS),
            ("conv_activation", ACTIVATION_KINDS),
            ("dense_activation", ACTIVATION_KINDS),
        ):
            if getattr(self, name) not in kinds:
                raise ModelError(
                    f"{name} must be one of {', '.join(kinds)}, not {getattr(self, name)!r}."
                )
        if self.classes < 2:
            raise ModelError(f"A classifier needs at least 2 classes, not {self.classes}.")
        if self.classes > MOST_CLASSES:
            raise ModelError(f"A classifier has at most {MOST_CLASSES} classes here.")
        if not (0 <= self.dropout < 1 and min(self.l1, self.l2) >= 0):
            raise ModelError("Dropout must be from 0 to under 1, and penalties 0 or more.")

    def to_json(self) -> dict[str, Any]:
        """The hyper-parameters as a JSON object."""
        return asdict(self)
