"""The gate: may a candidate go into service? It says yes, or why not.

The candidate and the model in service read the same images: the locked test part class by
class, the corruption suite, and the approved corrections that were held out of training: whether
those of a class are read right, views voting as in every reading, and whether those of "none of
these" are set aside as novel.
A candidate that refuses nothing does not replace a model that does. One that shares classes with
the model in service must know all of its classes, and is compared on those that both know. One of
other classes altogether cannot be compared at all: it is said so, and it must at least be better
than always giving the most frequent answer.
"Worse" means below the lower end of the exact interval (Clopper and Pearson 1934) of the
model in service: a difference that its own sampling error does not explain.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from arncnn import data
from arncnn.data.approved_corrections import ApprovedCorrections
from arncnn.errors import StoreError, TrainingError
from arncnn.evaluation.intervals import Share, share
from arncnn.formatting import counted
from arncnn.jobs.judged import Judged, ScanRead
from arncnn.labels import title
from arncnn.models.bundle import ModelBundle
from arncnn.progress import Progress

_NAMED = 12  # classes that a sentence names
_CANNOT_REFUSE = (
    "The candidate is not calibrated: it refuses nothing and gives no prediction sets. Its "
    "recipe or data left too few images for calibration."
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
    learned: Path | None = None,
    progress: Progress = lambda stage, done, total: None,
) -> dict[str, Any]:
    """Compare a candidate with the model in service.

    Args:
        candidate: the model just trained.
        serving: folder of the model in service; None when there is none.
        held_out: NPZ of held-out corrections; it may be missing.
        source: of the data set both are tested on.
        learned: NPZ of corrections that the candidate learned from; it may be missing.
        progress: told the stage and how far it is.

    Returns:
        ``passes``, ``reasons`` (why not, or what was not measured), ``serving`` and
        ``candidate`` (identities), ``classes``, ``corruptions``, ``corrections``, and under an
        earlier name scans of none of the classes: see ``Measured``. ``scans``: every corrected
        scan as both read it.
    """
    dataset = data.load(source)
    corrections, trained_on = _load(held_out), _load(learned) if learned else None
    old = None if serving is None else ModelBundle.open(serving)
    shared = set(candidate.labels) & set(candidate.labels if old is None else old.labels)
    if not shared:
        corrections = trained_on = None  # they speak of the old classes
    among = shared or set(candidate.labels)

    def read(bundle: ModelBundle, among: Collection[str]) -> Judged:
        return Judged(
            bundle,
            dataset,
            corrections,
            among,
            progress,
            learned=trained_on,
            counted=candidate.labels,
        )

    models = [read(candidate, among)]
    if old is not None:
        models.append(read(old, shared))
    return compare(*models)


def _load(held_out: Path) -> ApprovedCorrections | None:
    """Read what the store exported; None when there is no file."""
    try:
        return ApprovedCorrections.load(held_out) if held_out.exists() else None
    except TrainingError as error:
        raise StoreError("The held-out corrections cannot be read; retry the job.") from error


def compare(candidate: Judged, serving: Judged | None = None) -> dict[str, Any]:
    """The verdict over two sets of measurements."""
    shared = _shared(candidate, serving)
    old = serving.classes if serving else {}
    classes = [Measured(name, found, old.get(name)) for name, found in candidate.classes.items()]

    def both(name: str, figure: str) -> Measured:
        compared_with = serving if shared else None
        return Measured(name, getattr(candidate, figure), getattr(compared_with, figure, None))

    corruptions = both("corruptions", "corruptions")
    corrections = both("held-out corrections", "corrections")
    out_of_distribution = both("none of these, set aside", "out_of_distribution")
    against = [
        f"{title(found.name)} is read worse: {found.counts}." for found in classes if found.is_worse
    ]
    if corruptions.is_worse:
        against.append(f"Corrupted images are read worse: {corruptions.counts}.")
    if corrections.has_fewer:
        against.append(f"Held-out corrections are read worse: {corrections.counts}.")
    if out_of_distribution.has_fewer:
        against.append(
            f"Fewer scans of none of these classes are set aside: {out_of_distribution.counts}."
        )
    notes = []
    if serving is None:
        notes.append("There is no model in service to compare with.")
    elif not shared:
        notes.append(_of_other_classes(candidate, serving))
    else:
        against += _lost(candidate, serving)
        notes += _new(candidate, serving)
    if serving is not None and not shared:
        against += _no_better_than_guessing(candidate)
    notes += _not_to_be_right(candidate)
    untested = [name for name, found in candidate.classes.items() if not found.n]
    if untested:
        notes.append(f"No test image shows {_named(untested)}, so its accuracy is unknown.")
    if not candidate.can_refuse:
        (against if serving and serving.can_refuse else notes).append(_CANNOT_REFUSE)
    if not corrections.candidate.n:
        notes.append(
            "No approved corrections were held out, so an improvement on them cannot be measured."
        )
    return {
        "passes": not against,
        "reasons": against + notes,
        "candidate": asdict(candidate.identity),
        "serving": asdict(serving.identity) if serving else None,
        "classes": [measured.to_json() for measured in classes],
        "corruptions": corruptions.to_json(),
        "corrections": corrections.to_json(),
        "strangers": out_of_distribution.to_json(),
        "scans": _scans(candidate, serving),
    }


def _not_to_be_right(candidate: Judged) -> list[str]:
    """Held-out corrections that the candidate has no class for: they do not count as passed."""
    lacking = [
        scan.answer
        for scan in candidate.scans
        if scan.is_held_out and scan.answer is not None and scan.answer not in candidate.labels
    ]
    return [
        f"{counted(lacking.count(name), 'held-out correction')} to {title(name)}: not passed, "
        "because the candidate does not know this class."
        for name in dict.fromkeys(lacking)
    ]


def _scans(candidate: Judged, serving: Judged | None) -> list[dict[str, Any]]:
    """Every corrected scan before and after, as plain values."""
    before = {scan.case_id: scan for scan in serving.scans} if serving else {}
    return [
        {
            "case": scan.case_id,
            "answer": scan.answer,
            "is_held_out": scan.is_held_out,
            "is_known": scan.answer is None or scan.answer in candidate.labels,
            "candidate": _read_by(scan),
            "serving": _read_by(before[scan.case_id]) if scan.case_id in before else None,
        }
        for scan in candidate.scans
    ]


def _read_by(scan: ScanRead) -> dict[str, Any]:
    return {
        "read_as": scan.read_as,
        "is_set_aside": scan.is_set_aside,
        "is_right": scan.is_right,
    }


def _shared(candidate: Judged, serving: Judged | None) -> set[str]:
    return set() if serving is None else set(candidate.labels) & set(serving.labels)


def _lost(candidate: Judged, serving: Judged) -> list[str]:
    gone = [name for name in serving.labels if name not in candidate.labels]
    return [f"The candidate no longer knows {_named(gone)}."] if gone else []


def _new(candidate: Judged, serving: Judged) -> list[str]:
    """What the model in service has no answer to: it is told, and compared with nothing."""
    return [
        f"{title(name)} is new: {found.hits} of {found.n} test images are read right, and the "
        "model in service does not know the class, so this cannot be compared."
        for name, found in candidate.classes.items()
        if name not in serving.labels
    ]


def _of_other_classes(candidate: Judged, serving: Judged) -> str:
    return (
        f"The candidate answers with other classes ({_named(candidate.labels)}) than the "
        f"model in service ({_named(serving.labels)}). No class is known to both, so "
        "neither test images, corrupted images nor corrections can be compared. Promote it "
        "only if this dashboard is to read the new classes and no longer the old ones."
    )


def _no_better_than_guessing(candidate: Judged) -> list[str]:
    """Of a model that stands alone: is it surely better than the most frequent answer?"""
    n = sum(found.n for found in candidate.classes.values())
    hits = sum(found.hits for found in candidate.classes.values())
    largest = max(candidate.classes, key=lambda name: candidate.classes[name].n, default="")
    most = candidate.classes[largest].n if n else 0
    if n and share(hits, n).lower > most / n:
        return []
    return [
        f"{hits} of {n} test images are read right, which is not demonstrably better than "
        f"always answering {title(largest)} ({most} of {n})."
    ]


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(map(title, names[:_NAMED]))
    return shown + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
