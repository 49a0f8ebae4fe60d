"""Corrections: approved words of people on scans, as a training takes them.

A class that the model does not know is learned once people have named it on
``NEW_CLASS_LEAST`` scans; scans of "none of these" are for the refusal alone.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from arncnn.errors import TrainingError

LEARNED, HELD_OUT = "corrections.npz", "held-out.npz"  # their files in a training's folder
NEW_CLASS_LEAST = 20  # scans; all 20 right would still leave 83 to 100 % (Clopper and Pearson)
NONE = ""


@dataclass(frozen=True, eq=False)
class Corrections:
    """Corrected scans, one row a view.

    Attributes:
        images: uint8, (n, 64, 64), 0 to 255.
        answers: the right class of each row; "" is "none of these".
        weights: float32, (n,), above 0: how many ordinary images a row counts as.
        scans: which scan each row is a view of.
    """

    images: np.ndarray
    answers: tuple[str, ...]
    weights: np.ndarray
    scans: tuple[str, ...]

    @classmethod
    def open(cls, file: Path) -> "Corrections":
        """Read what the store exported.

        Args:
            file: ``.npz`` with images (n, 64, 64) uint8, labels int64 (n,), -1 for "none of
                these", classes that the labels count, weights float32 (n,), case_ids (n,).

        Raises:
            TrainingError: the file does not hold that.
        """
        try:
            with np.load(file, allow_pickle=False) as stored:
                images, labels = stored["images"], stored["labels"].astype(np.int64)
                weights = stored["weights"].astype(np.float32)
                names = (*map(str, stored["classes"]), NONE)  # label -1 takes the last entry
                answers = tuple(names[label] for label in labels)
                scans = tuple(map(str, stored["case_ids"]))
        except (OSError, KeyError, ValueError, IndexError) as error:
            raise TrainingError(
                "The corrections to train on cannot be read; export them again."
            ) from error
        if images.ndim != 3 or images.shape[1:] != (64, 64) or images.dtype != np.uint8:
            raise TrainingError(
                "Corrections must be 64 by 64 grey images of 8 bits; export them again."
            )
        return cls(images, answers, weights, scans)

    def __len__(self) -> int:
        return len(self.answers)

    def of(self, answers: tuple[str, ...]) -> "Corrections":
        """The rows with one of these answers."""
        rows = [row for row, answer in enumerate(self.answers) if answer in answers]
        return Corrections(
            self.images[rows],
            tuple(self.answers[row] for row in rows),
            self.weights[rows],
            tuple(self.scans[row] for row in rows),
        )

    def scans_by_answer(self) -> dict[str, int]:
        """How many scans each answer was given to."""
        pairs = set(zip(self.answers, self.scans, strict=True))
        named = [answer for answer, _ in pairs]
        return {answer: named.count(answer) for answer in sorted(set(named))}

    def classes_after(self, known: tuple[str, ...]) -> tuple[str, ...]:
        """The classes of a model that learns from these: the known, then new ones by name."""
        new = (
            answer
            for answer, scans in self.scans_by_answer().items()
            if answer != NONE and answer not in known and scans >= NEW_CLASS_LEAST
        )
        return (*known, *new)
