"""model_card: what is to be known of a model before it is believed, from its own folder.

One template for every model. Every figure is computed from the stored predictions, the
stored history, or a stored report of ``evaluate``; what was never measured says so.
"""

from collections.abc import Mapping
from typing import Any

from arncnn.config import INTENDED_USE
from arncnn.data import facts, mednist, outlier_kinds, registry
from arncnn.evaluation import stored_reports
from arncnn.evaluation.calibration_error import ece
from arncnn.evaluation.intervals import Share, share
from arncnn.evaluation.metrics import metrics
from arncnn.evaluation.paper_values import CITATION
from arncnn.models import training_history
from arncnn.models.bundle import ModelBundle
from arncnn.models.predictions import Predictions
from arncnn.reports.rendering import render
from arncnn.uncertainty.conformal import Conformal, coverage_interval
from arncnn.uncertainty.temperature import negative_log_likelihood


def card(bundle: ModelBundle) -> str:
    """The model card as Markdown.

    Args:
        bundle: any verified model.

    Raises:
        ModelError: its history or predictions are missing.
    """
    about, found = bundle.metadata, Predictions.of(bundle)
    gathered = facts.of(about.data.sha256)
    sha256 = bundle.identity.sha256
    return render(
        "model_card.md.j2",
        identity=bundle.identity,
        about=about,
        intended_use=INTENDED_USE,
        citation=CITATION,
        is_medical_mnist=about.data.sha256 == mednist.SHA256,
        data_set=registry.of(about.data.sha256),
        facts=gathered,
        most_twins=_most_twins(gathered) if gathered else None,
        epochs=training_history.load(bundle),
        measured=metrics(found.target, found.predicted, found.labels),
        loss=negative_log_likelihood(found.logits, found.target, found.temperature),
        calibration_error=ece(found.probabilities, found.target),
        external=stored_reports.find(sha256, "external"),
        caution=stored_reports.CAUTION,
        corrupted=stored_reports.find(sha256, "corruptions"),
        left_out=_left_out(stored_reports.outliers(sha256)),
        coverage=_coverage(about.sets) if about.sets else None,
    )


def _left_out(report: Mapping[str, Any] | None) -> tuple[tuple[str, str, Share], ...]:
    """What the training never saw: kind, source, and the share not accepted."""
    if report is None:
        return ()
    kinds = report["without_kinds"]["outliers"]
    rows = [(outlier_kinds.title(kind), "all", kinds[kind]) for kind in report["left_out"]]
    rows += [
        (row["title"], row["source"], {"n": row["n"], "accepted": row["accepted_without_kind"]})
        for part in report["sources"]
        for row in part["left_out"].values()
    ]
    return tuple((kind, src, share(r["n"] - r["accepted"], r["n"])) for kind, src, r in rows)


def _most_twins(gathered: Mapping[str, Any]) -> tuple[str, float]:
    """The class with the largest share of test images that have a near-twin, and that share."""
    shares = gathered["splits"]["paper"]["test_images_with_near_twin_in_train"]
    return max(
        ((label, share or 0.0) for label, share in shares.items()), key=lambda found: found[1]
    )


def _coverage(sets: Conformal) -> tuple[float, float]:
    """Where the true coverage of the class with the fewest calibration images lies."""
    fewest = min(count for count in sets.counts().values() if count)
    return coverage_interval(fewest, sets.alpha)
