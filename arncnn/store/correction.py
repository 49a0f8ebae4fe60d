"""Correction: one person's word on a case, and a second person's decision on it."""

from dataclasses import dataclass

from arncnn.store.case import Case

NONE_OF_THESE = "none of these"


@dataclass(frozen=True)
class Review:
    """One decision: "approved" or "rejected". Times are Unix seconds."""

    id: str
    correction_id: str
    reviewer: str
    created_at: float
    decision: str
    reason: str


@dataclass(frozen=True)
class Correction:
    """One person's word on one case.

    Attributes:
        is_right: whether the reading is right; a refusal is, of what is none of the classes.
        label: the right class; None when it is none of them.
        is_none_of_these: the scan shows none of the classes.
        state: "pending", "approved" or "rejected".
        weight: what it counts in training, above 0; 1 is one ordinary image.
    """

    id: str
    case_id: str
    author: str
    created_at: float
    is_right: bool
    label: str | None
    is_none_of_these: bool
    note: str
    state: str
    weight: float

    @property
    def answer(self) -> str:
        """The class said to be right, or "none of these"."""
        return NONE_OF_THESE if self.label is None else self.label


@dataclass(frozen=True)
class CaseCorrections:
    """What all people said of one case.

    Attributes:
        corrections: each person's word, oldest first.
        reviews: all decisions on them, oldest first.
        counts: people by answer, most first.
    """

    case: Case
    corrections: tuple[Correction, ...]
    reviews: tuple[Review, ...]
    counts: tuple[tuple[str, int], ...]

    @property
    def is_agreed(self) -> bool | None:
        """Whether two or more people say the same; None while only one spoke."""
        return None if len(self.corrections) < 2 else len(self.counts) == 1
