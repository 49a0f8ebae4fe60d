"""Transfer: what a model's layers are worth to other classes of which there are few images.

Three unlike sets: handwritten digits (scikit-learn's), radiographs of body parts that the model
does not know, and modalities. Each seed draws other images to learn from and trains three networks
on them: the bundled model's layers with the last one anew (recipe transfer), random weights with
the same recipe for as many steps, and random weights for three times as many. What they gain is
told over the seeds, pair by pair.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from arncnn.data.dataset import SIDE
from arncnn.data.decoding import decode
from arncnn.errors import DataError
from arncnn.files import write_durably
from arncnn.formatting import counted
from arncnn.models.bundle import ModelBundle
from arncnn.models.recipe import TRANSFER, Recipe
from arncnn.preprocess import resize
from arncnn.progress import Progress

LONGER = 3  # times as many epochs from random weights, lest a short budget decide alone
ARMS = ("transfer", "scratch", "scratch_longer")
_BATCH = 20  # of some tens of images a set: a few steps an epoch
_MOST_TESTED = 60  # images a class
_LEAST_TESTED = 10
_LEVEL = 0.95
_KNEES = ("xray_knee", "xray_knee_prosthesis")
RADIOGRAPHS: Mapping[str, tuple[str, ...]] = {
    "Elbow": ("xray_elbow_forearm",),
    "Foot": ("xray_foot_ankle",),
    "Knee": _KNEES,
    "Leg": ("xray_leg_thigh",),
    "Pelvis": ("xray_pelvis_hip",),
    "Shoulder": ("xray_shoulder_humerus",),
}
MODALITIES: Mapping[str, tuple[str, ...]] = {
    "Mammogram": ("mammogram",),
    "MR": ("mr_abdomen", "mr_brain", "mr_joint", "mr_pelvis", "mr_spine"),
    "Radiograph": tuple(kind for kinds in RADIOGRAPHS.values() for kind in kinds),
    "Ultrasound": ("us_breast", "us_kidney"),
}


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Images with their classes, to draw few from and to test on the others.

    Attributes:
        name: of the set.
        about: where it comes from, in words.
        labels: its classes.
        images: uint8, (n, 64, 64).
        targets: int64, (n,).
    """

    name: str
    about: str
    labels: tuple[str, ...]
    images: np.ndarray
    targets: np.ndarray

    def draw(self, few: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Indices of ``few`` images a class to learn from, and of others to test on."""
        generator = np.random.default_rng([seed, len(self.targets)])
        learned, tested = [], []
        for label in range(len(self.labels)):
            order = generator.permutation(np.flatnonzero(self.targets == label))
            learned.append(order[:few])
            tested.append(order[few : few + _MOST_TESTED])
        return np.sort(np.concatenate(learned)), np.sort(np.concatenate(tested))


def digits() -> ImageSet:
    """Handwritten digits, 8 by 8 pixels, made larger."""
    from sklearn.datasets import load_digits  # comes with the package

    found = load_digits()
    images = [resize((image * (255 / 16)).astype(np.float32)) for image in found.images]
    pixels = np.clip(np.rint(np.stack(images)), 0, 255).astype(np.uint8).reshape(-1, SIDE, SIDE)
    labels = tuple(map(str, found.target_names))
    about = "scikit-learn's handwritten digits"
    return ImageSet("digits", about, labels, pixels, found.target.astype(np.int64))


def of_kinds(folder: Path, name: str, about: str, classes: Mapping[str, Sequence[str]]) -> ImageSet:
    """A set out of a folder of kinds, each class one or several of them.

    Args:
        folder: holds ``<kind>/`` with pictures.
        name: of the set.
        about: where it comes from, in words.
        classes: the kinds of each class.

    Raises:
        DataError: a kind is missing or a picture cannot be decoded.
    """
    images, targets = [], []
    for target, kinds in enumerate(classes.values()):
        for kind in kinds:
            files = sorted((folder / kind).glob("*.*"))
            if not files:
                raise DataError(f"There are no images of the kind {kind} in the folder.")
            images += [decode(file.read_bytes(), f"of the kind {kind}") for file in files]
            targets += [target] * len(files)
    return ImageSet(name, about, tuple(classes), np.stack(images), np.array(targets, np.int64))


def image_sets(folder: Path) -> tuple[ImageSet, ...]:
    """The three sets.

    Args:
        folder: of kinds, for the two sets of scans.
    """
    about = "real external scans, of classes the model was not trained on"
    return (
        digits(),
        of_kinds(folder, "radiographs", about, RADIOGRAPHS),
        of_kinds(folder, "modalities", about, MODALITIES),
    )


def report(
    bundle: ModelBundle,
    sets: Sequence[ImageSet],
    runs: Path,
    *,
    seeds: int,
    few: int,
    epochs: int,
    progress: Progress = lambda stage, done, total: None,
) -> dict[str, Any]:
    """Train what is missing, and say what transfer gains; it goes on where it was stopped.

    Args:
        bundle: whose layers are transferred.
        sets: of images.
        runs: a file a training.
        seeds: how many times images are drawn anew.
        few: images a class to learn from.
        epochs: of the transfer and of the shorter training from random weights.
        progress: told which training runs.

    Raises:
        DataError: a class has too few images to be tested.
    """
    for found in sets:
        fewest = int(np.bincount(found.targets).min())
        if fewest < few + _LEAST_TESTED:
            raise DataError(
                f"A class of the set {found.name} has only {counted(int(fewest), 'image')}."
            )
    runs.mkdir(parents=True, exist_ok=True)
    wanted = [(seed, found, arm) for seed in range(seeds) for found in sets for arm in ARMS]
    results: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for done, (seed, found, arm) in enumerate(wanted):
        progress(f"{found.name}, {arm}, seed {seed}", done, len(wanted))
        name = f"{found.name}-{arm}-{seed}-{few}x{epochs}-{bundle.identity.sha256[:12]}.json"
        if not (runs / name).exists():
            hits, n = _trained(bundle, found, arm, seed, few, epochs)
            write_durably(runs / name, json.dumps([hits, n]).encode())
        hits, n = json.loads((runs / name).read_text())
        results.setdefault((found.name, arm), []).append((hits, n))
    return {
        "recipe": _recipe("transfer", epochs, 2).to_json(),
        "seeds": seeds,
        "images_per_class": few,
        "epochs": epochs,
        "longer": LONGER,
        "sets": [
            _of_set(found, {arm: results[found.name, arm] for arm in ARMS}, few) for found in sets
        ],
        "model": vars(bundle.identity),
    }


def mean_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """The mean and its 95% interval by Student's t (values as from a normal distribution).

    >>> tuple(round(value, 3) for value in mean_interval([1.0, 2.0, 3.0]))
    (2.0, -0.484, 4.484)
    """
    from scipy.stats import t

    n, mean = len(values), float(np.mean(values))
    if n < 2:
        return mean, float("-inf"), float("inf")
    half = float(t.ppf((1 + _LEVEL) / 2, n - 1) * np.std(values, ddof=1) / np.sqrt(n))
    return mean, mean - half, mean + half


def _of_set(
    found: ImageSet, arms: Mapping[str, Sequence[tuple[int, int]]], few: int
) -> dict[str, Any]:
    accuracy = {arm: [hits / n for hits, n in runs] for arm, runs in arms.items()}

    def gain(over: str) -> dict[str, Any]:
        pairs = zip(accuracy["transfer"], accuracy[over], strict=True)
        mean, low, high = mean_interval([new - old for new, old in pairs])
        return {"mean": mean, "interval": [low, high]}

    return {
        "name": found.name,
        "about": found.about,
        "classes": list(found.labels),
        "train_images": few * len(found.labels),
        "test_images": arms["transfer"][0][1],
        "accuracy": {
            arm: {"seeds": values, "mean": float(np.mean(values))}
            for arm, values in accuracy.items()
        },
        "gain": gain("scratch"),
        "gain_over_longer": gain("scratch_longer"),
    }


def _recipe(arm: str, epochs: int, classes: int) -> Recipe:
    recipe = replace(TRANSFER, batch_size=_BATCH, epochs=epochs).with_classes(classes)
    if arm == "transfer":
        return recipe
    longer = LONGER if arm == "scratch_longer" else 1
    return replace(recipe, name="scratch", trunk_rate=1.0, epochs=epochs * longer)


def _trained(
    bundle: ModelBundle, found: ImageSet, arm: str, seed: int, few: int, epochs: int
) -> tuple[int, int]:
    """Right answers on the test images after one training, and how many there were."""
    import keras  # slow to import: only where something is trained

    from arncnn.training.examples import Examples
    from arncnn.training.expand_classifier import save_renewed
    from arncnn.training.fit import fit
    from arncnn.training.validation import forward

    learned, tested = found.draw(few, seed)
    recipe = _recipe(arm, epochs, len(found.labels))
    examples = Examples(
        found.images, found.targets, np.ones(len(found.targets), np.float32), learned
    )
    keras.backend.clear_session()
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder)
        first = None
        if arm == "transfer":
            first = save_renewed(bundle.network(), recipe.hyper, run / "initial.weights.h5")
        trained = fit(recipe, examples, examples, run / "run", seed=seed, initial_weights=first)
        logits = forward(trained.model, found.images[tested])
    right = logits.argmax(axis=1) == found.targets[tested]
    return int(right.sum()), len(tested)
