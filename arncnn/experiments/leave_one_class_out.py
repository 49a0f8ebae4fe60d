"""Leave one class out: does the refusal notice a class that training never saw? Each class in turn.

For each class a network is trained on all the others and calibrated as a model for service is;
then the novelty score is asked to tell the class's test images from those of the others. The
trainings are kept in their folders, so that the same command goes on where it stopped. Of networks
trained with outliers it is told, too, what the scores without "known" would have noticed: the same
networks and images, so that the difference is that output's alone.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from arncnn import data
from arncnn.data import splits
from arncnn.errors import DataError, UsageError
from arncnn.evaluation import novelty_benchmark
from arncnn.evaluation.novelty_benchmark import NoveltyResult
from arncnn.inference.batched import run
from arncnn.models.bundle import ModelBundle
from arncnn.network.forward import ForwardPass
from arncnn.pipeline.train import train
from arncnn.progress import Event, Progress
from arncnn.training.request import TrainingRequest


def novelty_by_class(
    request: TrainingRequest,
    runs: Path,
    *,
    progress: Progress | None = None,
    on_event: Callable[[Event], object] = lambda event: None,
) -> dict[str, Any]:
    """AUROC and FPR at 95% TPR for each class left out.

    Args:
        request: how each network is trained, but for the class that is left out.
        runs: folder that holds one training a class.
        progress: of preparing the data.
        on_event: told how the trainings go.

    Returns:
        ``novelty_benchmark.report`` with the budget beside it; of a recipe with outliers the same
        as ``without_known``, and which outliers they were.

    Raises:
        DataError: a class has too few images for a refusal to be calibrated.
        UsageError: the folder holds trainings that were asked for otherwise.
    """
    dataset = data.load(request.source, progress)
    results: dict[str, NoveltyResult] = {}
    rest: dict[str, NoveltyResult] = {}
    models = {}
    for label in dataset.labels:
        bundle = _trained(replace(request, leave_out=label), runs / label, progress, on_event)
        guard = bundle.novelty()
        if guard is None:
            raise DataError("Too few calibration images: refusals cannot be measured on this data.")
        test = splits.paper(dataset).test
        is_left_out = dataset.targets[test] == dataset.labels.index(label)
        passed = run(ForwardPass(bundle.network()), dataset.images, test)
        for kept, by in ((results, guard), (rest, guard.without_known())):
            scores = by.statistic(passed.features)
            kept[label] = novelty_benchmark.evaluate(scores[~is_left_out], scores[is_left_out])
        models[label] = bundle.identity.sha256
    budget: dict[str, Any] = {
        "recipe": request.recipe,
        "train_images": request.subset,
        "epochs": request.epochs,
        "seed": request.seed,
    }
    found = {"budget": budget, **novelty_benchmark.report(results), "models": models}
    learned = bundle.metadata.data.outliers
    if request.outliers is None or learned is None:
        return found
    budget["images_an_epoch"] = request.own_recipe().replay
    return {
        **found,
        "without_known": novelty_benchmark.report(rest),
        "outliers": {"sha256": learned.sha256, "kinds": dict(learned.kinds)},
    }


def _trained(
    request: TrainingRequest,
    folder: Path,
    progress: Progress | None,
    on_event: Callable[[Event], object],
) -> ModelBundle:
    if not (folder / "model" / "model.json").is_file():
        return train(request, folder, on_event=on_event, progress=progress)
    found, asked = ModelBundle.open(folder / "model"), request.own_recipe()
    about = found.metadata
    is_of_this = (about.recipe.name, about.recipe.epochs) == (asked.name, asked.epochs)
    has_more = request.subset is not None and about.data.train_images > request.subset
    if not is_of_this or about.seed != request.seed or has_more:
        raise UsageError(
            "The folder holds trainings with another recipe, length or seed, or on more images; "
            "choose a new one."
        )
    return found
