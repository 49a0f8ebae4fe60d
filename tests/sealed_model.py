"""A model folder with known history and predictions, sealed as a real one; its weights are void."""

from pathlib import Path

import numpy as np

from arncnn.data import mednist
from arncnn.labels import MEDICAL_MNIST
from arncnn.models.bundle import WEIGHTS, ModelBundle, seal
from arncnn.models.metadata import Calibration, MadeWith, ModelMetadata, TrainingData
from arncnn.models.recipe import PAPER, ROBUST
from arncnn.models.training_history import EpochRecord, to_csv
from arncnn.uncertainty import conformal
from arncnn.uncertainty.verdict import Thresholds

LABELS = tuple(MEDICAL_MNIST)
HISTORY = [
    EpochRecord(1, 0.41, 97.1, 0.13, 99.1, 1e-3, 1e-3, "val_loss", 0.0, 61.5, "best", 0.031),
    EpochRecord(2, 0.12, 99.6, 0.09, 99.6, 1e-3, 1e-3, "val_loss", 30.8, 60.25, "best", 0.012),
    EpochRecord(3, 0.10, 99.8, 0.11, 99.5, 1e-3, 5e-4, "val_loss", -22.2, 60.0, "dwell", 0.02),
]


def seal_model(
    folder: Path,
    *,
    calibrated: bool = True,
    seed: int = 0,
    n: int = 240,
    data: str = "",
    novel: bool = False,
    new_classes: tuple[str, ...] = (),
) -> ModelBundle:
    """A model whose predictions are drawn: mostly right, some wrong, some unsure.

    Args:
        folder: to make.
        calibrated: with temperature and prediction sets.
        seed: of the predictions.
        n: test images.
        data: SHA-256 of the data set; Medical MNIST's when empty.
        novel: store a novelty p-value with each prediction.
        new_classes: learned from corrections, so without a test or calibration image.
    """
    generator = np.random.default_rng(seed)
    target = generator.integers(0, len(LABELS), n)
    labels = (*LABELS, *new_classes)
    logits = generator.normal(0, 1.5, (n, len(labels))).astype(np.float32)
    logits[np.arange(n), target] += generator.gamma(4, 1.2, n).astype(np.float32)
    folder.mkdir(parents=True)
    (folder / WEIGHTS).write_bytes(b"no weights: these folders are read, never loaded")
    (folder / "history.csv").write_text(to_csv(HISTORY), encoding="utf-8")
    kept = {"index": np.arange(n) * 3, "target": target, "logits": logits}
    if novel:
        kept["novelty_p_value"] = np.arange(1, n + 1) / n
    np.savez(folder / "predictions.npz", **kept)
    calibration = None
    if calibrated:
        bank = np.arange(200) % len(LABELS)
        shown = generator.normal(0, 1, (200, len(labels))) + 6 * np.eye(len(labels))[bank]
        sets = conformal.fit(shown, bank, labels, temperature=1.3, alpha=0.05, without=new_classes)
        calibration = Calibration(1.3, sets, Thresholds(0.005, 0.02, 0.9), sets.counts())
    learned = TrainingData(
        data or mednist.SHA256, "paper", "ab" * 32, 51_234, 200 if calibrated else 0
    )
    return seal(
        folder,
        ModelMetadata(
            labels,
            (ROBUST if calibrated else PAPER).with_classes(len(labels)),
            seed,
            learned,
            MadeWith("0.1.0", "3.15.1", "3.11.7"),
            calibration,
        ),
    )


def stored_logits(bundle: ModelBundle) -> tuple[np.ndarray, np.ndarray]:
    """Targets and logits as they lie in the folder, read without the code under test."""
    with np.load(bundle.folder / "predictions.npz") as stored:
        return stored["target"], stored["logits"]
