"""Side by side: two models' figures, each with the images it was measured on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from arncnn.evaluation import stored_reports
from arncnn.evaluation.intervals import share as counted
from arncnn.formatting import share, span
from arncnn.models import predictions
from arncnn.models.bundle import ModelBundle
from arncnn.models.predictions import Predictions
from arncnn.uncertainty.temperature import negative_log_likelihood

UNMEASURED = "not measured"
_Report = Mapping[str, Any]


@dataclass(frozen=True)
class Figure:
    """One figure of both models.

    Attributes:
        name: what it is.
        first: of the first model, in words.
        second: of the second.
        sample: what it was measured on; of either model where that differs.
        is_outside: whether it is of scans from outside, see ``stored_reports.CAUTION``.
    """

    name: str
    first: str
    second: str
    sample: str
    is_outside: bool = False


def figures(first: ModelBundle, second: ModelBundle) -> tuple[Figure, ...]:
    """All figures that either model has.

    Raises:
        ModelError: stored predictions are missing.
    """
    ours, others = _at_home(first), _at_home(second)
    sample = _both(_sample(first), _sample(second))
    found = [Figure(name, ours[name], others[name], sample) for name in ours]
    for kind, rows in _OF_REPORTS.items():
        reports = [stored_reports.find(each.identity.sha256, kind) for each in (first, second)]
        for name, (value, sample_of) in rows.items():
            ours_in_words, theirs_in_words = (
                UNMEASURED if report is None else value(report) for report in reports
            )
            samples = [sample_of(report) for report in reports if report is not None]
            if samples:
                shown, is_outside = _both(samples[0], samples[-1]), kind == "external"
                found.append(Figure(name, ours_in_words, theirs_in_words, shown, is_outside))
    return tuple(found)


def _at_home(bundle: ModelBundle) -> dict[str, str]:
    found = Predictions.of(bundle)
    right = found.predicted == found.target
    accuracy = counted(int(right.sum()), len(right))
    loss = negative_log_likelihood(found.logits, found.target, found.temperature)
    settled = predictions.needs_no_review(bundle, found)
    wrong = int((~right & settled).sum())
    return {
        "Right on test images": _with_ends(accuracy.value, (accuracy.lower, accuracy.upper), 2),
        "Errors on test images": f"{len(right) - accuracy.hits:,} of {len(right):,}",
        "Log loss on test images": f"{loss:.4f} nat",
        "No review needed on test images": share(settled.mean(), 1),
        "Wrong among these": f"{wrong:,} of {int(settled.sum()):,}",
    }


def _sample(bundle: ModelBundle) -> str:
    data = bundle.metadata.data
    n = len(Predictions.of(bundle).target)
    return f"{n:,} test images, split “{data.split}”, data set {data.sha256[:8]}"


def _both(first: str, second: str) -> str:
    return first if first == second else f"{first}; {second}: not the same images"


def _with_ends(value: float, ends: tuple[float, float], decimals: int) -> str:
    return f"{share(value, decimals)} ({span(*ends, decimals)})"


def _interval(key: str) -> Callable[[_Report], str]:
    return lambda report: _with_ends(report[key], report[f"{key}_interval"], 1)


def _inside(report: _Report) -> str:
    return f"{report['n']['in']} external scans of {len(report['per_class'])} classes"


def _others(report: _Report) -> str:
    return f"{report['n']['ood']} external images of other kinds"


def _corrupted(report: _Report) -> str:
    return f"{report['n']} test images under each corruption"


_OF_REPORTS: Mapping[
    str, Mapping[str, tuple[Callable[[_Report], str], Callable[[_Report], str]]]
] = {
    "corruptions": {
        "Right on corrupted images": (lambda report: share(report["mean_accuracy"], 1), _corrupted),
        "Right on corruptions never trained on": (
            lambda report: share(report["mean_accuracy_unseen"], 1),
            _corrupted,
        ),
    },
    "external": {
        "Right on external scans, mean of the classes": (_interval("macro_accuracy"), _inside),
        "External scans accepted": (_interval("accepted_share"), _inside),
        "External scans accepted and wrong": (
            lambda report: f"{report['accepted_wrong']:,} of {report['n']['accepted']:,}",
            _inside,
        ),
        "Other kinds not accepted": (_interval("ood_not_accepted_share"), _others),
    },
}
