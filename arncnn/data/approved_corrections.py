"""ApprovedCorrections: what people said scans show, from the store to training and gate.

A class that the model does not know is learned once people have named it on
``NEW_CLASS_LEAST`` scans; scans of "none of these" are for the refusal alone.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from arncnn.errors import TrainingError

LEARNED, HELD_OUT = "corrections.npz", "held-out.npz"  # their files in a training's folder
NEW_CLASS_LEAST = 20  # scans; all 20 right would still leave 83 to 100% (Clopper and Pearson)
_NO_LABEL = -1  # of "none of these", in a file


@dataclass(frozen=True, eq=False)
class ApprovedCorrections:
    """Corrected scans, one row a view, no scan twice.

    Attributes:
        images: uint8, (n, 64, 64), 0 to 255: what the network sees.
        answers: the right class of each row; None is "none of these".
        weights: float32, (n,), above 0: how many ordinary images a row counts as; the views of
            one scan share its weight.
        case_ids: the case, and so the scan, that each row is a view of.
    """

    images: np.ndarray
    answers: tuple[str | None, ...]
    weights: np.ndarray
    case_ids: tuple[str, ...]

    @classmethod
    def load(cls, file: Path) -> "ApprovedCorrections":
        """Read what ``to_npz`` wrote.

        Args:
            file: ``.npz`` with images (n, 64, 64) uint8, labels int64 (n,), -1 for "none of
                these", classes that the labels count, weights float32 (n,), case_ids (n,).

        Raises:
            TrainingError: the file does not hold that.
        """
        with _opened(file) as stored:
            images, weights = stored["images"], stored["weights"].astype(np.float32)
            names = (*map(str, stored["classes"]), None)  # label -1 takes the last entry
            answers = tuple(names[label] for label in stored["labels"].astype(np.int64))
            case_ids = tuple(map(str, stored["case_ids"]))
        if images.ndim != 3 or images.shape[1:] != (64, 64) or images.dtype != np.uint8:
            raise TrainingError(
                "Corrections must be 64 by 64 grey images of 8 bits; export them again."
            )
        return cls(images, answers, weights, case_ids)

    def to_npz(self, known: tuple[str, ...]) -> bytes:
        """The file that ``load`` reads; the same corrections give the same bytes.

        Args:
            known: the model's classes; they are counted first, then new ones by name.
        """
        new = {answer for answer in self.answers if answer is not None and answer not in known}
        classes = (*known, *sorted(new))
        labels = [_NO_LABEL if each is None else classes.index(each) for each in self.answers]
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            images=self.images,
            labels=np.array(labels, np.int64),
            weights=self.weights,
            classes=np.array(classes, np.str_),
            case_ids=np.array(self.case_ids, np.str_),
        )
        return buffer.getvalue()

    def __len__(self) -> int:
        return len(self.answers)

    def with_answers(self, *answers: str | None) -> "ApprovedCorrections":
        """The rows with one of these answers."""
        rows = [row for row, answer in enumerate(self.answers) if answer in answers]
        return ApprovedCorrections(
            self.images[rows],
            tuple(self.answers[row] for row in rows),
            self.weights[rows],
            tuple(self.case_ids[row] for row in rows),
        )

    def targets(self, labels: tuple[str, ...]) -> np.ndarray:
        """The position among the labels of each row's answer, which is one of them: int64, (n,)."""
        position: dict[str | None, int] = {name: number for number, name in enumerate(labels)}
        return np.array([position[answer] for answer in self.answers], np.int64)

    def times_shown(self) -> np.ndarray:
        """How often an epoch shows each row: int64, (n,), its weight rounded, at least once."""
        return np.maximum(np.rint(self.weights), 1).astype(np.int64)

    def scans_by_answer(self) -> dict[str | None, int]:
        """How many scans each answer was given to, by name, "none of these" first."""
        pairs = set(zip(self.answers, self.case_ids, strict=True))
        named = [answer for answer, _ in pairs]
        return {each: named.count(each) for each in sorted(set(named), key=lambda a: a or "")}

    def new_classes(self, known: tuple[str, ...]) -> dict[str, int]:
        """How many scans each class was named on that is not among the known."""
        scans = self.scans_by_answer()
        return {name: n for name, n in scans.items() if name is not None and name not in known}

    def classes_after(self, known: tuple[str, ...]) -> tuple[str, ...]:
        """The classes of a model that learns from these: the known, then new ones by name."""
        new = self.new_classes(known)
        return (*known, *(name for name, scans in new.items() if scans >= NEW_CLASS_LEAST))


def cases_in(file: Path) -> set[str]:
    """The cases that a file of corrections holds scans of, whatever else is in it.

    Raises:
        TrainingError: it is gone, or holds no cases.
    """
    with _opened(file) as stored:
        return set(map(str, stored["case_ids"]))


@contextmanager
def _opened(file: Path) -> Iterator[Mapping[str, np.ndarray]]:
    try:
        with np.load(file, allow_pickle=False) as stored:
            yield stored
    except (OSError, KeyError, ValueError, IndexError, zipfile.BadZipFile) as error:
        raise TrainingError(
            "The corrections to train on cannot be read; export them again."
        ) from error
