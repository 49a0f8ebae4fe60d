"""Corrections as training examples: how often they are shown, and how a class is added."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from arncnn.data.approved_corrections import NEW_CLASS_LEAST, ApprovedCorrections
from arncnn.errors import TrainingError
from arncnn.models.recipe import ROBUST
from arncnn.network import arn_cnn
from arncnn.network.hyper_parameters import HyperParameters
from arncnn.training.examples import Examples, batches, with_corrections
from arncnn.training.expand_classifier import expanded_weights, save_expanded

LABELS = ("Bar", "Disc")


def _corrections(*answers: str | None, weight: float = 5.0, views: int = 1) -> ApprovedCorrections:
    rows = [(answer, str(number)) for number, answer in enumerate(answers) for _ in range(views)]
    images = np.random.default_rng(3).integers(0, 256, (len(rows), 64, 64)).astype(np.uint8)
    return ApprovedCorrections(
        images,
        tuple(answer for answer, _ in rows),
        np.full(len(rows), weight / views, np.float32),
        tuple(scan for _, scan in rows),
    )


def _examples(n: int = 30) -> Examples:
    images = np.random.default_rng(4).integers(0, 256, (n, 64, 64)).astype(np.uint8)
    return Examples(images, np.arange(n) % 2, np.ones(n, np.float32), np.arange(n))


@pytest.mark.parametrize(("weight", "views"), [(5.0, 1), (20.0, 3), (0.5, 1)])
def test_a_correction_counts_in_an_epoch_as_much_as_its_weight_says(
    weight: float, views: int
) -> None:
    learned = with_corrections(
        _examples(), _corrections("Disc", weight=weight, views=views), LABELS
    )
    shown = learned.weights[learned.corrected]
    assert shown.sum() == pytest.approx(weight)
    assert set(learned.targets[learned.corrected]) == {1}


def test_none_of_these_and_unknown_classes_do_not_reach_the_classifier() -> None:
    learned = with_corrections(_examples(), _corrections(None, "Knee"), LABELS)
    assert len(learned.corrected) == 0 and learned.an_epoch() == 30


def test_every_epoch_replays_other_images_and_shows_every_correction() -> None:
    learned = with_corrections(_examples(), _corrections("Disc", "Bar"), LABELS)
    assert learned.an_epoch(replay=8) == 8 + 10
    recipe = replace(ROBUST, batch_size=6, replay=8)
    seen = []
    for epoch in (1, 2):
        found = list(batches(learned, recipe, 0, epoch))
        weights = np.concatenate([weight for _, _, weight in found])
        assert len(weights) == 18
        seen.append(np.concatenate([x for x, _, _ in found]))
    assert not np.array_equal(seen[0], seen[1])


def test_a_class_is_new_once_it_has_its_least_number_of_scans() -> None:
    few = _corrections(*["Knee"] * (NEW_CLASS_LEAST - 1), views=3)
    assert few.classes_after(LABELS) == LABELS
    enough = _corrections(*["Knee"] * NEW_CLASS_LEAST, "Disc", None)
    assert enough.classes_after(LABELS) == (*LABELS, "Knee")


def test_a_grown_network_reads_every_image_as_before(tmp_path: Path) -> None:
    network = arn_cnn.build(HyperParameters(classes=2))
    x = np.random.default_rng(0).random((9, 64, 64, 1)).astype(np.float32)
    before = np.asarray(network(x))
    hyper = HyperParameters(classes=3)
    file = save_expanded(network, hyper, LABELS, ("Disc", "Bar", "Knee"), tmp_path / "w.weights.h5")
    grown = arn_cnn.build(hyper)
    grown.load_weights(file)
    after = np.asarray(grown(x))
    assert after[:, [1, 0]] == pytest.approx(before, abs=1e-5)
    assert after[:, 2] == pytest.approx(before.mean(axis=1), abs=1e-5)
    assert (after.argmax(1) != 2).all()
    assert expanded_weights(network, LABELS, LABELS)[-2] == pytest.approx(network.get_weights()[-2])


def test_a_file_that_holds_no_corrections_is_refused_in_a_sentence(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", images=np.zeros((1, 8, 8), np.uint8))
    with pytest.raises(TrainingError, match="export them again"):
        ApprovedCorrections.load(tmp_path / "x.npz")
