"""recalibrate: a trained model's calibration and refusal made anew, its weights as they were."""

from dataclasses import replace
from pathlib import Path

from arncnn import data
from arncnn.data import splits
from arncnn.data.anatomy import Anatomy
from arncnn.errors import UsageError
from arncnn.models import training_history
from arncnn.models.bundle import ModelBundle
from arncnn.pipeline.package import Parts, package
from arncnn.pipeline.train import learned_and_kept
from arncnn.progress import Progress


def recalibrate(
    model: Path,
    to: Path,
    *,
    source: str | Path | None = None,
    progress: Progress | None = None,
) -> ModelBundle:
    """Calibrate a model of the paper's split on the images that its training kept for that.

    Args:
        model: folder of the model; it is left as it is.
        to: folder of the new model.
        source: of the data; None for what ``ARNCNN_DATA`` names.
        progress: of preparing the data.

    Raises:
        UsageError: the folder is taken; the model was trained on other data or on another split,
            it learned from corrections, which it does not hold, or nothing was kept for it.
    """
    if to.exists():
        raise UsageError(
            "The new model needs a folder of its own; choose one that does not exist yet."
        )
    bundle = ModelBundle.open(model)
    about, trained_on = bundle.metadata, bundle.metadata.data
    recipe = about.recipe
    dataset = data.load(source, progress).with_labels(bundle.labels)
    split = splits.paper(dataset)
    learned, kept = learned_and_kept(recipe, dataset, split)
    if trained_on.train_images < len(learned):
        learned, _ = learned_and_kept(recipe, dataset, split, subset=trained_on.train_images)
    described = (trained_on.sha256, trained_on.split_sha256, trained_on.train_images)
    if described != (dataset.sha256, split.sha256, len(learned)):
        raise UsageError("The model was trained on other data, or on another part of it.")
    if trained_on.corrected_scans:
        raise UsageError(
            "The model was trained on corrections, which it does not contain. Fine-tune "
            "again instead."
        )
    if not len(kept):
        raise UsageError(
            f"The recipe {recipe.name} keeps no images that a model could be calibrated on."
        )
    guard = bundle.novelty()
    is_known = None if guard is None else guard.known
    anatomy = replace(Anatomy.of(dataset), ct_in_order=is_known is not None)
    return package(
        to,
        bundle.network(),
        recipe,
        about.seed,
        training_history.load(bundle),
        dataset,
        Parts(learned, kept, split.test, split.name, split.sha256, anatomy),
        started_from=about.started_from,
        averaged_with=about.averaged_with,
        outliers=trained_on.outliers,
        is_known=is_known,
    )
