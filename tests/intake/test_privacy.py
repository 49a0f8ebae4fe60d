"""No patient data leaves the sandbox: not in a scan, not in a message, not in any output."""

import dataclasses
import logging

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from arncnn.errors import IntakeError
from arncnn.intake import open_bytes
from arncnn.intake.allowed import ALLOWED
from tests.intake import made

pytestmark = pytest.mark.attack

SECRET = "Zyxwvut"
IDENTIFYING = {
    "PatientName": f"{SECRET}^Jane",
    "PatientID": f"{SECRET}-1",
    "PatientBirthDate": "19330303",
    "AccessionNumber": f"{SECRET}A",
    "StudyDate": "20190909",
    "InstitutionName": f"{SECRET} Hospital",
    "ReferringPhysicianName": f"Dr {SECRET}",
    "StationName": SECRET,
    "SeriesDescription": f"Chest of {SECRET}",
    "StudyDescription": f"CT thorax {SECRET}",
    "ProtocolName": f"{SECRET} routine",
    "ImageComments": f"seen by {SECRET}",
    "BodyPartExamined": f"CHEST {SECRET}".upper(),
    "Manufacturer": f"<{SECRET}>",
    "WindowCenter": "40",
    "WindowWidth": "400",
    "WindowCenterWidthExplanation": SECRET,
    "SeriesInstanceUID": "1.2.33333.44444",
}


def test_names_ids_dates_and_free_text_stay_behind() -> None:
    scan = open_bytes(made.dicom(**IDENTIFYING))
    said = repr([dataclasses.replace(scan, pixels=None), dict(scan.attributes)])
    for value in (SECRET, "1933", "2019", "33333", "Jane", SECRET.upper()):
        assert value not in said
    assert set(scan.attributes) <= ALLOWED
    assert scan.attributes["DescribedBodyPart"] == "chest"
    assert scan.attributes["BodyPartExamined"] == "CHEST"


@pytest.mark.parametrize("cut", [0, 200, 900, -40])
def test_failures_and_library_warnings_quote_nothing(
    cut: int, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    data = made.dicom(**IDENTIFYING, NumberOfFrames="31415926")
    data = data.replace(b"31415926", f"3{SECRET}".encode())  # a number that is none
    data = data.replace(b"19330303", f"1{SECRET}".encode())  # a date that is none
    caplog.clear()
    caplog.set_level(logging.DEBUG)
    capfd.readouterr()
    try:
        open_bytes(data[:cut] if cut else data)
    except IntakeError as error:
        assert SECRET not in str(error)
    output = capfd.readouterr()
    assert SECRET not in output.out + output.err + caplog.text


def test_the_preamble_is_blanked_and_never_matters() -> None:
    plain = made.dicom()
    program = b"MZ" + bytes(range(126)) + plain[128:]
    tiff = b"II*\x00\x08\x00\x00\x00" + b"\xff" * 120 + plain[128:]
    for file in (program, tiff):
        scan = open_bytes(file)
        assert scan.kind == "dicom"
        assert (scan.pixels == open_bytes(plain).pixels).all()


def test_the_series_key_groups_slices_and_differs_between_data_folders(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_bytes(made.dicom(SeriesInstanceUID="1.2.3")).series_key
    assert first == open_bytes(made.dicom(made.ramp(40, 40), SeriesInstanceUID="1.2.3")).series_key
    assert first != open_bytes(made.dicom(SeriesInstanceUID="1.2.4")).series_key
    monkeypatch.setenv("ARNCNN_HOME", str(tmp_path))
    assert first != open_bytes(made.dicom(SeriesInstanceUID="1.2.3")).series_key


def test_the_key_file_is_for_its_owner_only(home) -> None:  # type: ignore[no-untyped-def]
    open_bytes(made.dicom())
    assert (home / "series.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in home.iterdir()] == ["series.key"]


def test_burned_in_text_is_warned_of() -> None:
    scan = open_bytes(made.dicom(BurnedInAnnotation="YES"))
    assert any("burned into the image" in sentence for sentence in scan.warnings)


def test_a_localizer_is_marked() -> None:
    scan = open_bytes(made.dicom(ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]))
    assert scan.attributes["Localizer"] == "YES"
    assert any("localizer" in sentence for sentence in scan.warnings)


def test_coded_anatomy_is_kept_as_a_code() -> None:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator = "T-D3000", "SRT"
    code.CodeMeaning = SECRET
    scan = open_bytes(made.dicom(AnatomicRegionSequence=Sequence([code])))
    assert scan.attributes["AnatomicRegionCode"] == "SRT:T-D3000"
