"""What CT slices show: carried over from those judged by eye, and nothing else touched."""

import numpy as np
import pytest

from arncnn.data import Dataset
from arncnn.data.anatomy import UNCLEAR, Anatomy, _carried_over, _judged, _judged_slices


def test_other_data_sets_show_what_their_classes_say(tiny_dataset: Dataset) -> None:
    found = Anatomy.of(tiny_dataset)
    np.testing.assert_array_equal(found.targets, tiny_dataset.targets)
    assert not found.has_lungs.any()


def test_a_class_that_is_left_out_is_unclear_and_the_others_keep_their_names() -> None:
    before, after = ("AbdomenCT", "CXR", "ChestCT"), ("CXR", "ChestCT", "Knee")
    lungs = np.array([False, False, True, False])
    found = Anatomy(np.array([0, 1, 2, UNCLEAR]), lungs, *np.zeros((3, 4), bool))
    moved = found.renumbered(before, after)
    assert moved.targets.tolist() == [UNCLEAR, 0, 1, UNCLEAR]
    np.testing.assert_array_equal(moved.has_lungs, found.has_lungs)


def test_images_that_come_after_show_what_they_were_said_to_show() -> None:
    labels = ("BreastMRI", "CXR", "ChestCT", "Knee")
    grown = Anatomy(np.array([2]), np.array([True]), *np.zeros((3, 1), bool)).extended(
        np.array([0, 1, 3]), labels
    )
    assert grown.targets.tolist() == [2, 0, 1, 3]
    assert grown.has_lungs.tolist() == [True, False, False, False]
    assert grown.is_ct.tolist() == [False, False, False, False]
    assert grown.may_be_mr.tolist() == [False, True, False, True]  # a knee's modality is not known


def test_only_classes_with_other_anatomy_are_counted(tiny_dataset: Dataset) -> None:
    targets = tiny_dataset.targets.copy()
    first = np.flatnonzero(targets == 1)
    targets[first[:3]], targets[first[3]] = 2, UNCLEAR
    found = Anatomy(targets, *np.zeros((4, len(targets)), bool)).counts(tiny_dataset)
    labels = tiny_dataset.labels
    assert found == {labels[1]: {labels[1]: len(first) - 4, labels[2]: 3, "unclear": 1}}
    assert Anatomy.of(tiny_dataset).counts(tiny_dataset) == {}


def test_every_judged_slice_is_named_once() -> None:
    for name, answers in _judged().items():
        assert len(answers) == 180
        assert set(answers.values()) == {"AbdomenCT", "ChestCT", "unclear"}
        assert all(path.startswith(f"{name}/") for path in answers)


def test_the_judged_slices_keep_their_answers_and_some_of_each_class_show_the_other(
    mednist: Dataset,
) -> None:
    found = Anatomy.of(mednist)
    position = {path: row for row, path in enumerate(mednist.paths)}
    index = {name: mednist.labels.index(name) for name in ("AbdomenCT", "ChestCT")}
    for answers in _judged().values():
        for path, answer in answers.items():
            assert found.targets[position[path]] == index.get(answer, UNCLEAR)
    for name, other in (("AbdomenCT", "ChestCT"), ("ChestCT", "AbdomenCT")):
        shown = found.targets[mednist.targets == index[name]]
        assert 0.05 < np.mean(shown == index[other]) < 0.2
    rest = ~np.isin(mednist.targets, list(index.values()))
    np.testing.assert_array_equal(found.targets[rest], mednist.targets[rest])
    np.testing.assert_array_equal(found.has_lungs, found.targets == index["ChestCT"])


@pytest.mark.parametrize("name", ["AbdomenCT", "ChestCT"])
def test_left_out_slices_are_told_as_the_eye_told_them(mednist: Dataset, name: str) -> None:
    rows = np.flatnonzero(mednist.targets == mednist.labels.index(name))
    maps, judged, answers = _judged_slices(mednist, name, rows)
    order = np.random.default_rng(0).permutation(len(judged))
    found = np.empty_like(answers)
    for fold in np.array_split(order, 5):
        rest = np.setdiff1d(order, fold)
        found[fold] = _carried_over(maps, judged[rest], answers[rest])[judged[fold]]
    assert np.mean(found == answers) > 0.88
    swapped = (found != answers) & (found != UNCLEAR) & (answers != UNCLEAR)
    assert np.mean(swapped) < 0.03
