"""ModelBundle: a trained model as a folder of files that can be checked before it is used.

| File | Holds |
| --- | --- |
| ``model.json`` | labels, hyper-parameters, input contract, recipe, calibration, metrics, sums |
| ``weights.weights.h5`` | the weights |
| ``history.csv`` | one row an epoch |
| ``predictions.npz`` | index, target and logits of every image of the test part |
| ``novelty.npz`` | what the refusal compares with; absent before calibration |
| ``golden.npz`` | images drawn by this module and the logits they must give |

The network is built from code and ``model.json``, never deserialised. SHA-256 of every file
is compared before a byte of it is parsed, and the golden images are replayed after loading.
"""

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from arncnn import preprocess
from arncnn.errors import ModelError
from arncnn.files import write_durably
from arncnn.models import bundled
from arncnn.models.metadata import LARGEST, ModelIdentity, ModelMetadata
from arncnn.network.hyper_parameters import (
    CONV_MAP_SHAPE,
    INPUT_SIZE,
    VECTOR_LENGTH,
    HyperParameters,
)
from arncnn.stored_arrays import StoredArrays
from arncnn.uncertainty.novelty import Novelty

if TYPE_CHECKING:
    import keras

WEIGHTS = "weights.weights.h5"
FILES = (WEIGHTS, "history.csv", "predictions.npz", "novelty.npz", "similar.npz", "golden.npz")
GOLDEN_IMAGES = 8
_MOST_GOLDEN = 64  # a stored model has 8; they are read in one pass
GOLDEN_TOLERANCE = 2e-2  # logits reach 30; float32 convolutions of other CPUs differ by 1e-3


@dataclass(frozen=True, eq=False)
class ModelBundle:
    """A verified model folder.

    Attributes:
        folder: where it is.
        identity: its name and sum.
        metadata: what ``model.json`` says of it.
    """

    folder: Path
    identity: ModelIdentity
    metadata: ModelMetadata

    @classmethod
    def open(cls, folder: Path) -> "ModelBundle":
        """Verify a folder and read its description.

        Raises:
            ModelError: a file is missing or altered, a bundled model is not the one that this
                version came with, or the description is not one that this version reads, see
                ``ModelMetadata.parse``.
        """
        try:
            with (folder / "model.json").open("rb") as stream:
                raw = stream.read(LARGEST + 1)  # more is refused, however much it is
        except OSError as error:
            raise ModelError(
                "There is no model in this folder; train one or choose another folder."
            ) from error
        expected = bundled.pinned(folder)
        if expected not in (None, hashlib.sha256(raw).hexdigest()):
            raise ModelError(
                f"The bundled model {folder.name} was altered; it will not be used. "
                "Install this version again or choose another model."
            )
        metadata = ModelMetadata.parse(raw)
        for name, expected in metadata.files.items():
            if name not in FILES or _sum(folder / name) != expected:
                raise ModelError(
                    f"The model's file {name} is missing or was altered; it will not be used. "
                    "Restore the model's folder or choose another model."
                )
        return cls(folder, _identity(metadata.recipe.name, raw), metadata)

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes, in the order of the logits."""
        return self.metadata.labels

    @property
    def hyper(self) -> HyperParameters:
        """The network's hyper-parameters."""
        return self.metadata.recipe.hyper

    def path(self, name: str) -> Path | None:
        """The file of that name, or None when the model has none."""
        return self.folder / name if name in self.metadata.files else None

    def novelty(self) -> Novelty | None:
        """What the refusal compares with; None before calibration.

        Raises:
            ModelError: its file is not one that this version reads, or is of another network.
        """
        file = self.path("novelty.npz")
        return (
            None
            if file is None
            else Novelty.load(file, vector=VECTOR_LENGTH, channels=CONV_MAP_SHAPE[-1])
        )

    def network(self) -> "keras.Model":
        """The network with its weights, proven on the golden images.

        Raises:
            ModelError: the weights do not fit, or the golden images read differently.
        """
        model = self.unproven_network()
        self.prove(lambda images: np.asarray(model(images, training=False)))
        return model

    def unproven_network(self) -> "keras.Model":
        """The network with its weights, for who compiles it and has that ``prove`` itself.

        Raises:
            ModelError: the weights do not fit.
        """
        from arncnn.models import weights
        from arncnn.network import arn_cnn
        from arncnn.network.precision import full_precision

        with full_precision():
            model = arn_cnn.build(self.hyper)
        weights.load(model, self.folder / WEIGHTS)
        return model

    def prove(self, logits_of: Callable[[np.ndarray], np.ndarray]) -> None:
        """Replays the golden images.

        Args:
            logits_of: the network: float32, (n, 64, 64, 1), 0 to 1, to logits, (n, classes).

        Raises:
            ModelError: they are missing or damaged, or read differently.
        """
        file = self.path("golden.npz")
        if file is None:
            raise ModelError(
                "The model has no golden images to verify it with; it will not be used."
            )
        golden = StoredArrays(file, "golden images")
        images = golden.take("images", "whole number", "n", INPUT_SIZE, INPUT_SIZE)
        expected = golden.take("logits", "number", "n", self.hyper.classes)
        if images.dtype != np.uint8 or not 0 < len(images) <= _MOST_GOLDEN:
            raise golden.damaged(f"it must hold 1 to {_MOST_GOLDEN} images of 8 bits")
        logits = logits_of(preprocess.normalize(images))
        worst = float(np.abs(logits - expected).max())
        if not math.isfinite(worst) or worst > GOLDEN_TOLERANCE:
            raise ModelError(
                f"The model reads its golden images differently here (off by {worst:.3g} logits); "
                "it will not be used."
            )


def golden_images() -> np.ndarray:
    """Smooth patterns drawn from a fixed seed, uint8, (8, 64, 64): no image of any data set."""
    import cv2

    rng = np.random.default_rng(64)
    coarse = rng.random((GOLDEN_IMAGES, 7, 7)).astype(np.float32)
    smooth = [
        cv2.resize(c, (INPUT_SIZE, INPUT_SIZE), interpolation=cv2.INTER_CUBIC) for c in coarse
    ]
    return (np.clip(np.stack(smooth), 0, 1) * 255).astype(np.uint8)


def seal(folder: Path, metadata: ModelMetadata) -> ModelBundle:
    """Write ``model.json`` over the files that are in the folder, and open the result.

    Args:
        folder: holds the weights and what else ``FILES`` names.
        metadata: what is known of the model; the sums of its files are filled in here.
    """
    sums = {name: digest for name in FILES if (digest := _sum(folder / name)) is not None}
    described = replace(metadata, files=sums).to_json()
    text = json.dumps(described, indent=1, sort_keys=True) + "\n"
    write_durably(folder / "model.json", text.encode(), is_private=False)
    return ModelBundle.open(folder)


def _identity(recipe: str, raw: bytes) -> ModelIdentity:
    sha256 = hashlib.sha256(raw).hexdigest()
    return ModelIdentity(f"{recipe}-{sha256[:12]}", sha256)


def _sum(file: Path) -> str | None:
    """Hex SHA-256; None where no file can be read."""
    if not file.is_file():
        return None
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None
