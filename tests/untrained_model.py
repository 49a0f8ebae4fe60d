"""A whole model folder whose network was never trained: pages and readers can run on it."""

from pathlib import Path

import numpy as np

from arncnn import preprocess
from arncnn.data import Dataset
from arncnn.labels import MEDICAL_MNIST
from arncnn.models import bundle
from arncnn.models.bundle import ModelBundle
from arncnn.models.metadata import MadeWith, ModelMetadata, TrainingData
from arncnn.models.recipe import PAPER
from arncnn.models.training_history import EpochRecord, to_csv
from arncnn.network import arn_cnn
from arncnn.network.forward import ForwardPass


def build(folder: Path, tested_on: Dataset | None = None) -> ModelBundle:
    """Makes the folder; the same weights in every run.

    Args:
        folder: to make.
        tested_on: a data set of the six classes, each of its images said to be read right; without
            one the predictions are drawn and belong to no data.
    """
    import keras

    keras.utils.set_random_seed(7)
    network = arn_cnn.build(PAPER.hyper)
    folder.mkdir(parents=True)
    network.save_weights(folder / bundle.WEIGHTS)
    record = EpochRecord(1, 2.1, 17.0, 1.9, 16.0, 1e-3, 1e-3, "accuracy", 0.0, 1.0, "best", 1.8)
    (folder / "history.csv").write_text(to_csv([record]), encoding="utf-8")
    targets = np.arange(60) % 6 if tested_on is None else tested_on.targets
    logits = np.random.default_rng(0).normal(0, 1, (len(targets), 6)).astype(np.float32)
    if tested_on is not None:
        logits[np.arange(len(targets)), targets] += 20
    np.savez(
        folder / "predictions.npz", index=np.arange(len(targets)), target=targets, logits=logits
    )
    golden = bundle.golden_images()
    logits = ForwardPass(network)(preprocess.normalize(golden)).logits
    np.savez(folder / "golden.npz", images=golden, logits=logits)
    learned = TrainingData(tested_on.sha256 if tested_on else "0" * 64, "paper", "0" * 64, 0, 0)
    made_with = MadeWith("0.1.0", keras.__version__, "3")
    return bundle.seal(folder, ModelMetadata(tuple(MEDICAL_MNIST), PAPER, 7, learned, made_with))
