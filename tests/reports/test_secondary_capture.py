"""The picture of a reading: valid, about the right image, and of one UID each time it is made."""

import shutil
import subprocess
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pydicom.examples
import pytest

from arncnn.explain.base import Maps
from arncnn.intake import identify_bytes
from arncnn.reports.secondary_capture import secondary_capture
from tests import a_reading

_CT = Path(pydicom.examples.get_path("ct")).read_bytes()
_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_PICTURE = np.tile(np.arange(256, dtype=np.uint8), (256, 1))


def _made(reading) -> bytes:
    values = np.linspace(-1, 1, 6 * 64, dtype=np.float32).reshape(6, 8, 8)
    maps = Maps("integrated", values, "logit", is_signed=True)
    return secondary_capture(reading, _PICTURE, maps, identify_bytes(_CT), made_at=_AT)


def test_it_shows_scan_and_evidence_in_the_patients_study_and_is_the_same_object_each_time() -> (
    None
):
    first, again = (pydicom.dcmread(BytesIO(_made(a_reading.build()))) for _ in range(2))
    source = pydicom.dcmread(BytesIO(_CT))
    assert first == again
    assert first.PatientID == source.PatientID
    assert first.StudyInstanceUID == source.StudyInstanceUID
    assert first.SeriesInstanceUID != source.SeriesInstanceUID
    assert first.SourceImageSequence[0].ReferencedSOPInstanceUID == source.SOPInstanceUID
    assert (first.BurnedInAnnotation, first.Manufacturer) == ("YES", "ARN-CNN")
    scan, over = first.pixel_array[:384, :384], first.pixel_array[:384, 384:768]
    assert (scan[..., 0] == scan[..., 2]).all()
    assert (over[..., 0] != over[..., 2]).any()


def test_a_refused_reading_shows_no_evidence_for_a_class() -> None:
    made = pydicom.dcmread(BytesIO(_made(a_reading.refused())))
    assert (made.pixel_array[..., 0] == made.pixel_array[..., 2]).all()


@pytest.mark.extra
def test_dciodvfy_finds_no_error(tmp_path: Path) -> None:
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy is not installed (Debian: apt-get install dicom3tools)")
    file = tmp_path / "capture.dcm"
    file.write_bytes(_made(a_reading.build()))
    run = subprocess.run(["dciodvfy", file], capture_output=True, text=True, timeout=60)
    said = run.stdout + run.stderr
    assert "SCImage" in said
    assert "Error" not in said, said
