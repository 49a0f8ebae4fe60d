"""The structured report: read back, valid, about the right image, and silent where refused."""

import gc
import hashlib
import logging
import shutil
import subprocess
import tracemalloc
import warnings
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path

import pydicom
import pydicom.examples
import pytest
from highdicom.sr import Comprehensive3DSR, MeasurementReport, srread
from pydicom.multival import MultiValue
from pydicom.uid import DeflatedExplicitVRLittleEndian, EnhancedCTImageStorage

from arncnn.config import INTENDED_USE
from arncnn.errors import ReportError
from arncnn.models.metadata import ModelIdentity
from arncnn.reports.structured_report import SCHEME, structured_report
from tests import a_reading

CT = Path(pydicom.examples.get_path("ct")).read_bytes()
OUT_OF_ORDER = {"PatientSex": "SECRET", "StudyDate": "SECRET", "StudyTime": "9999"}
# What names somebody stays, even as the standard does not have it
UNUSUAL_NAMES = {
    "PatientName": "SECRET^" + 70 * "X",
    "PatientID": ["SECRET", "SECRET"],
    "AccessionNumber": "SECRET IN MORE THAN SIXTEEN",
}
BOTH = pytest.mark.parametrize("make", [a_reading.build, a_reading.refused])


def _of(source: bytes) -> dict[str, str]:
    return {"kind": "dicom", "sha256": hashlib.sha256(source).hexdigest()}


def _changed(**values: object) -> bytes:
    dataset = pydicom.dcmread(BytesIO(CT))
    out = BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's, of values out of order
        for keyword, value in values.items():
            if value is None:
                delattr(dataset, keyword)
            else:
                setattr(dataset, keyword, value)
        dataset.save_as(out)
    return out.getvalue()


def _report(source: bytes = CT, make=a_reading.build, **changes) -> Comprehensive3DSR:
    reading = make(**_of(source), **changes)
    return srread(BytesIO(structured_report(reading, source)))


def _group(report: Comprehensive3DSR):
    (group,) = MeasurementReport.from_sequence([report]).get_image_measurement_groups()
    return group


def _evaluations(report: Comprehensive3DSR) -> dict[str, str]:
    found = _group(report).get_qualitative_evaluations()
    return {e.name.meaning: e.value.meaning for e in found if e.name.scheme_designator == SCHEME}


def _everything(report: Comprehensive3DSR) -> str:
    """Every value of the document, sequences unfolded, a line each."""
    return "\n".join(str(element.value) for element in report.iterall() if element.VR != "SQ")


@BOTH
def test_it_is_what_highdicom_makes_of_all_that_it_contains_at_once(
    make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = partial(structured_report, made_at=datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC))
    ours = made(make(**_of(CT)), CT)
    monkeypatch.setattr("arncnn.reports.structured_report._root", lambda content: content)
    assert made(make(**_of(CT)), CT) == ours


def test_class_verdict_and_every_probability_are_read_back() -> None:
    report = _report()
    assert _evaluations(report) == {
        "Verdict on the reading": "Accepted",
        "Kind of scan, read from the pixels": "Hand X-ray",
    }
    found = {m.name.meaning: m.value for m in _group(report).get_measurements()}
    assert len(found) == 6
    assert found["Calibrated probability of Hand X-ray"] == pytest.approx(0.88, abs=1e-6)
    assert sum(found.values()) == pytest.approx(1, abs=1e-5)


def test_a_model_that_was_not_calibrated_claims_no_calibrated_probability() -> None:
    report = _report(make=partial(a_reading.build, prediction_set=None))
    found = {m.name.meaning for m in _group(report).get_measurements()}
    assert "Probability, not calibrated, of Hand X-ray" in found
    assert not any("Calibrated" in name for name in found)


