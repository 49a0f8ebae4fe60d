"""What a header states, part by part, and which answers its modality rules out."""

import itertools

import pytest
from pydicom import uid

from arncnn.intake import terms
from arncnn.intake.header_statement import Statement
from arncnn.labels import MEDICAL_MNIST, Label

OWN = {
    "AbdomenCT": ("CT", "CT Image Storage"),
    "BreastMRI": ("MR", "Enhanced MR Image Storage"),
    "CXR": ("DX", "Digital X-Ray Image Storage - For Presentation"),
    "ChestCT": ("CT", "Enhanced CT Image Storage"),
    "Hand": ("CR", "Computed Radiography Image Storage"),
    "HeadCT": ("CT", "CT Image Storage"),
}


def _stated(modality: str, sop_class: str) -> Statement:
    return Statement.of({"Modality": modality, "SOPClass": sop_class})


@pytest.mark.parametrize(("stated", "read"), list(itertools.product(OWN, OWN)))
def test_a_certain_modality_rules_out_the_classes_of_another_alone(stated: str, read: str) -> None:
    of_stated, of_read = MEDICAL_MNIST[stated].modality, MEDICAL_MNIST[read].modality
    found = _stated(*OWN[stated]).rules_out([read], MEDICAL_MNIST)
    assert (found is None) == (of_stated == of_read)


@pytest.mark.parametrize(
    ("modality", "sop_class"),
    [
        ("MR", "Secondary Capture Image Storage"),
        ("OT", "MR Image Storage"),
        ("", "MR Image Storage"),
        ("MR", ""),
        ("MR", "CT Image Storage"),
        ("", ""),
    ],
)
def test_a_modality_that_is_not_stated_twice_rules_nothing_out(
    modality: str, sop_class: str
) -> None:
    assert _stated(modality, sop_class).rules_out(["HeadCT"], MEDICAL_MNIST) is None


def test_one_fitting_class_of_the_answer_is_enough_to_go_on() -> None:
    stated = _stated("MR", "MR Image Storage")
    assert stated.rules_out(["HeadCT", "BreastMRI"], MEDICAL_MNIST) is None
    assert stated.rules_out(["HeadCT", "ChestCT"], MEDICAL_MNIST) == "MR"


def test_x_ray_devices_that_make_each_others_pictures_rule_nothing_out() -> None:
    taken_at_a_fluoroscope = _stated("RF", "X-Ray Radiofluoroscopic Image Storage")
    assert taken_at_a_fluoroscope.rules_out(["CXR"], MEDICAL_MNIST) is None
    assert taken_at_a_fluoroscope.rules_out(["HeadCT"], MEDICAL_MNIST) == "fluoroscopy"


def test_a_class_of_unknown_modality_is_never_ruled_out() -> None:
    known = {"Knee": Label("Knee", "Knee", (), "knee")}
    for label in ("Knee", "Normal"):
        assert _stated("MR", "MR Image Storage").rules_out([label], known) is None


def test_every_source_of_a_body_part_is_kept_apart() -> None:
    found = Statement.of(
        {
            "BodyPartExamined": "CHEST",
            "AnatomicRegionCode": "SCT:818981001",
            "DescribedBodyPart": "abdomen,chest",
        }
    )
    assert found.parts == ({"chest"}, {"abdomen"}, {"abdomen", "chest"})
    assert Statement.of({"BodyPartExamined": "UNRECOGNISED"}) == Statement()


def test_the_storage_classes_are_those_of_the_standard() -> None:
    names = {name for name, kind, *_ in uid.UID_dictionary.values() if kind == "SOP Class"}
    assert set(terms.table().storage_families) <= names
    assert set(terms.table().storage_families.values()) <= set(terms.table().families.values())
