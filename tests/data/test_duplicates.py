"""Copies and near-twins, against comparing each image with each."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arncnn.data import Dataset, duplicates, splits


def made(images: np.ndarray) -> Dataset:
    count = len(images)
    paths = tuple(f"A/{number:04}.png" for number in range(count))
    return Dataset(images, np.zeros(count, np.int64), ("A",), paths, "made")


def brute_force(images: np.ndarray, rmse: float) -> set[tuple[int, int]]:
    flat = images.reshape(len(images), -1).astype(np.float64)
    return {
        (a, b)
        for a in range(len(flat))
        for b in range(a + 1, len(flat))
        if np.sqrt(np.mean((flat[a] - flat[b]) ** 2)) < rmse
    }


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1.0, 5.0, 20.0]))
def test_the_search_finds_exactly_the_pairs_that_brute_force_finds(seed: int, rmse: float) -> None:
    random = np.random.default_rng(seed)
    parents = random.integers(0, 256, (6, 64, 64))
    spread = random.uniform(0, 2 * rmse, (40, 1, 1))  # many close to the limit, on both sides
    noise = random.normal(0, 1, (40, 64, 64)) * spread
    images = (parents[random.integers(0, 6, 40)] + noise).clip(0, 255).astype(np.uint8)
    found = {(int(a), int(b)) for a, b in duplicates.search(images, rmse)}
    assert found == brute_force(images, rmse)


def test_a_difference_of_just_under_five_grey_levels_is_a_twin_and_five_is_not() -> None:
    images = np.full((3, 64, 64), 100, np.uint8)
    images[1] += 5
    images[2] += 5
    images[2, 0, 0] -= 1
    assert duplicates.search(images).tolist() == [[0, 2], [1, 2]]


def test_flat_images_and_single_images_are_no_special_case() -> None:
    assert duplicates.search(np.zeros((1, 64, 64), np.uint8)).shape == (0, 2)
    assert len(duplicates.search(np.zeros((50, 64, 64), np.uint8))) == 50 * 49 // 2


def test_copies_are_all_but_the_first_of_each_group() -> None:
    images = np.zeros((5, 64, 64), np.uint8)
    images[1] = images[3] = 9
    assert duplicates.copies(made(images)).tolist() == [2, 3, 4]
    assert [group.tolist() for group in duplicates.identical_groups(made(images))] == [
        [0, 2, 4],
        [1, 3],
    ]


def test_a_chain_of_near_twins_is_one_group() -> None:
    images = np.stack([np.full((64, 64), level, np.uint8) for level in (0, 4, 8, 12, 100)])
    groups = duplicates.groups(made(images))
    assert len(set(groups[:4])) == 1
    assert groups[4] != groups[0]


def test_the_result_is_kept_beside_the_pack(
    tiny_dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = duplicates.near_twins(tiny_dataset)
    monkeypatch.setattr(duplicates, "search", lambda *_, **__: pytest.fail("searched again"))
    np.testing.assert_array_equal(duplicates.near_twins(tiny_dataset), first)


def test_medical_mnist_has_the_known_identical_images(mednist: Dataset) -> None:
    groups = duplicates.identical_groups(mednist)
    involved = np.concatenate(groups)
    assert len(groups) == 348
    assert len(involved) == 788
    assert mednist.counts(involved)["AbdomenCT"] == 692
    assert max(map(len, groups)) == 94
    assert all(len(set(mednist.targets[group])) == 1 for group in groups)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_medical_mnist_has_the_known_share_of_near_twins_in_a_random_split(
    mednist: Dataset,
) -> None:
    split = splits.paper(mednist)
    twins = mednist.counts(duplicates.with_twin_in(mednist, split.test, split.train))
    tests = mednist.counts(split.test)
    assert round(100 * twins["AbdomenCT"] / tests["AbdomenCT"], 1) == 54.5
    assert round(100 * twins["ChestCT"] / tests["ChestCT"], 1) == 12.3


@pytest.mark.slow
def test_near_twins_of_medical_mnist_are_those_a_class_compared_in_full_has(
    mednist: Dataset,
) -> None:
    chosen = np.flatnonzero(mednist.targets == mednist.labels.index("AbdomenCT"))[:1500]
    flat = mednist.images[chosen].reshape(len(chosen), -1).astype(np.float64)
    squares = (flat**2).sum(axis=1)
    distances = squares[:, None] + squares - 2 * flat @ flat.T  # exact: integers under 2**53
    expected = np.argwhere(np.triu(distances < 25 * flat.shape[1], k=1))
    assert len(expected) > 100
    np.testing.assert_array_equal(duplicates.search(mednist.images[chosen]), expected)
