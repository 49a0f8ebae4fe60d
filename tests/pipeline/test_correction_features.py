"""Corrections in a release: what people reported reaches the refusal, and promises stay true."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from arncnn.data import Dataset
from arncnn.data.anatomy import Anatomy
from arncnn.data.approved_corrections import NEW_CLASS_LEAST, ApprovedCorrections
from arncnn.inference.batched import run
from arncnn.models.metadata import Calibration
from arncnn.network.forward import Features
from arncnn.pipeline import package
from arncnn.pipeline.correction_features import Corrected
from arncnn.uncertainty.conformal import rank_p_value
from arncnn.uncertainty.novelty import Novelty

LABELS = ("Bar", "Disc", "Post")
_ROWS, _COLUMNS = np.mgrid[0:64, 0:64]


class PatchForward:
    """Stands for a network: rectified random projections of 8 by 8 patches; no training needed."""

    def __init__(self, classes: int = 3) -> None:
        self._classes = classes
        layout = np.random.default_rng(5)
        self._filters = layout.normal(size=(64, 125)) / 8
        self._vector = layout.normal(size=(125, 256)) / 11

    def __call__(self, images: np.ndarray) -> Features:
        n = len(images)
        patches = images.reshape(n, 8, 8, 8, 8).transpose(0, 1, 3, 2, 4).reshape(n, 8, 8, 64)
        conv_map = np.maximum(patches @ self._filters, 0).astype(np.float32)
        vector = np.maximum(conv_map.mean(axis=(1, 2)) @ self._vector, 0).astype(np.float32)
        logits = np.stack(
            [vector[:, k :: self._classes].sum(axis=1) for k in range(self._classes)], axis=1
        )
        return Features(logits.astype(np.float32), vector, conv_map, {})


def _drawn(label: str | None, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    y, x = random.integers(20, 44, 2)
    shape = {
        "Bar": abs(_ROWS - y) < 6,
        "Disc": (_ROWS - y) ** 2 + (_COLUMNS - x) ** 2 < 200,
        "Post": abs(_COLUMNS - x) < 6,
        None: (_ROWS + _COLUMNS + x) % 9 < 4,  # stripes: none of these
        "Ring": abs(np.hypot(_ROWS - y, _COLUMNS - x) - 18) < 4,
    }[label]
    return (40 + 150 * shape + random.normal(0, 10, (64, 64))).clip(0, 255).astype(np.uint8)


def _corrections(**scans: int) -> ApprovedCorrections:
    named = [label for label, count in scans.items() for _ in range(count)]
    answers = [None if answer == "none" else answer for answer in named]
    images = np.stack([_drawn(answer, 9000 + n) for n, answer in enumerate(answers)])
    names = tuple(str(n) for n in range(len(answers)))
    return ApprovedCorrections(images, tuple(answers), np.ones(len(answers), np.float32), names)


@pytest.fixture(scope="module")
def home() -> SimpleNamespace:
    """Data of three classes with parts to learn from, to calibrate with and to test on."""
    targets = np.arange(3 * 460) % 3
    images = np.stack([_drawn(LABELS[target], n) for n, target in enumerate(targets)])
    rows = np.arange(len(targets))
    dataset = Dataset(images, targets, LABELS, tuple(map(str, rows)), "0" * 64)
    parts = package.Parts(
        rows[:400], rows[400:800], rows[800:], "made up", "0" * 64, Anatomy.of(dataset)
    )
    return SimpleNamespace(dataset=dataset, parts=parts)


def _calibrated(
    home: SimpleNamespace, folder: Path, corrections: ApprovedCorrections
) -> Calibration:
    folder.mkdir()
    labels = corrections.classes_after(LABELS)
    dataset, forward = home.dataset.with_labels(labels), PatchForward(len(labels))
    corrected = Corrected.of(forward, corrections, labels)
    return package._calibrate(folder, forward, dataset, home.parts, corrected)


def test_new_scans_of_a_reported_kind_stand_out_and_known_ones_are_refused_as_stated(
    home: SimpleNamespace, tmp_path: Path
) -> None:
    _calibrated(home, tmp_path / "m", _corrections(none=8))
    guard = Novelty.load(tmp_path / "m" / "novelty.npz")
    assert guard.scores[-1].name == "reported"
    stripes = np.stack([_drawn(None, 70_000 + n) for n in range(60)])
    found = run(PatchForward(), stripes, np.arange(60)).features
    assert np.mean(rank_p_value(guard.scores[-1].values(found), guard.first[-1]) <= 0.05) > 0.9
    half = len(home.parts.test) // 2
    plain = run(PatchForward(), home.dataset.images, home.parts.test[:half])
    rng = np.random.default_rng(3)
    shown = run(PatchForward(), home.dataset.images, home.parts.test[half:], rng)
    alarms = np.concatenate([guard.p_values(p.features) <= 0.05 for p in (plain, shown)])
    # 200 calibration scores and 580 test images: two binomial errors, added in squares
    error = np.sqrt(0.05 * 0.95 * (1 / 200 + 1 / len(alarms)))
    assert np.mean(alarms) <= 0.05 + 3 * error


def test_a_class_known_from_corrections_alone_is_promised_nothing_and_is_no_stranger(
    home: SimpleNamespace, tmp_path: Path
) -> None:
    calibration = _calibrated(home, tmp_path / "m", _corrections(Ring=NEW_CLASS_LEAST))
    sets = calibration.conformal
    assert sets.labels == (*LABELS, "Ring")
    assert sets.counts()["Ring"] == 0 and min(sets.counts()[k] for k in LABELS) >= 99
    _calibrated(home, tmp_path / "without", _corrections(Bar=1))
    knows, knows_not = (Novelty.load(tmp_path / m / "novelty.npz") for m in ("m", "without"))
    rings = np.stack([_drawn("Ring", 80_000 + n) for n in range(60)])
    found = run(PatchForward(), rings, np.arange(60)).features
    for known, strange in zip(knows.scores, knows_not.scores, strict=True):
        assert np.median(known.values(found)) < np.median(strange.values(found))
