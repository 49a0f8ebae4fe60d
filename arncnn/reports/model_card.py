"""model_card: what is to be known of a model before it is believed, from its own folder.

One template for every model. Every figure is computed from the stored predictions, the
stored history, or a stored report of ``evaluate``; what was never measured says so.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from arncnn.config import INTENDED_USE
from arncnn.data import facts, mednist
from arncnn.evaluation import stored_reports
from arncnn.evaluation.calibration_error import ece
from arncnn.evaluation.metrics import Metrics, metrics
from arncnn.evaluation.paper_values import CITATION
from arncnn.formatting import counted, share, span
from arncnn.labels import title
from arncnn.models import training_history
from arncnn.models.bundle import ModelBundle
from arncnn.models.metadata import TrainingData
from arncnn.models.predictions import Predictions
from arncnn.uncertainty.conformal import coverage_interval
from arncnn.uncertainty.temperature import negative_log_likelihood

_FEW = 1  # decimals of a share of some dozens of scans
_LICENCE = "CC BY-SA 4.0"
_SOURCE = (
    "gathered from TCIA, the RSNA Bone Age Challenge and the NIH Chest X-ray set, made available "
    "by Dr. Bradley J. Erickson (Department of Radiology, Mayo Clinic)"
)


def card(bundle: ModelBundle) -> str:
    """The model card as Markdown.

    Args:
        bundle: any verified model.

    Raises:
        ModelError: its history or predictions are missing.
    """
    sections = (
        ("Intended use", _intended_use(bundle)),
        ("Data and licence", _data(bundle)),
        ("Training", _training(bundle)),
        ("Performance at home", _at_home(bundle)),
        ("Performance outside", _outside(bundle)),
        ("What is refused", _refused(bundle)),
        ("Limits", _limits(bundle)),
        ("Versions and hashes", _versions(bundle)),
    )
    parts = [f"# Model card: {bundle.identity.id}"]
    parts += [f"## {heading}\n\n{text}" for heading, text in sections]
    return "\n\n".join(parts) + "\n"


def _intended_use(bundle: ModelBundle) -> str:
    kinds = ", ".join(title(label) for label in bundle.labels)
    return (
        f"{INTENDED_USE} The model names the kind of a scan as one of {len(bundle.labels)}: "
        f"{kinds}. It finds no disease and judges no image quality. It is the attention-based "
        f"residual network of {CITATION}."
    )


def _data(bundle: ModelBundle) -> str:
    learned = bundle.metadata.data
    if learned.sha256 != mednist.SHA256:
        return (
            f"A data set with SHA-256 `{learned.sha256}`; its origin and licence are known to "
            f"whoever trained the model. {_parts(learned)}"
        )
    gathered = facts.stored()
    known = ""
    if gathered is not None:
        twins = gathered["splits"]["paper"]["test_images_with_near_twin_in_train"]
        label, twin_share = max(twins.items(), key=lambda item: item[1] or 0)
        known = (
            f" It holds {gathered['identical']['groups']:,} groups of byte-identical images, and "
            f"{share(twin_share, 1)} of the {title(label)} test images of a random split have a "
            "near-twin among the training images, so figures at home are optimistic."
        )
    return f"Medical MNIST, {_SOURCE}, under {_LICENCE}.{known} {_parts(learned)}"


def _parts(learned: TrainingData) -> str:
    return (
        f"Split “{learned.split}”: {learned.train_images:,} images learned from, "
        f"{learned.calibration_images:,} kept apart for calibration."
    )


def _training(bundle: ModelBundle) -> str:
    recipe, records = bundle.metadata.recipe, training_history.load(bundle)
    watched = min(records, key=lambda record: record.v_loss)
    shown = "randomised appearance" if recipe.augment else "images as they are"
    return (
        f"Recipe “{recipe.name}”: {recipe.optimizer}, learning rate "
        f"{recipe.learning_rate:g}, {recipe.batch_size} images a step, {shown}, "
        f"{counted(len(records), 'epoch')}, seed {bundle.metadata.seed}, "
        f"{sum(record.duration_s for record in records) / 60:,.0f} minutes. Lowest validation "
        f"loss {watched.v_loss:.4f} in epoch {watched.epoch}.{_ancestry(bundle)}"
    )


def _ancestry(bundle: ModelBundle) -> str:
    """What the weights owe to another model, whose epochs are not counted above."""
    began, mixed = bundle.metadata.started_from, bundle.metadata.averaged_with
    words = f" The training began from the weights of {began.id}." if began else ""
    if mixed:
        words += f" {share(mixed.share, 0)} of the weights are those of {mixed.id}."
    return words


def _at_home(bundle: ModelBundle) -> str:
    found = Predictions.of(bundle)
    measured = metrics(found.target, found.predicted, found.labels)
    probabilities = found.probabilities
    loss = negative_log_likelihood(found.logits, found.target, found.temperature)
    rows = [
        ("Accuracy", _share(measured.accuracy)),
        ("Errors", f"{measured.errors:,} of {measured.n:,}"),
        ("Log loss", f"{loss:.4f} nat"),
        ("Cohen's kappa", f"{measured.cohen_kappa:.4f}"),
        ("Calibration error (ECE)", f"{ece(probabilities, found.target):.4f}"),
    ]
    return (
        f"The test part of the split “{bundle.metadata.data.split}”, {measured.n:,} images no "
        "training has seen. Intervals are 95 %, Clopper-Pearson.\n\n"
        f"{_table(('Figure', 'Value'), rows)}\n\n{_per_class(measured)}"
    )


def _per_class(measured: Metrics) -> str:
    rows = [
        (title(row.label), f"{row.n:,}", _share(row.precision), _share(row.recall))
        for row in measured.classes
    ]
    return _table(("Class", "Images", "Precision", "Recall"), rows)


def _outside(bundle: ModelBundle) -> str:
    sha256 = bundle.identity.sha256
    external = stored_reports.find(sha256, "external")
    corrupted = stored_reports.find(sha256, "corruptions")
    parts = [_external(external) if external else _unmeasured("--external FOLDER")]
    parts.append(_corrupted(corrupted) if corrupted else _unmeasured("--corruptions"))
    return "\n\n".join(parts)


def _external(report: Mapping[str, Any]) -> str:
    rows = [
        (
            title(label),
            f"{row['n']:,}",
            _interval(row["accuracy"], row["accuracy_interval"], _FEW),
            f"{row['accepted']:,}",
            f"{row['accepted_wrong']:,}",
        )
        for label, row in report["per_class"].items()
    ]
    sentence = (
        f"{report['n']['in']:,} real scans from elsewhere: "
        f"{_interval(report['macro_accuracy'], report['macro_accuracy_interval'], _FEW)} right "
        f"(mean over the classes) before any refusal. {report['wrong_over_090']:,} were wrong with "
        f"a probability over 0.9; of the {report['n']['accepted']:,} accepted, "
        f"{report['accepted_wrong']:,} were wrong."
    )
    if report["n"]["ood"]:
        found = report["ood_not_accepted_share"]
        ends = report["ood_not_accepted_share_interval"]
        sentence += (
            f" Of {report['n']['ood']:,} pictures of other kinds, "
            f"{_interval(found, ends, _FEW)} were refused or sent to review."
        )
    head = ("Class", "Scans", "Right", "Accepted", "Accepted and wrong")
    return f"{sentence}\n\n{_table(head, rows)}"


def _corrupted(report: Mapping[str, Any]) -> str:
    return (
        f"Test images spoilt on purpose ({report['n']:,} images, "
        f"{len(report['corruptions'])} corruptions): {share(report['mean_accuracy'], 1)} right on "
        f"average, {share(report['mean_accuracy_unseen'], 1)} under corruptions that no training "
        "shows."
    )


def _unmeasured(option: str) -> str:
    return f"Not measured for this model: `python -m arncnn evaluate {option}` does it."


def _refused(bundle: ModelBundle) -> str:
    general = (
        "A file that cannot be decoded safely, and a picture too flat, too small or too far from "
        "a scan, is refused before the network is asked."
    )
    sets = bundle.metadata.sets
    if sets is None:
        return (
            f"{general} This model was not calibrated: it has no novelty guard and no prediction "
            "sets, and it answers on pictures of kinds it never saw."
        )
    fewest = min(count for count in sets.counts().values() if count)
    low, high = coverage_interval(fewest, sets.alpha)
    return (
        f"{general} {bundle.metadata.thresholds.sentence()} {sets.promise()} Given this "
        f"calibration set the true coverage of a class lies in {span(low, high, 1)}."
    )


def _limits(bundle: ModelBundle) -> str:
    lines = [
        "Only the kinds of scan named above are known; every other kind is a stranger.",
        "The network sees 64 × 64 pixels: fine structure is gone before it looks.",
        "Medical MNIST's classes differ in background grey, so a high figure at home does not "
        "show that anatomy was learned; figures outside do.",
        "Test images come from the same sources as the training images, some as near-twins.",
        "Dropout speaks of the doubt of the dense layers alone.",
    ]
    if not bundle.metadata.recipe.augment:
        lines.append(
            "This recipe shows images as they are; other windows, inversion or another "
            "background can turn its answers."
        )
    return "\n".join(f"- {line}" for line in lines)


def _versions(bundle: ModelBundle) -> str:
    about = bundle.metadata
    rows = sorted(vars(about.made_with).items())
    rows += [
        ("model.json", f"`{bundle.identity.sha256}`"),
        *((name, f"`{sha256}`") for name, sha256 in sorted(about.files.items())),
        ("data set", f"`{about.data.sha256}`"),
        ("split", f"`{about.data.split_sha256}`"),
    ]
    return _table(("Part", "Version or SHA-256"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _share(found: Any) -> str:
    return _interval(found.value, (found.lower, found.upper)) if found.n else "no image"


def _interval(value: float, ends: Sequence[float], decimals: int = 2) -> str:
    return f"{share(value, decimals)} ({span(ends[0], ends[1], decimals)})"
