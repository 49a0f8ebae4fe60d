"""Figures 3 and 9: an attention module laid open, and Grad-CAM on test images, by the model."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from arncnn import preprocess
from arncnn.cases.loaded_model import LoadedModel
from arncnn.data import Dataset
from arncnn.explain.attention import AttentionSteps, attention_steps
from arncnn.explain.base import HeadPass
from arncnn.explain.grad_cam import GRAD_CAM
from arncnn.intake import open_bytes
from arncnn.models.bundle import ModelBundle
from arncnn.models.predictions import Predictions
from arncnn.samples import catalogue

if TYPE_CHECKING:
    from arncnn.inference.reader import Reader

_EACH = 2  # test images a class
MODULE = "attention_1"
SAMPLE = "CXR.png"


@dataclass(frozen=True, eq=False)
class Explained:
    """One test image with its Grad-CAM map of the class that was read.

    Attributes:
        index: in the data set.
        path: ``<Class>/<file>``.
        true: its class.
        predicted: the class that was read.
        probability: of that class, 0 to 1.
        image: uint8, (64, 64).
        map: float32, (8, 8), at least 0, in logits.
        scale: the magnitude that gets the full colour, the same for all images.
    """

    index: int
    path: str
    true: str
    predicted: str
    probability: float
    image: np.ndarray
    map: np.ndarray
    scale: float


def chosen(found: Predictions) -> np.ndarray:
    """Rows of the test part to show: the first of every class, then what was read wrongly.

    Returns:
        int64, (rows,), each once.
    """
    first = [np.flatnonzero(found.target == column)[:_EACH] for column in range(len(found.labels))]
    wrong = np.flatnonzero(~found.is_right)
    return np.array(list(dict.fromkeys(np.concatenate([*first, wrong]).tolist())), np.int64)


def explained(bundle: ModelBundle, found: Predictions, dataset: Dataset) -> tuple[Explained, ...]:
    """Grad-CAM of the last convolution for a few test images, in one pass.

    Args:
        bundle: the model.
        found: its predictions of the test part.
        dataset: the one that it was tested on.

    Raises:
        ModelError: the model cannot be trusted or used.
    """
    reader = LoadedModel.open(bundle.folder).reader
    rows = chosen(found)
    images = np.stack([np.asarray(dataset.images[index]) for index in found.index[rows]])
    passed = reader.forward(preprocess.normalize(images))
    scale = reader.scales[GRAD_CAM.name]
    return tuple(
        _explained(reader, found, dataset, int(row), images[place], passed.conv_map[place], scale)
        for place, row in enumerate(rows)
    )


def module_steps(bundle: ModelBundle) -> AttentionSteps:
    """The first attention module at work on a drawn chest X-ray.

    Raises:
        ModelError: the model cannot be trusted or used.
    """
    scan = open_bytes(catalogue.find(SAMPLE).read())
    image = preprocess.model_input(scan).images[0]
    return attention_steps(bundle.network(), image, MODULE)


def _explained(
    reader: "Reader",
    found: Predictions,
    dataset: Dataset,
    row: int,
    image: np.ndarray,
    conv_map: np.ndarray,
    scale: float,
) -> Explained:
    predicted, index = int(found.predicted[row]), int(found.index[row])
    return Explained(
        index,
        dataset.paths[index],
        found.labels[int(found.target[row])],
        found.labels[predicted],
        float(found.probabilities[row, predicted]),
        image,
        GRAD_CAM.compute(HeadPass(reader.head, conv_map))[predicted],
        scale,
    )
