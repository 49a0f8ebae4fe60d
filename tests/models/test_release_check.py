"""The release check that is stored with a model is told as it was found."""

from dataclasses import replace

import pytest

from arncnn.evaluation import stored_reports
from arncnn.models.bundled import SUMS
from arncnn.models.release_check import ReleaseCheck, release_plain, release_sentence

CHECK = ReleaseCheck.from_json(
    {
        "images": 24,
        "scales": {"integrated": 2.9},
        "integrated": {
            "randomised": 0.07,
            "randomised_interval": [-0.01, 0.15],
            "collapses": True,
            "deletion": 0.33,
            "deletion_interval": [0.26, 0.36],
            "insertion": 0.14,
            "insertion_interval": [0.1, 0.17],
        },
        "layer_cam": {
            "randomised": 0.6,
            "randomised_interval": [0.54, 0.67],
            "collapses": False,
            "deletion": 0.36,
            "deletion_interval": [0.26, 0.4],
            "insertion": 0.14,
            "insertion_interval": [-0.02, 0.17],
        },
    },
    "explanations",
)


def test_the_release_check_is_told_plainly_and_with_its_figures() -> None:
    assert release_plain(CHECK, "integrated") == (
        "Over 24 test images: maps of this method depend on what the model "
        "learned, and find the places that matter better than chance."
    )
    said = release_sentence(CHECK, "integrated")
    assert "With all weights made random, nothing is left" in said
    assert "+0.07, −0.01 to +0.15" in said
    assert "Over 24 test images" in said
    assert "deletion +0.33 (+0.26 to +0.36) and insertion +0.14 (+0.10 to +0.17)" in said


def test_a_map_that_outlives_the_weights_is_called_what_it_is() -> None:
    plain = release_plain(CHECK, "layer_cam")
    assert "partly show the image itself, whatever the model learned, and find" in plain
    assert "part of the map is left" in release_sentence(CHECK, "layer_cam")


def test_a_gain_whose_interval_reaches_chance_is_not_called_better_than_chance() -> None:
    assert "in only one of two tests" in release_plain(CHECK, "layer_cam")
    neither = replace(
        CHECK.methods["integrated"], deletion_interval=(-0.1, 0.5), insertion_interval=(-0.1, 0.3)
    )
    said = release_plain(ReleaseCheck(24, {}, {"integrated": neither}), "integrated")
    assert said.endswith("but find the places that matter no better than chance might.")


@pytest.mark.parametrize("check", [None, ReleaseCheck(24, {}, {})])
def test_a_model_without_the_check_says_so(check) -> None:
    assert "no stored release check" in release_plain(check, "integrated")
    assert release_sentence(check, "integrated") is None


def test_the_bundled_models_trust_is_told_from_its_evaluation_on_500_images() -> None:
    report = stored_reports.find(SUMS["robust"], "explanations")
    assert report is not None
    check = ReleaseCheck.of(report)
    assert "Over 500 test images" in release_plain(check, "grad_cam")
    assert check.methods["grad_cam"].passed == 2
    said = release_sentence(check, "grad_cam")
    assert said is not None
    assert "+0.06 (+0.05 to +0.08)" in said, "as in the README"
