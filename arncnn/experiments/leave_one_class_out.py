"""Leave one class out: does the refusal notice a class that training never saw? Each class in turn.

For each class a network is trained on all the others and calibrated as a model for service is;
then the novelty score is asked to tell the class's test images from those of the others. The
trainings are kept in their folders, so that the same command goes on where it stopped.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from arncnn import data
from arncnn.data import splits
from arncnn.errors import DataError
from arncnn.evaluation import novelty_benchmark
from arncnn.inference.batched import run
from arncnn.models.bundle import ModelBundle
from arncnn.models.recipe import Recipe
from arncnn.network.forward import ForwardPass
from arncnn.pipeline.package import NOVELTY
from arncnn.pipeline.train import train
from arncnn.progress import Event, Progress
from arncnn.uncertainty.novelty import Novelty


def novelty_by_class(
    recipe: Recipe,
    runs: Path,
    *,
    source: str | None = None,
    subset: int,
    epochs: int,
    seed: int = 0,
    progress: Progress | None = None,
    on_event: Callable[[Event], object] = lambda event: None,
) -> dict[str, Any]:
    """AUROC and FPR at 95 % TPR for each class left out.

    Args:
        recipe: how each network is trained, but for its length.
        runs: folder that holds one training a class.
        source: of the data; None for what ``ARNCNN_DATA`` names.
        subset: training images of each network.
        epochs: of each network.
        seed: of each training.
        progress: of preparing the data.
        on_event: told how the trainings go.

    Returns:
        ``novelty_benchmark.report`` with the budget beside it.

    Raises:
        DataError: a class has too few images for a refusal to be calibrated.
    """
    dataset = data.load(source, progress)
    short = replace(recipe, epochs=epochs)
    results, models = {}, {}
    for label in dataset.labels:
        bundle = _trained(short, runs / label, label, source, subset, seed, progress, on_event)
        guard = bundle.path(NOVELTY)
        if guard is None:
            raise DataError("Too few calibration images: no refusal can be measured on this data.")
        test = splits.paper(dataset).test
        is_left_out = dataset.targets[test] == dataset.labels.index(label)
        passed = run(ForwardPass(bundle.network()), dataset.images, test)
        scores = Novelty.load(guard).statistic(passed.features)
        results[label] = novelty_benchmark.evaluate(scores[~is_left_out], scores[is_left_out])
        models[label] = bundle.identity.sha256
    budget = {"recipe": recipe.name, "train_images": subset, "epochs": epochs, "seed": seed}
    return {"budget": budget, **novelty_benchmark.report(results), "models": models}


def _trained(
    recipe: Recipe,
    folder: Path,
    label: str,
    source: str | None,
    subset: int,
    seed: int,
    progress: Progress | None,
    on_event: Callable[[Event], object],
) -> ModelBundle:
    if (folder / "model" / "model.json").is_file():
        return ModelBundle.open(folder / "model")
    return train(
        recipe,
        folder,
        source=source,
        subset=subset,
        seed=seed,
        leave_out=label,
        on_event=on_event,
        progress=progress,
    )
