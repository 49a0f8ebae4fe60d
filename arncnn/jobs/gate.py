"""The gate: may a candidate go into service? It says yes, or why not.

The candidate and the model in service read the same images: the locked test part class by
class, the corruption suite, and the approved corrections that were held out of training: whether
those of a class are read right, views voting as in every reading, and whether those of "none of
these" are set aside as novel.
A candidate that refuses nothing does not replace a model that does.
"Worse" means below the lower end of the exact interval (Clopper and Pearson 1934) of the
model in service: a difference that its own sampling error does not explain.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from arncnn import data, preprocess
from arncnn.data import Dataset, splits
from arncnn.data.approved_corrections import ApprovedCorrections
from arncnn.errors import StoreError, TrainingError
from arncnn.evaluation.corruptions import corruption_suite
from arncnn.evaluation.intervals import Share, share
from arncnn.inference import view_fusion
from arncnn.inference.batched import run
from arncnn.labels import title
from arncnn.models.bundle import ModelBundle
from arncnn.models.predictions import Predictions
from arncnn.progress import Progress

_CORRUPTED_IMAGES = 100  # times 14 families and 3 strengths; about 20 s a model on 2 cores
_CORRUPTION_SEED = 5
_CANNOT_REFUSE = (
    "The candidate is not calibrated: it refuses nothing and makes no prediction sets. "
    "Its recipe or its data left too few images for that."
)


@dataclass(frozen=True)
class Measured:
    """One figure of both models.

    Attributes:
        name: a class, "corruptions", "held-out corrections" or "none of these, set aside".
        candidate: right answers of the candidate.
        serving: of the model in service; None when it cannot give this answer at all.
    """

    name: str
    candidate: Share
    serving: Share | None

    @property
    def is_worse(self) -> bool:
        """Whether the candidate lies below the interval of the model in service."""
        if self.serving is None or not self.serving.n or not self.candidate.n:
            return False
        return self.candidate.value < self.serving.lower

    @property
    def has_fewer(self) -> bool:
        """Whether the candidate has fewer right answers: of scans this few every one counts."""
        old = self.serving
        return old is not None and old.n > 0 and self.candidate.hits < old.hits

    @property
    def counts(self) -> str:
        """Both models' right answers in words."""
        new, old = self.candidate, self.serving
        against = "nothing" if old is None else f"{old.hits} of {old.n}"
        return f"{new.hits} of {new.n} against {against}"

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "name": self.name,
            "candidate": self.candidate.to_json(),
            "serving": self.serving.to_json() if self.serving else None,
            "is_worse": self.is_worse,
        }


def judge(
    candidate: ModelBundle,
    serving: Path | None,
    held_out: Path,
    source: str | None,
    *,
    progress: Progress = lambda stage, done, total: None,
) -> dict[str, Any]:
    """Compare a candidate with the model in service.

    Args:
        candidate: the model just trained.
        serving: folder of the model in service; None when there is none.
        held_out: NPZ of held-out corrections; it may be missing.
        source: of the data set both are tested on.
        progress: told the stage and how far it is.

    Returns:
        ``passes``, ``reasons`` (why not, or what was not measured), ``serving`` and
        ``candidate`` (identities), ``classes``, ``corruptions``, ``corrections``, and under an
        earlier name scans of none of the classes: see ``Measured``.
    """
    dataset = data.load(source)
    corrections = _load(held_out)
    models = [_Judged(candidate, dataset, corrections, progress)]
    if serving is not None:
        models.append(_Judged(ModelBundle.open(serving), dataset, corrections, progress))
    return compare(*models)


def _load(held_out: Path) -> ApprovedCorrections | None:
    """Read what the store exported; None when there is no file."""
    try:
        return ApprovedCorrections.load(held_out) if held_out.exists() else None
    except TrainingError as error:
        raise StoreError("The held-out corrections cannot be read; retry the job.") from error


def compare(candidate: "_Judged", serving: "_Judged | None" = None) -> dict[str, Any]:
    """The verdict over two sets of measurements."""
    old = serving.classes if serving else {}
    classes = [Measured(name, found, old.get(name)) for name, found in candidate.classes.items()]

    def both(name: str, figure: str) -> Measured:
        return Measured(name, getattr(candidate, figure), getattr(serving, figure, None))

    corruptions = both("corruptions", "corruptions")
    corrections = both("held-out corrections", "corrections")
    out_of_distribution = both("none of these, set aside", "out_of_distribution")
    against = [
        f"{title(found.name)} is read worse: {found.counts}." for found in classes if found.is_worse
    ]
    if corruptions.is_worse:
        against.append(f"Corrupted pictures are read worse: {corruptions.counts}.")
    if corrections.has_fewer:
        against.append(f"Held-out corrections are read worse: {corrections.counts}.")
    if out_of_distribution.has_fewer:
        against.append(f"Fewer scans of none of these are set aside: {out_of_distribution.counts}.")
    notes = []
    if serving is None:
        notes.append("There is no model in service to compare with.")
    else:
        gone = sorted(set(old) - set(candidate.classes))
        if gone:
            against.append(f"The candidate no longer knows {', '.join(map(title, gone))}.")
    if not candidate.can_refuse:
        (against if serving and serving.can_refuse else notes).append(_CANNOT_REFUSE)
    if not corrections.candidate.n:
        notes.append("No approved corrections were held out, so a gain on them is not measured.")
    return {
        "passes": not against,
        "reasons": against + notes,
        "candidate": asdict(candidate.identity),
        "serving": asdict(serving.identity) if serving else None,
        "classes": [measured.to_json() for measured in classes],
        "corruptions": corruptions.to_json(),
        "corrections": corrections.to_json(),
        "strangers": out_of_distribution.to_json(),
    }


class _Judged:
    """What one model gets right."""

    def __init__(
        self,
        bundle: ModelBundle,
        dataset: Dataset,
        corrections: ApprovedCorrections | None,
        progress: Progress,
    ) -> None:
        self._bundle, self._dataset = bundle, dataset
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
