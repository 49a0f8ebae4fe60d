"""Test images of the data set as samples to try, where the data is on this machine."""

from collections.abc import Callable

import cv2
import numpy as np

from arncnn import data
from arncnn.errors import ModelError
from arncnn.labels import title
from arncnn.models.bundle import ModelBundle
from arncnn.models.predictions import Predictions
from arncnn.samples.catalogue import Sample


def data_samples(bundle: ModelBundle) -> tuple[Sample, ...]:
    """One test image a class of the model's data set; none where the data is not at hand.

    Args:
        bundle: its stored predictions say which images it was tested on.
    """
    dataset = data.prepared()
    if dataset is None or bundle.path("predictions.npz") is None:
        return ()
    if dataset.sha256 != bundle.metadata.data.sha256:
        return ()
    predictions = Predictions.of(bundle)
    rows, targets = predictions.index, predictions.target
    if len(rows) and rows.max() >= len(dataset):
        raise ModelError("The model's predictions are for images that its data set does not hold.")
    return tuple(
        Sample(
            key=f"test_image_{label}.png",
            title=title(label),
            note="A test image of the data set: the model was not trained on it.",
            is_known=True,
            read=_png(dataset.images[rows[targets == column][0]]),
        )
        for column, label in enumerate(bundle.labels)
        if (targets == column).any()
    )


def _png(image: np.ndarray) -> Callable[[], bytes]:
    return lambda: cv2.imencode(".png", np.asarray(image))[1].tobytes()
