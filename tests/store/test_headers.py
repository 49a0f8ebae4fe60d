"""Headers that disagree: grouped, decided on in bulk, exported with codes; nothing is rewritten."""

import csv
import io
from pathlib import Path

import pytest
from pydicom.sr.codedict import codes
from sqlalchemy import text

from arncnn.errors import StoreError, UsageError
from arncnn.intake import class_terms, terms
from arncnn.intake.body_regions import REGIONS, SNOMED_CT
from arncnn.models.bundle import seal
from arncnn.models.metadata import MadeWith, ModelMetadata, TrainingData
from arncnn.models.recipe import Recipe
from arncnn.store import Store
from arncnn.store.audit import AuditFilter
from arncnn.store.case import Case
from arncnn.store.verify import verify
from tests.store.made_up import ADA, ANNA, APOLLO, MODEL, TILDA, model_folder, new_case


def _case(
    store: Store,
    number: int,
    *,
    label: str = "CXR",
    verdict: str = "disagree",
    model: dict | None = None,
    **stated: str,
) -> Case:
    attributes = {
        "Modality": "DX",
        "BodyPartExamined": "HAND",
        "Manufacturer": "Maker",
        "ManufacturerModelName": "One",
        **stated,
    }
    header = {"modality": "DX", "body_part": "hand", "verdict": verdict}
    new = new_case(
        number,
        label=label,
        attributes=attributes,
        reading_header=header,
        reading_model=model or {"id": "paper-1", "sha256": MODEL},
        series_key="s" if number < 3 else None,
    )
    return store.cases.add(ANNA, new)


def _lines(store: Store, state: str = "confirmed") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(store.headers.csv(ADA, state=state)))))


def test_codes_are_those_of_the_standards_common_anatomic_regions() -> None:
    group = {getattr(codes.CID4031, name).value: name for name in codes.CID4031.dir()}
    for part, region in REGIONS.items():
        assert region.code in group
        assert getattr(codes.CID4031, group[region.code]).meaning == region.meaning
        assert f"{SNOMED_CT}:{region.code}" in _codes_of(part)
        assert terms.in_value(region.body_part_examined) == frozenset({part})


def _codes_of(part: str) -> set[str]:
    return {word for word, parts in terms.table().words.items() if parts == frozenset({part})}


def test_cases_are_grouped_by_scanner_and_by_stated_and_read(store: Store) -> None:
    for number in (1, 2, 3):
        _case(store, number)
    _case(store, 4, Manufacturer="Other")
    _case(store, 5, verdict="agree")
    page = store.headers.groups(ANNA)
    assert page.total == 2
    first = page.groups[0]
    assert first.key == ("Maker", "One", "DX", "HAND", "CXR")
    assert (first.cases, first.series) == (3, 2)
    assert store.headers.cases(ANNA, first).total == 3
    assert store.headers.cases(ANNA, page.groups[1]).total == 1


def test_a_decision_takes_cases_out_of_the_queue_leaves_an_audit_line_and_can_be_changed(
    store: Store,
) -> None:
    cases = [_case(store, number) for number in (1, 2, 3)]
    assert store.headers.decide(ANNA, [case.id for case in cases[:2]], "confirmed") == 2
    assert store.headers.groups(ANNA).groups[0].cases == 1
    assert store.headers.groups(ANNA, state="confirmed").groups[0].cases == 2
    store.headers.decide(APOLLO, [cases[0].id], "rejected")
    assert store.headers.groups(ANNA, state="rejected").groups[0].cases == 1
    lines = store.audit.entries(ADA, AuditFilter(action="header.decide")).entries
    assert [(line.actor, line.subject, line.detail["decision"]) for line in lines] == [
        (APOLLO.name, f"cases:{cases[0].id}", "rejected"),
        (ANNA.name, f"cases:{cases[1].id}", "confirmed"),
        (ANNA.name, f"cases:{cases[0].id}", "confirmed"),
    ]
    assert verify(store, ADA).is_intact
    assert store.cases.get(ANNA, cases[0].id).body_part == "HAND", "nothing is rewritten"


