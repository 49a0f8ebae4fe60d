"""A kept case is read again from its kept input; the record says what was answered then."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from arncnn.cases.reopening import reopen
from arncnn.intake import header
from arncnn.intake.scan import Scan
from arncnn.labels import MEDICAL_MNIST
from arncnn.models.metadata import ModelIdentity
from arncnn.preprocess import AS_SHOWN, CT_WINDOWS
from arncnn.store import Store
from arncnn.store.case import NewCase
from arncnn.uncertainty import guards
from tests import a_reading
from tests.store import made_up


class _Reader:
    """Gives a reading of its own and keeps what it was asked to read."""

    header_terms = MEDICAL_MNIST

    def __init__(self, sha256: str) -> None:
        self.identity = ModelIdentity("any", sha256)

    def read_input(self, scan, item, unsuitable):
        self.scan, self.item, self.unsuitable = scan, item, unsuitable
        return a_reading.build(model=self.identity, label="Hand", verdict="accept")


@pytest.fixture
def kept(home):
    """A refused case with two views, as the store gives it back."""
    opened = Store.open()
    new = made_up.new_case(views=len(CT_WINDOWS), label=None, reading_verdict="refuse",
                           reading_reasons=["Unlike anything known."])  # fmt: skip
    case = opened.cases.add(made_up.ANNA, new)
    yield SimpleNamespace(case=case, pixels=opened.cases.pixels(made_up.ANNA, case.id), new=new)
    opened.close()


def test_the_network_sees_exactly_what_it_saw_the_first_time(kept) -> None:
    reader = _Reader(kept.case.model_sha256)
    reopen(reader, kept.case, kept.pixels)
    assert np.array_equal(reader.item.images, kept.new.pixels.model_input)
    assert reader.item.views == tuple(window.name for window in CT_WINDOWS)
    assert reader.scan.sha256 == kept.case.scan_sha256
    assert dict(reader.scan.attributes)["Modality"] == "CR"


def test_a_single_view_is_the_picture_as_shown(home) -> None:
    opened = Store.open()
    case = opened.cases.add(made_up.ANNA, made_up.new_case())
    reader = _Reader(case.model_sha256)
    reopen(reader, case, opened.cases.pixels(made_up.ANNA, case.id))
    opened.close()
    assert reader.item.views == (AS_SHOWN,)


def test_the_same_model_keeps_the_answer_of_the_record(kept) -> None:
    reading = reopen(_Reader(kept.case.model_sha256), kept.case, kept.pixels)
    assert (reading.label, reading.verdict) == (None, "refuse")
    assert reading.reasons == ("Unlike anything known.",)
    assert reading.header.verdict == "cannot_judge"  # there is no class to hold the header against


def test_a_refusal_recorded_with_reasons_that_name_a_class_is_told_without_them(home) -> None:
    opened = Store.open()
    told = ["Unlike anything known.", "The header says hand, but the picture reads as Chest X-ray."]
    new = made_up.new_case(label=None, reading_verdict="refuse", reading_reasons=told)
    case = opened.cases.add(made_up.ANNA, new)
    reading = reopen(_Reader(case.model_sha256), case, opened.cases.pixels(made_up.ANNA, case.id))
    opened.close()
    assert reading.reasons == ("Unlike anything known.",)


def test_another_model_gives_its_own_answer(kept) -> None:
    reading = reopen(_Reader("f" * 64), kept.case, kept.pixels)
    assert (reading.label, reading.verdict) == ("Hand", "accept")


@pytest.mark.parametrize(
    "unsuitable",
    [(), (guards.Reason("colour", "A photograph."), guards.Reason("too_small", "Few pixels."))],
)
def test_what_speaks_against_a_picture_stands_for_another_model(home, unsuitable) -> None:
    opened = Store.open()
    seen = Scan(np.zeros((64, 64), np.float32), "0" * 64, "png")
    read = a_reading.build(unsuitable=unsuitable)
    case = opened.cases.add(made_up.ANNA, NewCase.of(read, seen, np.zeros((64, 64), np.uint8)))
    reader = _Reader("f" * 64)
    reopen(reader, case, opened.cases.pixels(made_up.ANNA, case.id))
    opened.close()
    assert reader.unsuitable == unsuitable


def test_a_record_from_before_that_was_kept_is_checked_by_its_picture(home) -> None:
    opened = Store.open()
    new = made_up.new_case()
    flat = replace(new, pixels=replace(new.pixels, display=np.full((64, 64), 7, np.uint8)))
    case = opened.cases.add(made_up.ANNA, flat)
    reader = _Reader("f" * 64)
    reopen(reader, case, opened.cases.pixels(made_up.ANNA, case.id))
    opened.close()
    assert [reason.code for reason in reader.unsuitable] == ["flat"]


def test_a_header_that_only_described_the_body_part_is_checked_the_same_again(home) -> None:
    attributes = {"Modality": "CT", "DescribedBodyPart": "abdomen"}
    checked = header.claim(attributes).compare("HeadCT")
    assert checked.verdict == "disagree"
    claim = {"modality": "CT", "body_part": checked.body_part, "verdict": "disagree"}
    kept_too = {}
    for names in ({*attributes}, {"Modality"}):  # now, and by a version that kept less
        opened = Store.open()
        case = opened.cases.add(
            made_up.ANNA,
            made_up.new_case(
                len(names), label="HeadCT", reading_verdict="review", reading_header=claim,
                attributes={name: attributes[name] for name in names},
            ),
        )  # fmt: skip
        found = reopen(_Reader(case.model_sha256), case, made_up.pixels(len(names)))
        kept_too[len(names)] = found.header
        opened.close()
    assert kept_too[2] == checked
    assert (kept_too[1].verdict, kept_too[1].body_part) == ("disagree", checked.body_part)


def test_a_refusal_by_the_header_alone_keeps_what_the_header_was_held_against(home) -> None:
    opened = Store.open()
    header_of_mr = {"Modality": "MR", "SOPClass": "MR Image Storage"}
    seen = Scan(np.zeros((64, 64), np.float32), "0" * 64, "dicom", attributes=header_of_mr)
    read = a_reading.refused(header=header.claim(header_of_mr).refusing())
    case = opened.cases.add(made_up.ANNA, NewCase.of(read, seen, np.zeros((64, 64), np.uint8)))
    reading = reopen(_Reader(case.model_sha256), case, opened.cases.pixels(made_up.ANNA, case.id))
    opened.close()
    assert reading.label is None
    assert reading.header == read.header
    assert reading.header.verdict == "disagree"
