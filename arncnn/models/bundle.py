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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from arncnn import preprocess
from arncnn.errors import ModelError
from arncnn.files import write_durably
from arncnn.models.metadata import ModelIdentity, ModelMetadata
from arncnn.network.hyper_parameters import INPUT_SIZE, HyperParameters

if TYPE_CHECKING:
    import keras

WEIGHTS = "weights.weights.h5"
FILES = (WEIGHTS, "history.csv", "predictions.npz", "novelty.npz", "similar.npz", "golden.npz")
GOLDEN_IMAGES = 8
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
            ModelError: a file is missing or altered, or the description is not one that this
                version reads, see ``ModelMetadata.parse``.
        """
        try:
            raw = (folder / "model.json").read_bytes()
        except OSError as error:
            raise ModelError(
                "There is no model in the folder named; train one or name another."
            ) from error
        metadata = ModelMetadata.parse(raw)
        for name, expected in metadata.files.items():
            file = folder / name
            if name not in FILES or not file.is_file() or _sum(file) != expected:
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

    def network(self) -> "keras.Model":
        """The network with its weights, proven on the golden images.

        Raises:
            ModelError: the weights do not fit, or the golden images read differently.
        """
        from arncnn.network import arn_cnn
        from arncnn.network.precision import full_precision

        with full_precision():
            model = arn_cnn.build(self.hyper)
        try:
            model.load_weights(self.folder / WEIGHTS)
        except (ValueError, OSError) as error:
            raise ModelError("The model's weights do not fit the network it names.") from error
        self._replay_golden(model)
        return model

    def _replay_golden(self, model: "keras.Model") -> None:
        file = self.path("golden.npz")
        if file is None:
            raise ModelError(
                "The model has no golden images to prove it with; it will not be used."
            )
        with np.load(file, allow_pickle=False) as golden:
            images, expected = golden["images"], golden["logits"]
        logits = np.asarray(model(preprocess.normalize(images), training=False))
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
    grown = [cv2.resize(c, (INPUT_SIZE, INPUT_SIZE), interpolation=cv2.INTER_CUBIC) for c in coarse]
    return (np.clip(np.stack(grown), 0, 1) * 255).astype(np.uint8)


def seal(folder: Path, metadata: ModelMetadata) -> ModelBundle:
    """Write ``model.json`` over the files that are in the folder, and open the result.

    Args:
        folder: holds the weights and what else ``FILES`` names.
        metadata: what is known of the model; the sums of its files are filled in here.
    """
    sums = {name: _sum(folder / name) for name in FILES if (folder / name).is_file()}
    described = replace(metadata, files=sums).to_json()
    text = json.dumps(described, indent=1, sort_keys=True) + "\n"
    write_durably(folder / "model.json", text.encode(), is_private=False)
    return ModelBundle.open(folder)


def _identity(recipe: str, raw: bytes) -> ModelIdentity:
    sha256 = hashlib.sha256(raw).hexdigest()
    return ModelIdentity(f"{recipe}-{sha256[:12]}", sha256)


def _sum(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