def test_a_refused_reading_states_no_class_and_no_number_to_take_for_one() -> None:
    report = _report(make=a_reading.refused)
    assert _evaluations(report) == {"Verdict on the reading": "Refused"}
    assert _group(report).get_measurements() == []
    text = _everything(report)
    assert "Hand" not in text
    assert "unlike anything" in text


def test_it_refers_to_the_image_in_its_study_and_takes_over_whose_it_is() -> None:
    source, report = pydicom.dcmread(BytesIO(CT)), _report()
    (image,) = _group(report).source_images
    assert image.referenced_sop_instance_uid == source.SOPInstanceUID
    assert image.referenced_sop_class_uid == source.SOPClassUID
    for keyword in ("PatientID", "PatientName", "StudyInstanceUID", "StudyDate"):
        assert report[keyword].value == source[keyword].value
    assert report.SeriesInstanceUID != source.SeriesInstanceUID
    evidence = report.CurrentRequestedProcedureEvidenceSequence[0]
    referenced = evidence.ReferencedSeriesSequence[0]
    assert referenced.SeriesInstanceUID == source.SeriesInstanceUID
    assert referenced.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == source.SOPInstanceUID


def test_a_frame_is_named_from_one_where_the_class_of_image_has_frames() -> None:
    enhanced = _changed(SOPClassUID=EnhancedCTImageStorage)
    (image,) = _group(_report(enhanced, frame=4, frames=9)).source_images
    assert image.referenced_frame_numbers == [5]
    (image,) = _group(_report(frame=4, frames=9)).source_images  # CT Image Storage has none
    assert image.referenced_frame_numbers is None


def test_the_same_reading_exported_twice_is_one_object_and_of_another_model_another() -> None:
    first, again = _report(), _report()
    assert first.SOPInstanceUID == again.SOPInstanceUID
    assert first.SeriesInstanceUID == again.SeriesInstanceUID
    other = _report(model=ModelIdentity("robust-1", "12" * 32))
    assert other.SOPInstanceUID != first.SOPInstanceUID


def test_it_says_the_body_region_in_snomed_ct_and_sets_values_apart() -> None:
    report = _report()
    assert isinstance(report, Comprehensive3DSR)
    found = _group(report).get_qualitative_evaluations()
    (region,) = [e.value for e in found if e.name.value == "123014"]
    assert (region.value, region.scheme_designator) == ("85562004", "SCT")
    containers = [each for each in _items(report) if each.ValueType == "CONTAINER"]
    assert containers
    assert {each.ContinuityOfContent for each in containers} == {"SEPARATE"}


def test_its_time_is_told_by_the_clock_of_the_study() -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    report = pydicom.dcmread(BytesIO(structured_report(a_reading.build(**_of(CT)), CT, made_at=at)))
    assert pydicom.dcmread(BytesIO(CT)).TimezoneOffsetFromUTC == report.TimezoneOffsetFromUTC
    assert (report.TimezoneOffsetFromUTC, report.ContentTime[:4]) == ("-0500", "2204")
    assert report.ContentDate == "20260101"


@pytest.mark.attack
def test_a_source_that_inflates_far_costs_this_process_nothing() -> None:
    dataset = pydicom.dcmread(BytesIO(CT))
    dataset.add_new(0x00091001, "UN", bytes(180 << 20))
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    out = BytesIO()
    dataset.save_as(out)
    source = out.getvalue()
    del dataset, out
    assert len(source) < 1 << 20
    structured_report(a_reading.build(**_of(CT)), CT)
    gc.collect()
    tracemalloc.start()
    try:
        structured_report(a_reading.build(**_of(source)), source)
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
    finally:
        tracemalloc.stop()


def _items(item):
    """Every content item of the document."""
    yield item
    for each in item.get("ContentSequence", ()):
        yield from _items(each)


