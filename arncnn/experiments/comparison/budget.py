"""Budgets: how much one row of the comparison may cost, stated beside every result."""

from dataclasses import asdict, dataclass
from typing import Any

from arncnn.errors import UsageError
from arncnn.formatting import counted


@dataclass(frozen=True)
class Budget:
    """What each row is trained and measured on.

    Attributes:
        name: how the command line calls it.
        images: training images an epoch.
        epochs: at most; the paper's control may end a run sooner.
        seeds: runs a row.
        validation_images: what the control watches.
        corruption_images: test images under every corruption.
    """

    name: str
    images: int
    epochs: int
    seeds: int
    validation_images: int
    corruption_images: int

    @property
    def sentence(self) -> str:
        """The budget in words."""
        return (
            f"{self.images:,} images × {self.epochs} epochs, {counted(self.seeds, 'seed')} "
            f"per row, at most; {self.validation_images:,} validation images; "
            f"{self.corruption_images:,} test images under every corruption."
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


SMALL = Budget("small", 2000, 5, 3, 1000, 60)  # the paper's five epochs, of few images
PAPER = Budget("paper", 53_058, 5, 3, 3537, 500)  # five epochs, as the paper's Table 1
FULL = Budget("full", 53_058, 10, 1, 3537, 500)  # until the control ends, one seed
BUDGETS = {budget.name: budget for budget in (SMALL, PAPER, FULL)}


def named(name: str) -> Budget:
    """The budget of that name.

    Raises:
        UsageError: there is none.
    """
    if name not in BUDGETS:
        raise UsageError(f"There is no budget {name!r}; choose from {', '.join(BUDGETS)}.")
    return BUDGETS[name]