def test_a_bulk_decision_is_all_or_none(store: Store) -> None:
    case, agreeing = _case(store, 1), _case(store, 2, verdict="agree")
    with pytest.raises(StoreError, match="does not disagree"):
        store.headers.decide(ANNA, [case.id, agreeing.id], "confirmed")
    with pytest.raises(UsageError, match="confirmed, rejected"):
        store.headers.decide(ANNA, [case.id], "maybe")
    with pytest.raises(UsageError, match="1,000"):
        store.headers.decide(ANNA, [case.id] * 1001, "confirmed")
    assert store.headers.groups(ANNA).groups[0].cases == 1
    assert not store.audit.entries(ADA, AuditFilter(action="header.decide")).entries


def test_the_list_holds_the_suggested_value_with_its_code_for_what_was_confirmed(
    store: Store,
) -> None:
    wrong, other, modality = (
        _case(store, 1),
        _case(store, 2),
        _case(store, 3, label="HeadCT", Modality="MR", BodyPartExamined="HEAD"),
    )
    store.headers.decide(ANNA, [wrong.id, modality.id], "confirmed")
    first, second = _lines(store)
    assert first["case_id"] == wrong.id and first["scan_sha256"] == wrong.scan_sha256
    assert (first["stated_body_part"], first["read_as"]) == ("HAND", "CXR")
    assert first["disagrees_in"] == "body part"
    assert first["suggested_body_part_examined"] == "CHEST"
    assert (first["code_value"], first["coding_scheme_designator"]) == ("816094009", "SCT")
    assert (first["code_meaning"], first["decision"]) == ("Chest", "confirmed")
    assert second["disagrees_in"] == "modality"
    assert second["suggested_body_part_examined"] == "", "its body part is not what disagrees"
    assert [line["case_id"] for line in _lines(store, "undecided")] == [other.id]
    exports = store.audit.entries(ADA, AuditFilter(subject="header_decisions")).entries
    assert [line.detail["state"] for line in exports] == ["undecided", "confirmed"]


def test_a_wrist_for_a_hand_does_not_count_against_the_body_part(store: Store) -> None:
    case = _case(store, 1, label="Hand", Modality="CT", BodyPartExamined="WRIST")
    assert store.headers.suggestion(ANNA, case.id).disagrees_in == ("modality",)


def test_classes_of_another_model_are_known_by_name_or_by_what_was_filled_in(
    store: Store, tmp_path: Path
) -> None:
    knee = _case(store, 1, label="KneeXray")
    found = store.headers.suggestion(ANNA, knee.id)
    assert found.region is not None and found.region.code == "72696002"
    folder = model_folder(tmp_path / "model")
    (folder / "model.json").unlink()
    known = class_terms.made("Typical", "X-ray", "hand")
    learned = TrainingData("0" * 64, "paper", "0" * 64, 0, 0)
    metadata = ModelMetadata(
        ("Typical", "Other"), Recipe("paper").with_classes(2), 7, learned, MadeWith("0", "0", "0"),
        header_terms={"Typical": known},
    )  # fmt: skip
    sealed = seal(folder, metadata)
    store.models.register(TILDA, folder)
    for model, expected in ((vars(sealed.identity), "HAND"), ({"id": "x", "sha256": MODEL}, None)):
        case = _case(store, 2, label="Typical", model=model, BodyPartExamined="CHEST")
        region = store.headers.suggestion(ANNA, case.id).region
        assert (region and region.body_part_examined) == expected


def test_a_deleted_case_takes_its_decision_along(store: Store) -> None:
    case = _case(store, 1)
    store.headers.decide(ANNA, [case.id], "confirmed")
    store.cases.delete(ANNA, case.id)
    assert _lines(store) == []
    assert verify(store, ADA).is_intact


def test_a_decision_that_was_altered_outside_is_told_and_not_exported(store: Store) -> None:
    case = _case(store, 1)
    store.headers.decide(ANNA, [case.id], "rejected")
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE header_decisions SET decision = 'confirmed'"))
    with pytest.raises(StoreError, match="altered outside"):
        _lines(store)
    assert not verify(store, ADA).is_intact
