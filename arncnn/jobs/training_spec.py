"""TrainingSpec: the training of a job, as the store keeps it and the trainer reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from arncnn.errors import JobError
from arncnn.training.request import TrainingRequest

FROM_SERVICE = "model in service"
FROM_SCRATCH = "scratch"
_STORED = (
    "recipe",
    "epochs",
    "seed",
    "subset",
    "batch_size",
    "source",
    "start",
    "use_corrections",
    "candidate",
    "estimate_s",
)


@dataclass(frozen=True)
class TrainingSpec(TrainingRequest):
    """A training whose first model and corrections are found when it begins.

    Attributes:
        start: ``FROM_SERVICE`` goes on from the model in service, ``FROM_SCRATCH`` does not.
        use_corrections: whether approved corrections are trained on beside the data set.
        candidate: a registered model that is only compared with the model in service again;
            nothing is trained.
        estimate_s: seconds it was expected to take when it was queued; None when unknown.
    """

    start: str = FROM_SERVICE
    use_corrections: bool = True
    candidate: str | None = None
    estimate_s: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The specification as a JSON object."""
        return {name: getattr(self, name) for name in _STORED}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "TrainingSpec":
        """Read what ``to_json`` wrote.

        Raises:
            JobError: it was written by another version.
            UsageError: a number is out of its range.
        """
        if "recipe" not in values or not set(values) <= set(_STORED):
            raise JobError("This job was queued by another version; queue it again.")
        return cls(**values)
