"""TrainingSpec: what a job trains, as the store keeps it and the trainer reads it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from arncnn.errors import JobError

FROM_SERVICE = "model in service"
FROM_SCRATCH = "scratch"


@dataclass(frozen=True)
class TrainingSpec:
    """All that decides a training besides the device and the corrections approved by then.

    Attributes:
        recipe: a name of ``models.recipe.RECIPES``.
        epochs: at most; None takes the recipe's.
        seed: of weights, order, appearance and dropout.
        subset: train on that many images of the data set; None takes all.
        batch_size: images a step; None takes the recipe's.
        source: of the data set; None takes what ``ARNCNN_DATA`` names.
        start: ``FROM_SERVICE`` goes on from the model in service, ``FROM_SCRATCH`` does not.
        use_corrections: whether approved corrections are trained on beside the data set.
        candidate: a registered model that is only compared with the model in service again;
            nothing is trained.
        estimate_s: seconds it was expected to take when it was queued; None when unknown.
    """

    recipe: str
    epochs: int | None = None
    seed: int = 0
    subset: int | None = None
    batch_size: int | None = None
    source: str | None = None
    start: str = FROM_SERVICE
    use_corrections: bool = True
    candidate: str | None = None
    estimate_s: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The specification as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "TrainingSpec":
        """Read what ``to_json`` wrote.

        Raises:
            JobError: it was written by another version.
        """
        known = {field.name for field in fields(cls)}
        if "recipe" not in values or not set(values) <= known:
            raise JobError("This job was queued by another version; queue it anew.")
        return cls(**values)
