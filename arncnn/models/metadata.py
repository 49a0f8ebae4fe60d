"""ModelMetadata: what ``model.json`` says of a model, every key, type and size of it checked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from arncnn import preprocess
from arncnn.errors import ModelError
from arncnn.labels import Label
from arncnn.models.recipe import Recipe
from arncnn.models.release_check import ReleaseCheck
from arncnn.models.typed_json import ADDED_LATER, damaged, plain, read
from arncnn.uncertainty.conformal import Conformal
from arncnn.uncertainty.verdict import Thresholds

FORMAT = 1
LARGEST = 16 * 2**20  # bytes of a description: a hundred classes of 6,000 calibration images


@dataclass(frozen=True)
class ModelIdentity:
    """Which model made a reading.

    Attributes:
        id: recipe and the first 12 digits of the sum.
        sha256: hex digest of ``model.json``, which holds the sums of all other files.
    """

    id: str
    sha256: str


@dataclass(frozen=True)
class AveragedWith(ModelIdentity):
    """The model that part of the weights came from.

    Attributes:
        share: its part in the mean of both models' weights, 0 to 1.
    """

    share: float


@dataclass(frozen=True)
class OutlierData:
    """What a model learned from that shows none of its classes.

    Attributes:
        sha256: over names and contents.
        kinds: pictures by kind.
    """

    sha256: str
    kinds: Mapping[str, int]


@dataclass(frozen=True)
class TrainingData:
    """What a model was trained on.

    Attributes:
        sha256: of the data set.
        split: the split's name.
        split_sha256: its sum.
        train_images: images learned from.
        calibration_images: images kept apart for calibration.
        corrected_scans: approved corrections learned from, by their answer.
        outliers: what taught the model what is none of its classes; None for nothing.
    """

    sha256: str
    split: str
    split_sha256: str
    train_images: int
    calibration_images: int
    corrected_scans: Mapping[str, int] = field(default_factory=dict, metadata=ADDED_LATER)
    outliers: OutlierData | None = field(default=None, metadata=ADDED_LATER)


@dataclass(frozen=True)
class MadeWith:
    """The versions that sealed a model."""

    arncnn: str
    keras: str
    python: str


@dataclass(frozen=True, eq=False)
class Calibration:
    """What the calibration images taught.

    Attributes:
        temperature: divides the logits.
        conformal: the prediction sets.
        thresholds: where verdicts change.
        images_per_class: calibration images by class.
    """

    temperature: float
    conformal: Conformal
    thresholds: Thresholds
    images_per_class: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class ModelMetadata:
    """A model's description.

    Attributes:
        labels: the classes, in the order of the logits.
        recipe: how it was trained, its network's hyper-parameters included.
        seed: of that training.
        data: what it was trained on.
        made_with: which versions sealed it.
        calibration: None for a model that was not calibrated.
        files: hex SHA-256 of every other file, by its name; ``bundle.seal`` fills it in.
        explanations: the release check of its maps; None without one.
        started_from: the model whose weights the training began with, if any.
        averaged_with: the model that part of the weights came from, if any.
        header_terms: modality and body part of classes, where they were filled in.
    """

    labels: tuple[str, ...]
    recipe: Recipe
    seed: int
    data: TrainingData
    made_with: MadeWith
    calibration: Calibration | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    explanations: ReleaseCheck | None = field(default=None, metadata=ADDED_LATER)
    started_from: ModelIdentity | None = field(default=None, metadata=ADDED_LATER)
    averaged_with: AveragedWith | None = field(default=None, metadata=ADDED_LATER)
    header_terms: Mapping[str, Label] = field(default_factory=dict, metadata=ADDED_LATER)

    @property
    def temperature(self) -> float:
        """What divides the logits; 1 for a model that was not calibrated."""
        return self.calibration.temperature if self.calibration else 1.0

    @property
    def sets(self) -> Conformal | None:
        """The calibrated prediction sets, or None for a model without calibration."""
        return self.calibration.conformal if self.calibration else None

    @property
    def thresholds(self) -> Thresholds:
        """Where the model's verdicts change."""
        return self.calibration.thresholds if self.calibration else Thresholds()

    def to_json(self) -> dict[str, Any]:
        """The content of ``model.json``."""
        return {
            **{name: plain(value) for name, value in vars(self).items()},
            "hyper_parameters": self.recipe.hyper.to_json(),
            "preprocessing": preprocess.contract(),
            "format": FORMAT,
        }

    @classmethod
    def parse(cls, raw: bytes) -> "ModelMetadata":
        """The description that the bytes of a ``model.json`` hold.

        Raises:
            ModelError: it is too large or no JSON, a key is missing or unknown, a value is of
                another type or out of bounds, its parts contradict each other, or the input
                contract is another one.
        """
        if len(raw) > LARGEST:
            raise ModelError(f"The model's description has more than {LARGEST:,} bytes.")
        try:
            values = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise ModelError(
                "The model's description is damaged; restore or replace it."
            ) from error
        known = dict(values) if isinstance(values, dict) else {}
        hyper = known.pop("hyper_parameters", None)
        prepared, version = known.pop("preprocessing", None), known.pop("format", None)
        if version != FORMAT:
            raise ModelError(
                "The model's description has a format that this version does not read."
            )
        if prepared != preprocess.contract():
            raise ModelError(
                "The model was trained with a different input preparation from that of "
                "this version."
            )
        found: ModelMetadata = read(cls, known, "model")
        found._check(read(type(found.recipe.hyper), hyper, "hyper_parameters"))
        return found

    def _check(self, hyper: Any) -> None:
        """What no single key can say of itself."""
        calibration, classes = self.calibration, len(self.labels)
        if (
            hyper != self.recipe.hyper
            or hyper.classes != classes
            or len(set(self.labels)) < classes
        ):
            raise damaged("labels, recipe and hyper-parameters name different networks")
        if self.averaged_with and self.averaged_with.share > 1:
            raise damaged("another model's share is over 1")
        if calibration is None:
            return
        sets, limits = calibration.conformal, calibration.thresholds
        if sets.labels != self.labels or len(sets.banks) != classes:
            raise damaged("the calibration is that of other classes")
        if calibration.images_per_class != sets.counts():
            raise damaged("the calibration counts other images than it holds")
        if calibration.temperature != sets.temperature or not calibration.temperature > 0:
            raise damaged("its temperature is not one number over 0")
        if not all(0 <= limit <= 1 for limit in (sets.alpha, *vars(limits).values())):
            raise damaged("a threshold is not between 0 and 1")
        if any((bank[1:] < bank[:-1]).any() for bank in sets.banks):
            raise damaged("calibration scores are out of order")
