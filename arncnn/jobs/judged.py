"""Judged: what one model gets right of the images that the gate shows to it."""

from collections.abc import Collection
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


class Judged:
    """What one model gets right.

    Attributes:
        identity: of the model.
        labels: its classes.
        can_refuse: whether it was calibrated to refuse.
        classes: right answers on the locked test part, by class.
        corruptions: right answers on corrupted test images.
        corrections: held-out corrections that are read right.
        out_of_distribution: held-out scans of "none of these" that are set aside.
    """

    def __init__(
        self,
        bundle: ModelBundle,
        dataset: Dataset,
        corrections: ApprovedCorrections | None,
        among: Collection[str],
        progress: Progress,
    ) -> None:
        """Measures it.

        Args:
            bundle: the model.
            dataset: whose test part it reads.
            corrections: held out of training, if any.
            among: classes that the corrupted pictures are of; none when it is not to be compared.
            progress: told the stage and how far it is.
        """
        self._bundle, self._dataset, self._among = bundle, dataset, set(among)
        self.labels = bundle.labels
        self._network: Any = None
        self.identity = bundle.identity
        self.can_refuse = bundle.path("novelty.npz") is not None
        split = splits.paper(dataset)
        self.classes = self._on_test_part(np.sort(split.test))
        self.corruptions = self._on_corruptions(np.sort(split.test), progress)
        self.corrections, self.out_of_distribution = self._on_corrections(corrections)

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

    def _on_corrections(self, corrections: ApprovedCorrections | None) -> tuple[Share, Share]:
        """Scans of a class that are read right, and scans of none that are set aside."""
        cases: dict[str, list[int]] = {}
        for row, case_id in enumerate(corrections.case_ids if corrections else ()):
            cases.setdefault(case_id, []).append(row)
        right: list[bool] = []
        aside: list[bool] = []
        if corrections is None or not cases:
            return share(0, 0), share(0, 0)
        novelty, limits = self._bundle.novelty(), self._bundle.metadata.thresholds
        for rows in cases.values():
            passed = self._pass(preprocess.normalize(corrections.images[rows]))
            (vote,) = view_fusion.votes(
                passed, [len(rows)], novelty, self._bundle.metadata.temperature
            )
            answer = corrections.answers[rows[0]]
            if answer is not None:
                right.append(self._answers(vote.logits[None])[0] == answer)
            else:
                p_value = vote.novelty_p_value
                aside.append(p_value is not None and bool(limits.sets_aside(np.array(p_value))))
        return share(sum(right), len(right)), share(sum(aside), len(aside))

    def _answers(self, logits: np.ndarray) -> np.ndarray:
        return np.array(self._bundle.labels)[logits.argmax(axis=1)]

    def _pass(self, images: np.ndarray) -> Any:
        if self._network is None:
            from arncnn.network.forward import ForwardPass  # Keras loads here

            self._network = ForwardPass(self._bundle.network())
        return self._network(images)
