"""Judged: what one model gets right of the images that the gate shows to it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from arncnn import preprocess
from arncnn.data import Dataset, splits
from arncnn.data.approved_corrections import ApprovedCorrections
from arncnn.evaluation.corruptions import corruption_suite
from arncnn.evaluation.intervals import Share, share
from arncnn.inference import view_fusion
from arncnn.inference.batched import run
from arncnn.models.bundle import ModelBundle
from arncnn.models.predictions import Predictions
from arncnn.progress import Progress

_CORRUPTED_IMAGES = 100  # times 14 families and 3 strengths; about 20 s a model on 2 cores
_CORRUPTION_SEED = 5


@dataclass(frozen=True)
class ScanRead:
    """A corrected scan as one model reads it.

    Attributes:
        case_id: the case.
        answer: what people said it shows; None is "none of these".
        is_held_out: whether it was kept out of training.
        read_as: the likeliest class.
        is_set_aside: whether it is novel to the model, and so refused or sent to review.
    """

    case_id: str
    answer: str | None
    is_held_out: bool
    read_as: str
    is_set_aside: bool

    @property
    def is_right(self) -> bool:
        """Whether it is read as people say; "none of these" is to be set aside."""
        return self.is_set_aside if self.answer is None else self.read_as == self.answer


class Judged:
    """What one model gets right.

    Attributes:
        identity: of the model.
        labels: its classes.
        can_refuse: whether it was calibrated to refuse.
        classes: right answers on the locked test part, by class.
        corruptions: right answers on corrupted test images.
        corrections: held-out corrections that are read right, to classes that count.
        out_of_distribution: held-out scans of "none of these" that are set aside.
        scans: every corrected scan as it is read, held out or learned from.
    """

    def __init__(
        self,
        bundle: ModelBundle,
        dataset: Dataset,
        corrections: ApprovedCorrections | None,
        among: Collection[str],
        progress: Progress,
        *,
        learned: ApprovedCorrections | None = None,
        counted: Collection[str] | None = None,
    ) -> None:
        """Measures it.

        Args:
            bundle: the model.
            dataset: whose test part it reads.
            corrections: held out of training, if any.
            among: classes that the corrupted pictures are of; none when it is not to be compared.
            progress: told the stage and how far it is.
            learned: corrections that the candidate learned from, to be told, not counted.
            counted: classes that corrections may be to and count; None: all. One to a class that
                the candidate lacks cannot be read right, and is no proof of anything.
        """
        self._bundle, self._dataset, self._among = bundle, dataset, set(among)
        self.labels = bundle.labels
        self._network: Any = None
        self.identity = bundle.identity
        self.can_refuse = bundle.path("novelty.npz") is not None
        split = splits.paper(dataset)
        self.classes = self._on_test_part(np.sort(split.test))
        self.corruptions = self._on_corruptions(np.sort(split.test), progress)
        self.scans = (*self._read(corrections, True), *self._read(learned, False))
        held_out = [scan for scan in self.scans if scan.is_held_out]
        right = [
            scan.is_right
            for scan in held_out
            if scan.answer is not None and (counted is None or scan.answer in counted)
        ]
        aside = [scan.is_right for scan in held_out if scan.answer is None]
        self.corrections = share(sum(right), len(right))
        self.out_of_distribution = share(sum(aside), len(aside))

    def _on_test_part(self, rows: np.ndarray) -> dict[str, Share]:
        truth = np.array([self._dataset.labels[k] for k in self._dataset.targets[rows]])
        right = self._answers(self._test_logits(rows)) == truth
        return {
            name: share(int(right[truth == name].sum()), int((truth == name).sum()))
            for name in self._dataset.labels
            if name in self._bundle.labels
        }

    def _test_logits(self, rows: np.ndarray) -> np.ndarray:
        """The logits sealed with the model where they are of these images, else anew."""
        is_kept = self._bundle.path("predictions.npz") is not None
        if is_kept and self._bundle.metadata.data.sha256 == self._dataset.sha256:
            known = Predictions.of(self._bundle)
            order = np.argsort(known.index, kind="stable")
            if np.array_equal(known.index[order], rows):
                return known.logits[order]
        return run(self._pass, self._dataset.images, rows).logits

    def _on_corruptions(self, rows: np.ndarray, progress: Progress) -> Share:
        known = [name in self._among for name in self._dataset.labels]
        rows = rows[np.array(known, bool)[self._dataset.targets[rows]]]
        if not len(rows):
            return share(0, 0)
        chosen = np.random.default_rng(_CORRUPTION_SEED).permutation(rows)[:_CORRUPTED_IMAGES]
        truth = np.array([self._dataset.labels[k] for k in self._dataset.targets[chosen]])
        results = corruption_suite(
            lambda images: self._answers(run(self._pass, images, np.arange(len(images))).logits),
            self._dataset.images[chosen],
            truth,
            progress=lambda done, total: progress("comparing", done, total),
        )
        return share(
            sum(result.accuracy.hits for result in results),
            sum(result.accuracy.n for result in results),
        )

    def _read(
        self, corrections: ApprovedCorrections | None, is_held_out: bool
    ) -> Iterator[ScanRead]:
        """Every corrected scan, its views voting as in every reading."""
        cases: dict[str, list[int]] = {}
        for row, case_id in enumerate(corrections.case_ids if corrections else ()):
            cases.setdefault(case_id, []).append(row)
        if corrections is None or not cases:
            return
        novelty, limits = self._bundle.novelty(), self._bundle.metadata.thresholds
        for case_id, rows in cases.items():
            passed = self._pass(preprocess.normalize(corrections.images[rows]))
            (vote,) = view_fusion.votes(
                passed, [len(rows)], novelty, self._bundle.metadata.temperature
            )
            p_value = vote.novelty_p_value
            yield ScanRead(
                case_id,
                corrections.answers[rows[0]],
                is_held_out,
                str(self._answers(vote.logits[None])[0]),
                p_value is not None and bool(limits.sets_aside(np.array(p_value))),
            )

    def _answers(self, logits: np.ndarray) -> np.ndarray:
        return np.array(self._bundle.labels)[logits.argmax(axis=1)]

    def _pass(self, images: np.ndarray) -> Any:
        if self._network is None:
            from arncnn.network.forward import ForwardPass  # Keras loads here

            self._network = ForwardPass(self._bundle.network())
        return self._network(images)
