"""Similar cases are the nearest ones, each picture once."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from arncnn.errors import ModelError
from arncnn.explain.similar import Bank, Neighbour, disagreement, nearest

LABELS = ("CXR", "Hand", "HeadCT")


def _bank(count: int = 20_000) -> Bank:
    generator = np.random.default_rng(0)
    vectors = generator.normal(size=(count, 16)).astype(np.float16)
    return Bank(vectors, np.arange(count) + 100, generator.integers(3, size=count), LABELS)


def test_neighbours_are_those_of_scikit_learn() -> None:
    bank = _bank()
    vector = np.random.default_rng(1).normal(size=16).astype(np.float32)
    exact = NearestNeighbors(n_neighbors=7).fit(bank.vectors.astype(np.float64))
    distances, rows = exact.kneighbors(vector[None].astype(np.float64))
    found = nearest(vector, bank, 7)
    assert [n.index for n in found] == (rows[0] + 100).tolist()
    assert [n.distance for n in found] == pytest.approx(distances[0].tolist(), rel=1e-4)
    assert [n.label for n in found] == [LABELS[bank.targets[row]] for row in rows[0]]


def test_copies_are_shown_once_and_counted() -> None:
    bank = _bank(50)
    bank.vectors[10:30] = bank.vectors[10]
    bank.vectors[15] *= np.float16(1.001)  # a copy read in another place of a batch
    found = nearest(bank.vectors[10].astype(np.float32), bank, 5)
    assert found[0].copies == 20
    assert found[0].distance < 0.01
    assert len({n.index for n in found}) == 5
    assert all(n.index < 110 or n.index >= 130 for n in found[1:])
    assert {n.copies for n in found[1:]} == {1}


def test_a_small_bank_gives_fewer_neighbours() -> None:
    assert len(nearest(np.ones(16, np.float32), _bank(3), 5)) == 3


def test_the_bank_of_a_model_is_read(tmp_path: Path) -> None:
    bank = _bank(9)
    file = tmp_path / "similar.npz"
    np.savez_compressed(file, vectors=bank.vectors, index=bank.indices, target=bank.targets)
    assert nearest(np.ones(16, np.float32), Bank.load(file, LABELS)) == nearest(
        np.ones(16, np.float32), bank
    )


def test_a_damaged_bank_is_refused_in_words(tmp_path: Path) -> None:
    file = tmp_path / "similar.npz"
    file.write_bytes(b"not a bank")
    with pytest.raises(ModelError, match="restore the model"):
        Bank.load(file, LABELS)


def _of(*labels: str) -> tuple[Neighbour, ...]:
    return tuple(Neighbour(number, label, 1.0, 1) for number, label in enumerate(labels))


def test_neighbours_of_another_class_than_the_answer_are_counted_and_told_what_they_mean() -> None:
    said = disagreement(_of("HeadCT", "CXR", "HeadCT", "Hand"), "CXR")
    assert said.startswith(
        "3 of the 4 most similar training images are of another class than the answer, "
        "Chest X-ray: 2 Head CT, 1 Hand X-ray."
    )
    assert "a reason to look at the scan yourself" in said
    assert "the verdict does not use their classes" in said


def test_neighbours_of_the_answers_class_need_no_words() -> None:
    assert disagreement(_of("CXR", "CXR"), "CXR") == ""
    assert disagreement((), "CXR") == ""
