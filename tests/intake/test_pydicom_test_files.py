"""Every DICOM file that pydicom brings along is read or refused with a reason."""

import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pydicom.data
import pytest
from pydicom.pixels import apply_modality_lut

from arncnn.errors import IntakeError
from arncnn.intake import limits, open_scan
from arncnn.intake.refusals import REASONS

DATA = Path(pydicom.data.__file__).parent
FILES = sorted(
    path
    for folder in ("test_files", "charset_files", "palettes")
    for path in (DATA / folder).rglob("*")
    if path.is_file() and path.suffix not in (".txt", ".json", ".dump", ".py", ".pyc", ".icc")
)
UNHANDLED = {"crash", "time", "memory", "sandbox"}
# pydicom shows these itself only as bytes it was told to trust, or we refuse them on purpose
REFUSED_ON_PURPOSE = {"too_small", "dicomdir"}


def test_every_file_is_read_or_has_a_reason(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes: Counter[str] = Counter()
    for path in FILES:
        try:
            scan = open_scan(path)
        except IntakeError as error:
            assert error.code in REASONS
            assert error.code not in UNHANDLED, path.name
            outcomes[error.code] += 1
        else:
            assert np.isfinite(scan.pixels).all()
            outcomes["read"] += 1
    with capsys.disabled():
        print(f"\npydicom's {len(FILES)} test files:")
        for code, count in outcomes.most_common():
            print(f"  {code:20} {count:4}")
    assert len(FILES) > 150
    assert outcomes["read"] >= 80


def _reference(path: Path) -> np.ndarray | None:
    """The middle frame as pydicom decodes it, with its modality LUT; None where it does not."""
    try:
        dataset = pydicom.dcmread(path, force=True)
        pixels = dataset.pixel_array
    except Exception:  # noqa: BLE001 - whatever pydicom raises, it does not read this file
        return None
    if int(dataset.get("NumberOfFrames") or 1) > 1:
        pixels = pixels[len(pixels) // 2]
    if pixels.ndim != 2 or dataset.PhotometricInterpretation != "MONOCHROME2":
        return np.empty(0)
    return np.asarray(apply_modality_lut(pixels, dataset), np.float32)


def test_what_pydicom_reads_is_read_with_the_same_values() -> None:
    compared = 0
    for path in FILES:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = _reference(path)
        if expected is None:
            continue
        try:
            scan = open_scan(path)
        except IntakeError as error:
            assert error.code in REFUSED_ON_PURPOSE, (path.name, error.code)
            continue
        if expected.size:
            padding = pydicom.dcmread(path, force=True).get("PixelPaddingValue")
            same = scan.pixels == expected
            assert same.all() or padding is not None, path.name
            assert (scan.pixels[~same] == -1024).all() or padding is not None, path.name
            compared += 1
    assert compared >= 25


def test_no_picture_below_the_smallest_side_is_read() -> None:
    with pytest.raises(IntakeError, match=f"at least {limits.MIN_SIDE} on each side"):
        open_scan(DATA / "test_files" / "SC_rgb_small_odd.dcm")
