"""Splits: the paper's as written, ours without near-twins across, both frozen."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from arncnn.data import Dataset, duplicates, splits
from arncnn.errors import DataError


def made(targets: np.ndarray, images: np.ndarray) -> Dataset:
    labels = tuple("ABCDEF"[: int(targets.max()) + 1])
    paths = tuple(f"{labels[t]}/{n:05}.png" for n, t in enumerate(targets))
    return Dataset(images, targets.astype(np.int64), labels, paths, "made")


def test_the_paper_split_is_the_papers_two_lines(tiny_dataset: Dataset) -> None:
    paths = sorted(tiny_dataset.paths)
    train, rest = train_test_split(paths, train_size=0.9, shuffle=True, random_state=123)
    validation, test = train_test_split(rest, train_size=0.6, shuffle=True, random_state=123)
    split = splits.paper(tiny_dataset)
    for indices, expected in (
        (split.train, train), (split.validation, validation), (split.test, test)
    ):  # fmt: skip
        assert [tiny_dataset.paths[index] for index in indices] == expected
        assert indices.dtype == np.int64


def test_the_paper_split_does_not_depend_on_the_order_of_the_files() -> None:
    images = np.zeros((40, 64, 64), np.uint8)
    dataset = made(np.repeat([0, 1], 20), images)
    shuffled = np.random.default_rng(0).permutation(40)
    other = Dataset(
        images, dataset.targets[shuffled], dataset.labels,
        tuple(dataset.paths[index] for index in shuffled), "made",
    )  # fmt: skip
    assert [other.paths[i] for i in splits.paper(other).test] == [
        dataset.paths[i] for i in splits.paper(dataset).test
    ]


def test_the_paper_split_needs_no_search_for_near_twins(
    tiny_dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duplicates, "near_twins", lambda *_: pytest.fail("searched"))
    assert len(splits.paper(tiny_dataset).train) == 54


def test_medical_mnist_is_split_as_in_the_paper(mednist: Dataset) -> None:
    split = splits.paper(mednist)
    sizes = len(split.train), len(split.validation), len(split.test)
    assert sizes == (53_058, 3_537, 2_359)
    assert len(np.unique(np.concatenate([split.train, split.validation, split.test]))) == 58_954


def test_a_split_that_came_out_differently_is_refused(
    tiny_dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen = {tiny_dataset.sha256: {"paper": "0" * 64, "grouped-3": "0" * 64}}
    monkeypatch.setattr(splits, "_frozen", lambda: frozen)
    with pytest.raises(DataError, match="'paper' differs from"):
        splits.paper(tiny_dataset)
    with pytest.raises(DataError, match="'grouped-3' differs from"):
        splits.grouped(tiny_dataset, folds=3)


def test_both_splits_of_medical_mnist_are_frozen() -> None:
    from arncnn.data.mednist import SHA256

    assert {"paper", "grouped-5"} <= set(splits._frozen()[SHA256])


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_dealing_keeps_groups_whole_and_class_shares_even(seed: int) -> None:
    random = np.random.default_rng(seed)
    groups = random.integers(0, 400, 2000)
    targets = groups % 3
    shares = np.array([0.3, 0.3, 0.3, 0.1])
    part = splits.stratified_group_split(groups, targets, shares, seed)
    assert all(len(set(part[groups == group])) == 1 for group in np.unique(groups))
    largest = np.bincount(groups).max()
    for target in range(3):
        held = np.bincount(part[targets == target], minlength=4)
        expected = shares * (targets == target).sum()
        assert np.abs(held - expected).max() <= largest


def test_dealing_is_the_same_every_time() -> None:
    groups, targets = np.arange(500) // 2, np.arange(500) % 5
    shares = np.array([0.5, 0.5])
    first = splits.stratified_group_split(groups, targets, shares, 1)
    np.testing.assert_array_equal(first, splits.stratified_group_split(groups, targets, shares, 1))
    assert (first != splits.stratified_group_split(groups, targets, shares, 2)).any()


@pytest.fixture
def twinned() -> Dataset:
    """120 images in two classes: 30 singles, 30 pairs of near-twins, 10 triples of copies."""
    random = np.random.default_rng(0)
    singles = random.integers(10, 240, (30, 64, 64))
    pairs = np.repeat(random.integers(10, 240, (30, 64, 64)), 2, axis=0)
    pairs[::2] += 2
    triples = np.repeat(random.integers(10, 240, (10, 64, 64)), 3, axis=0)
    images = np.concatenate([singles, pairs, triples]).astype(np.uint8)
    return made(np.arange(120) // 60, images)


def test_grouped_parts_are_disjoint_and_leave_out_only_copies(twinned: Dataset) -> None:
    split = splits.grouped(twinned, folds=3)
    parts = [*split.folds, split.calibration, split.validation, split.copies]
    assert sorted(np.concatenate(parts).tolist()) == list(range(120))
    assert len(split.copies) == 20
    for number in range(3):
        fold = split.fold(number)
        lists = [fold.train, fold.validation, fold.test, split.calibration]
        assert len(np.unique(np.concatenate(lists))) == sum(map(len, lists)) == 100
        np.testing.assert_array_equal(fold.test, split.folds[number])


def test_no_near_twin_lies_on_two_sides(twinned: Dataset) -> None:
    split = splits.grouped(twinned, folds=3)
    parts = [*split.folds, split.calibration, split.validation]
    pairs = duplicates.near_twins(twinned)
    assert len(pairs) == 30 + 30
    for part in parts:
        others = np.concatenate([other for other in parts if other is not part])
        assert len(duplicates.with_twin_in(twinned, part, others)) == 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_grouped_folds_of_medical_mnist_share_no_near_twins_and_all_classes(
    mednist: Dataset,
) -> None:
    split = splits.grouped(mednist)
    parts = [*split.folds, split.calibration, split.validation]
    for part in parts:
        others = np.concatenate([other for other in parts if other is not part])
        assert len(duplicates.with_twin_in(mednist, part, others)) == 0
    assert min(mednist.counts(split.calibration).values()) >= 500
    counts = np.array([list(mednist.counts(fold).values()) for fold in split.folds])
    assert (np.ptp(counts, axis=0) <= 5).all()


def test_too_few_images_or_folds_are_refused(tiny_dataset: Dataset) -> None:
    images = np.zeros((3, 64, 64), np.uint8)
    with pytest.raises(DataError, match="at least 11 images"):
        splits.paper(made(np.zeros(3, int), images))
    with pytest.raises(DataError, match="at least 2 folds"):
        splits.grouped(tiny_dataset, folds=1)


def test_the_frozen_splits_lie_in_assets() -> None:
    assert Path(splits._FROZEN).is_file()