@BOTH
def test_intended_use_model_and_preparation_are_in_it_and_nobody_has_signed_it(make) -> None:
    report = _report(make=make)
    text = _everything(report)
    assert report.SeriesDescription == INTENDED_USE
    assert text.count(INTENDED_USE) >= 2  # and in the content, where viewers show it
    assert "robust-0123456789ab" in text
    assert "ab" * 32 in text
    assert "64 x 64 pixels; views: as shown" in text
    assert (report.VerificationFlag, report.PreliminaryFlag) == ("UNVERIFIED", "PRELIMINARY")


def test_names_in_any_script_survive() -> None:
    japanese = _changed(SpecificCharacterSet="ISO_IR 192", PatientName="Yamada^Tarou=山田^太郎")
    report = _report(japanese, reasons=("Zwischen α und ω.",))
    assert str(report.PatientName) == "Yamada^Tarou=山田^太郎"
    assert "Zwischen α und ω." in _everything(report)


def test_header_values_out_of_order_are_left_out_and_never_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    source = _changed(**OUT_OF_ORDER, **UNUSUAL_NAMES)
    with caplog.at_level(logging.DEBUG):
        caplog.clear()
        report = _report(source)
    for keyword in OUT_OF_ORDER:
        assert not report[keyword].value, keyword
    assert report.StudyID == pydicom.dcmread(BytesIO(CT)).StudyID
    assert "SECRET" not in caplog.text


@pytest.mark.parametrize(
    ("keyword", "value", "kept"),
    [
        ("PatientID", ["AB", "12"], "AB\\12"),
        ("PatientID", 100 * "7", 100 * "7"),
        ("PatientName", "Long^" + 70 * "X", "Long^" + 70 * "X"),
        ("AccessionNumber", 20 * "9", 20 * "9"),
    ],
)
def test_whom_it_is_about_is_kept_as_the_file_has_it(
    keyword: str, value: object, kept: str
) -> None:
    found = _report(_changed(**{keyword: value}))[keyword].value
    assert ("\\".join(found) if isinstance(found, MultiValue) else str(found)) == kept


@pytest.mark.parametrize(
    ("source", "changes", "sentence"),
    [
        (CT, {"sha256": "0" * 64}, "not the file that was read"),
        (CT, {"kind": "png"}, "Only a DICOM file"),
        (_changed(StudyInstanceUID=None), {}, "does not state its study"),
        (_changed(StudyInstanceUID="1.02.3"), {}, "cannot carry"),
        (_changed(PatientID=2000 * "7"), {}, "cannot carry"),
        (b"no scan at all", {}, "cannot be read again|does not state"),
    ],
    ids=["another file", "a picture", "no study", "no UID", "no name", "no DICOM"],
)
def test_what_no_report_can_be_made_of_is_refused_in_a_sentence(
    source: bytes, changes: dict, sentence: str
) -> None:
    reading = a_reading.build(**{**_of(source), **changes})
    with pytest.raises(ReportError, match=sentence):
        structured_report(reading, source)


@pytest.mark.extra
@BOTH
@pytest.mark.parametrize(
    ("header", "changes"),
    [
        ({}, {}),
        ({"PatientSex": None, "StudyTime": None}, {}),
        (OUT_OF_ORDER, {}),
        ({"SpecificCharacterSet": "ISO_IR 192", "PatientName": "Yamada^Tarou=山田^太郎"}, {}),
        ({"SOPClassUID": EnhancedCTImageStorage}, {"frame": 4, "frames": 9}),
    ],
    ids=["ct", "bare", "out of order", "any script", "frames"],
)
def test_dciodvfy_finds_no_error(make, header: dict, changes: dict, tmp_path: Path) -> None:
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy is not installed (Debian: apt-get install dicom3tools)")
    source, file = _changed(**header), tmp_path / "report.dcm"
    file.write_bytes(structured_report(make(**{**_of(source), **changes}), source))
    run = subprocess.run(["dciodvfy", file], capture_output=True, text=True, timeout=60)
    said = run.stdout + run.stderr
    assert "Comprehensive3DSR" in said
    assert "Error" not in said, said
