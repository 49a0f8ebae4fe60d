"""Rows: what is compared, each row as data."""

from dataclasses import dataclass, replace

from arncnn.evaluation.paper_values import ARN_CNN_IN_TEXT, MQCNN, TABLE_6, PaperModel
from arncnn.models.recipe import PAPER, Recipe
from arncnn.network.hyper_parameters import HyperParameters

NETWORK, ACTIVATION, OPTIMIZER, BASELINE, CITED = (
    "network",
    "activation",
    "optimizer",
    "baseline",
    "cited",
)
REFERENCE = "arn_cnn"
"""The row that every other is judged against."""


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        key: stable name in the results.
        title: what a person reads.
        groups: the tables it is part of, with its title there where it differs.
        recipe: how it is trained; None for what needs no training or was not ours.
        paper: the paper's figure for it.
    """

    key: str
    title: str
    groups: dict[str, str]
    recipe: Recipe | None = None
    paper: PaperModel | None = None


def _network(key: str, title: str, hyper: HyperParameters, paper: PaperModel | None) -> Row:
    return Row(key, title, {NETWORK: title}, replace(PAPER, name=key, hyper=hyper), paper)


def _activation(name: str, title: str) -> Row:
    recipe = replace(PAPER, name=name, hyper=HyperParameters(dense_activation=name))
    return Row(name, f"ARN-CNN, dense {title}", {ACTIVATION: title}, recipe)


def _optimizer(name: str, learning_rate: float) -> Row:
    recipe = replace(PAPER, name=name.lower(), optimizer=name, learning_rate=learning_rate)
    return Row(name.lower(), f"ARN-CNN, {name}", {OPTIMIZER: name}, recipe)


_RESNET_PAPER, _RESIDUAL_PAPER, _ATTENTION_PAPER, _ARN_PAPER = TABLE_6

ROWS: tuple[Row, ...] = (
    Row(
        REFERENCE,
        "ARN-CNN, spatial attention",
        {NETWORK: "ARN-CNN, spatial attention", ACTIVATION: "GELU", OPTIMIZER: "Adamax"},
        replace(PAPER, name=REFERENCE),
        _ARN_PAPER,
    ),
    _network("full_attention", "ARN-CNN, full attention", HyperParameters(attention="full"), None),
    _network(
        "residual_only",
        "CNN, residual block only",
        HyperParameters(attention="none"),
        _RESIDUAL_PAPER,
    ),
    _network(
        "attention_only", "CNN, attention only", HyperParameters(residual=False), _ATTENTION_PAPER
    ),
    Row(
        "resnet50",
        "ResNet50",
        {NETWORK: "ResNet50"},
        replace(PAPER, name="resnet50", network="resnet50"),
        _RESNET_PAPER,
    ),
    _activation("relu", "ReLU"),
    _activation("elu", "ELU"),
    _activation("selu", "SELU"),
    _activation("tanh", "tanh"),
    _optimizer("Adam", 1e-3),
    _optimizer("SGD", 1e-2),  # Keras's own default; at Adamax's 1e-3 it would hardly move
    Row(
        "nearest_neighbour",
        "Nearest neighbour in pixels",
        {BASELINE: "Nearest neighbour in pixels"},
    ),
    Row("tree", "Decision tree on two numbers", {BASELINE: "Decision tree on two numbers"}),
    Row(
        "mqcnn",
        "MQCNN, our interpretation",
        {NETWORK: "MQCNN, our interpretation", CITED: "MQCNN"},
        replace(PAPER, name="mqcnn", network="mqcnn"),
        MQCNN,
    ),
)
BY_KEY = {row.key: row for row in ROWS}
TRAINED = tuple(row for row in ROWS if row.recipe is not None)
BASELINES = tuple(row for row in ROWS if BASELINE in row.groups)
PAPER_TWICE = (_ARN_PAPER, ARN_CNN_IN_TEXT)
"""The paper's own two accuracies for the same network."""


def of_group(group: str) -> tuple[Row, ...]:
    """The rows of one table, in order."""
    return tuple(row for row in ROWS if group in row.groups)
