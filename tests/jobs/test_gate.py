"""The gate's verdict, with SciPy's exact interval as oracle."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import binomtest

from arncnn.errors import StoreError
from arncnn.evaluation.intervals import share
from arncnn.jobs import gate
from arncnn.jobs.judged import ScanRead
from arncnn.models.metadata import ModelIdentity


def judged(
    name: str,
    hits: dict[str, int],
    *,
    corrupted: int = 900,
    corrections=(0, 0),
    out_of_distribution=(0, 0),
    can_refuse: bool = True,
    scans=(),
):
    return SimpleNamespace(
        can_refuse=can_refuse,
        labels=tuple(hits),
        identity=ModelIdentity(name, name * 8),
        classes={label: share(right, 400) for label, right in hits.items()},
        corruptions=share(corrupted, 1000),
        corrections=share(*corrections),
        out_of_distribution=share(*out_of_distribution),
        scans=scans,
    )


OLD = {"CXR": 400, "Hand": 396}


@pytest.mark.parametrize("right", range(388, 401))
def test_a_class_may_only_be_worse_within_the_exact_interval(right: int) -> None:
    lower = binomtest(400, 400).proportion_ci(0.95, "exact").low
    result = gate.compare(judged("new", OLD | {"CXR": right}), judged("old", OLD))
    assert result["passes"] is (right / 400 >= lower)
    if not result["passes"]:
        assert f"Chest X-ray is read worse: {right} of 400" in result["reasons"][0]


def test_an_equal_candidate_passes_and_says_what_was_not_measured() -> None:
    result = gate.compare(judged("new", OLD), judged("old", OLD))
    assert result["passes"]
    assert "No approved corrections were held out" in result["reasons"][0]


def test_held_out_corrections_must_not_be_read_worse() -> None:
    new, old = judged("new", OLD, corrections=(3, 10)), judged("old", OLD, corrections=(4, 10))
    assert not gate.compare(new, old)["passes"]
    assert gate.compare(old, new)["passes"]


def test_a_correction_to_a_class_that_the_candidate_lacks_is_not_passed_and_named() -> None:
    knee = ScanRead("c1", "Knee", True, "Hand", False)
    new, old = judged("new", OLD, scans=(knee,)), judged("old", OLD, scans=(knee,))
    result = gate.compare(new, old)
    (said,) = [reason for reason in result["reasons"] if "Knee" in reason]
    assert said.startswith("1 held-out correction to Knee: not passed")
    assert result["corrections"]["candidate"]["n"] == 0
    (scan,) = result["scans"]
    assert scan["is_known"] is False
    assert scan["candidate"]["is_right"] is False


def test_every_corrected_scan_is_told_before_and_after() -> None:
    before = (ScanRead("c1", "CXR", True, "Hand", False), ScanRead("c2", None, False, "CXR", False))
    after = (ScanRead("c1", "CXR", True, "CXR", False), ScanRead("c2", None, False, "CXR", True))
    result = gate.compare(judged("new", OLD, scans=after), judged("old", OLD, scans=before))
    assert [row["serving"]["is_right"] for row in result["scans"]] == [False, False]
    assert [row["candidate"]["is_right"] for row in result["scans"]] == [True, True]
    assert [row["is_held_out"] for row in result["scans"]] == [True, False]


def test_scans_of_none_of_these_must_not_be_set_aside_less() -> None:
    new, old = (
        judged("new", OLD, out_of_distribution=(3, 10)),
        judged("old", OLD, out_of_distribution=(4, 10)),
    )
    result = gate.compare(new, old)
    assert not result["passes"]
    assert result["reasons"][0] == (
        "Fewer scans of none of these classes are set aside: 3 of 10 against 4 of 10."
    )
    assert gate.compare(old, new)["passes"]


def test_what_refuses_nothing_does_not_replace_what_refuses() -> None:
    new, old = judged("new", OLD, can_refuse=False), judged("old", OLD)
    result = gate.compare(new, old)
    assert not result["passes"] and "it refuses nothing" in result["reasons"][0]
    assert gate.compare(old, new)["passes"]
    for found in (gate.compare(new, judged("old", OLD, can_refuse=False)), gate.compare(new)):
        assert found["passes"] and any("it refuses nothing" in said for said in found["reasons"])


def test_corrupted_pictures_must_not_be_read_worse() -> None:
    result = gate.compare(judged("new", OLD, corrupted=870), judged("old", OLD))
    assert not result["passes"] and "Corrupted images" in result["reasons"][0]


def test_a_class_that_is_gone_does_not_pass() -> None:
    result = gate.compare(judged("new", {"CXR": 400}), judged("old", OLD))
    assert not result["passes"] and "no longer knows Hand X-ray" in result["reasons"][0]


def test_a_candidate_of_other_classes_is_not_compared_and_says_so() -> None:
    old = judged("old", OLD, corrections=(9, 10), out_of_distribution=(9, 10))
    result = gate.compare(judged("new", {"Knee": 390, "Hip": 380}), old)
    assert result["passes"]
    assert "other classes (Knee, Hip)" in result["reasons"][0]
    assert "No class is known to both" in result["reasons"][0]
    assert result["corruptions"]["serving"] is None and result["corrections"]["serving"] is None
    assert all(found["serving"] is None for found in result["classes"])


@pytest.mark.parametrize(("right", "passes"), [(180, False), (200, False), (230, True)])
def test_a_candidate_of_other_classes_must_be_better_than_the_most_frequent_answer(
    right: int, passes: bool
) -> None:
    result = gate.compare(judged("new", {"Knee": right, "Hip": right}), judged("old", OLD))
    assert result["passes"] is passes
    if not passes:
        assert f"{2 * right} of 800 test images" in result["reasons"][0]


def test_a_new_class_beside_the_old_ones_is_told_and_compared_with_nothing() -> None:
    result = gate.compare(judged("new", OLD | {"Knee": 120}), judged("old", OLD))
    assert result["passes"]
    assert result["reasons"][0].startswith("Knee is new: 120 of 400")


def test_a_class_without_a_test_image_is_named() -> None:
    new = judged("new", OLD)
    new.classes["Hand"] = share(0, 0)
    said = gate.compare(new, judged("old", OLD))["reasons"]
    assert any("No test image shows Hand X-ray" in sentence for sentence in said)


def test_the_first_model_passes_without_a_comparison() -> None:
    result = gate.compare(judged("new", OLD))
    assert result["passes"] and result["serving"] is None
    assert "no model in service" in result["reasons"][0]


def test_the_gates_verdict_can_be_kept_by_the_store() -> None:
    from arncnn.store.seals import canonical

    assert canonical(gate.compare(judged("new", OLD), judged("old", OLD)))


def test_held_out_corrections_are_read_by_name_and_none_of_these_is_left_out(
    tmp_path: Path,
) -> None:
    file = tmp_path / "held-out.npz"
    np.savez(
        file,
        images=np.zeros((3, 64, 64), np.uint8),
        labels=np.array([1, -1, 0]),
        weights=np.ones(3, np.float32),
        classes=np.array(["CXR", "Hand"]),
        case_ids=np.array(["a", "b", "c"]),
    )
    found = gate._load(file)
    assert found is not None and found.answers == ("Hand", None, "CXR")


def test_a_damaged_file_of_corrections_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.npz").write_bytes(b"not an archive")
    with pytest.raises(StoreError, match="held-out corrections cannot be read"):
        gate._load(tmp_path / "x.npz")
    assert gate._load(tmp_path / "missing.npz") is None
