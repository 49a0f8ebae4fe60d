"""The header check: what a header says against what the pixels say."""

import itertools

import pytest

from arncnn.intake import class_terms, terms
from arncnn.intake.header import claim
from arncnn.labels import MEDICAL_MNIST

FITTING = {
    "AbdomenCT": {"Modality": "CT", "BodyPartExamined": "ABDOMEN"},
    "BreastMRI": {"Modality": "MR", "BodyPartExamined": "BREAST"},
    "CXR": {"Modality": "DX", "BodyPartExamined": "CHEST"},
    "ChestCT": {"Modality": "CT", "BodyPartExamined": "THORAX"},
    "Hand": {"Modality": "CR", "BodyPartExamined": "HAND"},
    "HeadCT": {"Modality": "CT", "BodyPartExamined": "SKULL"},
}


@pytest.mark.parametrize(("stated", "read"), list(itertools.product(FITTING, FITTING)))
def test_a_header_agrees_with_its_own_class_alone(stated: str, read: str) -> None:
    found = claim(FITTING[stated]).compare(read)
    assert found.verdict == ("agree" if stated == read else "disagree")
    assert found.claimed_class == stated
    assert found.sentence.endswith(".")


@pytest.mark.parametrize("label", MEDICAL_MNIST)
def test_a_body_part_outside_the_classes_disagrees_with_all(label: str) -> None:
    modality = MEDICAL_MNIST[label].modality[0]
    found = claim({"Modality": modality, "BodyPartExamined": "KNEE"}).compare(label)
    assert (found.verdict, found.body_part, found.claimed_class) == ("disagree", "knee", None)


def test_another_modality_disagrees_even_without_a_body_part() -> None:
    found = claim({"Modality": "CT"}).compare("Hand")
    assert found.verdict == "disagree"
    assert "CT" in found.sentence
    assert "Hand X-ray" in found.sentence


def test_a_fitting_modality_alone_is_silence() -> None:
    assert claim({"Modality": "CT"}).compare("HeadCT").verdict == "silent"


@pytest.mark.parametrize("attributes", [{}, {"Modality": "OT"}, {"Modality": "SC"}])
def test_a_header_that_says_nothing_is_silent(attributes: dict[str, str]) -> None:
    assert claim(attributes).compare("CXR").verdict == "silent"


def test_what_was_not_recognised_cannot_be_judged() -> None:
    assert claim(FITTING["CXR"]).compare(None).verdict == "cannot_judge"


@pytest.mark.parametrize("label", ["AbdomenCT", "ChestCT"])
def test_a_header_that_names_two_parts_agrees_with_either(label: str) -> None:
    found = claim({"Modality": "CT", "BodyPartExamined": "CHESTABDOMEN"}).compare(label)
    assert (found.verdict, found.claimed_class) == ("agree", None)
    assert found.body_part == "abdomen and chest"


def test_every_source_must_include_the_part() -> None:
    attributes = {
        "Modality": "CT",
        "BodyPartExamined": "HEAD",
        "AnatomicRegionCode": "SCT:51185008",
    }
    assert claim(attributes).compare("HeadCT").verdict == "disagree"


@pytest.mark.parametrize("code", ["SCT:51185008", "SCT:816094009", "SRT:T-D3000"])
def test_codes_of_the_chest_are_known(code: str) -> None:
    found = claim({"Modality": "CR", "AnatomicRegionCode": code}).compare("CXR")
    assert (found.verdict, found.claimed_class) == ("agree", "CXR")


def test_a_description_stands_in_only_where_nothing_is_stated() -> None:
    described = {"Modality": "CT", "DescribedBodyPart": "abdomen,pelvis"}
    assert claim(described).compare("AbdomenCT").verdict == "agree"
    assert claim(described).compare("HeadCT").verdict == "disagree"
    stated = described | {"BodyPartExamined": "HEAD"}
    assert claim(stated).compare("HeadCT").verdict == "agree"


def test_a_wrist_is_usually_shown_with_the_hand() -> None:
    assert claim({"Modality": "DX", "BodyPartExamined": "WRIST"}).compare("Hand").verdict == (
        "agree"
    )


@pytest.mark.parametrize(
    ("word", "part"),
    [
        ("TÊTE", "head"),
        ("Schädel", "head"),
        ("TORAX", "chest"),
        ("POUMON", "chest"),
        ("Bauch", "abdomen"),
        ("ADDOME", "abdomen"),
        ("MANO", "hand"),
        ("MAMMA", "breast"),
        ("T SPINE", "spine"),
    ],
)
def test_other_languages_and_spellings_are_known(word: str, part: str) -> None:
    assert terms.in_value(word) == {part}


def test_a_class_of_another_model_is_not_judged_wrong() -> None:
    assert claim(FITTING["CXR"]).compare("Knee").verdict == "cannot_judge"


def test_the_table_names_every_part_and_modality_of_the_classes() -> None:
    for label in MEDICAL_MNIST.values():
        assert label.body_part in terms.table().titles
        assert all(terms.family(modality) for modality in label.modality)


@pytest.mark.parametrize(
    ("name", "modality", "part"),
    [
        ("KneeMRI", "MR", "knee"),
        ("knee_mr", "MR", "knee"),
        ("Chest X-ray", "DX", "chest"),
        ("XRayHand", "CR", "hand"),
        ("UltrasoundBreast", "US", "breast"),
        ("pelvis ct 2019", "CT", "pelvis"),
        ("MRI", "MR", ""),
        ("Shoulder", None, "shoulder"),
        ("ChestAbdomenCT", "CT", ""),
    ],
)
def test_a_classs_name_tells_its_modality_and_body_part(
    name: str, modality: str | None, part: str
) -> None:
    found = class_terms.of_name(name)
    assert found is not None and found.body_part == part
    assert modality in found.modality if modality else found.modality == ()


@pytest.mark.parametrize("name", ["Normal", "Pneumonia", "USA", "disc", "Drum", "0", "Octopus"])
def test_a_name_that_tells_neither_is_not_guessed_at(name: str) -> None:
    assert class_terms.of_name(name) is None


def test_headers_are_checked_against_the_classes_of_any_model() -> None:
    given = {"Lesion": class_terms.made("Lesion", "ultrasound", "breast")}
    known = class_terms.of_classes(("KneeMRI", "Shoulder", "Lesion", "MRI", "Normal"), given)
    assert set(known) == {"KneeMRI", "Shoulder", "Lesion", "MRI"}
    knee = claim({"Modality": "MR", "BodyPartExamined": "KNEE"})
    found = knee.compare("KneeMRI", known)
    assert (found.verdict, found.claimed_class) == ("agree", "KneeMRI")
    verdicts = {name: knee.compare(name, known).verdict for name in ("Shoulder", "Lesion", "MRI")}
    assert verdicts == {"Shoulder": "disagree", "Lesion": "disagree", "MRI": "agree"}
    assert knee.compare("Normal", known).verdict == "cannot_judge"
    assert claim({"Modality": "CT"}).compare("MRI", known).verdict == "disagree"
    assert claim({}).compare("MRI", known).verdict == "silent"
    assert claim({"Modality": "US"}).compare("Shoulder", known).verdict == "silent"
