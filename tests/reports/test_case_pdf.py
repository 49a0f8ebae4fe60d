"""The PDF report: one page that says what the reading says, read back by its text and pictures."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from arncnn.config import INTENDED_USE
from arncnn.labels import MEDICAL_MNIST, title
from arncnn.reports.case_pdf import Sheet, case_pdf
from arncnn.reports.case_report import Plate
from tests import a_reading
from tests.reports import pdf_words

SCAN = np.arange(64 * 48, dtype=np.uint32).reshape(64, 48).astype(np.uint8)
EVIDENCE = np.stack([SCAN, SCAN // 2, 255 - SCAN], axis=2)
PLATES = (
    Plate(SCAN, "Scan", "The scan as shown."),
    Plate(EVIDENCE, "Evidence for Hand X-ray", "Strongest evidence: upper left."),
)
SHEET = Sheet(
    case_id="0123abcd",
    name="hand.png · Study 57ad1e · Series 5e71e5",
    answer="Hand X-ray",
    how_sure="Fairly sure, and it looks like scans the model knows",
    said="said to be Chest X-ray",
    warnings=("Text may be burned into the image.",),
    read_at=1_770_000_000.0,
    made_at=1_770_003_600.0,
)


def _pdf(reading: Any = None, **changes: Any) -> bytes:
    return case_pdf(reading or a_reading.build(), PLATES, replace(SHEET, **changes))


def test_one_page_holds_verdict_sureness_header_correction_model_and_intended_use() -> None:
    pdf = _pdf()
    text = " ".join(pdf_words.text(pdf).split())
    assert pdf_words.pages(pdf) == 1
    for wanted in (
        INTENDED_USE,
        "hand.png · Study 57ad1e · Series 5e71e5",
        "Accepted",
        "Hand X-ray",
        "88.0%",
        "Fairly sure, and it looks like scans the model knows.",
        "Correction: said to be Chest X-ray.",
        "0.531 nat",
        "0.432",
        "The header says the same.",
        "Text may be burned into the image.",
        "robust-0123456789ab",
        "0123abcd",
        "Read 2026-02-02 02:40 UTC · report made 2026-02-02 03:40 UTC",
    ):
        assert wanted in text.replace("\u00a0", " "), wanted


def test_a_refusal_names_no_class_as_its_answer() -> None:
    pdf = _pdf(a_reading.refused(), answer="No class given", how_sure="No class is given", said="")
    text = pdf_words.text(pdf)
    head = text[: text.index("Class probabilities")]
    assert "Refused" in head and "No class given" in head
    below = head.replace("Evidence for Hand X-ray", "")  # the caption of this test's own plate
    assert not any(title(label) in below for label in MEDICAL_MNIST)
    assert "not an answer, as the scan was refused" in text


def test_much_to_say_stays_on_one_page_and_markup_in_a_name_is_only_a_name() -> None:
    reading = replace(a_reading.build(), reasons=("A reason that takes a whole line. " * 6,) * 8)
    pdf = _pdf(reading, name="<b>a&b</b> " + "long" * 60, warnings=("Careful. " * 30,) * 4)
    assert pdf_words.pages(pdf) == 1
    assert "<b>a&b</b>" in pdf_words.text(pdf).replace(" ", "")


def test_the_pictures_are_in_it_pixel_for_pixel() -> None:
    found = [data for head, data in pdf_words.streams(_pdf()) if b"/Subtype /Image" in head]
    wanted = [np.repeat(SCAN[..., None], 3, axis=2), EVIDENCE]
    sizes = {plate.nbytes: plate for plate in wanted}
    seen = 0
    for data in found:
        raw = np.frombuffer(data, np.uint8)
        if raw.size in sizes:
            assert any(np.array_equal(raw, plate.ravel()) for plate in wanted)
            seen += 1
        elif raw.size == SCAN.size:
            assert np.array_equal(raw, SCAN.ravel())
            seen += 1
    assert seen == len(PLATES)


def test_nothing_in_it_runs_or_fetches_and_no_patient_is_named() -> None:
    pdf = _pdf()
    assert not re.search(rb"/JavaScript|/JS\b|/URI\b|/Launch|/EmbeddedFile|/OpenAction", pdf)


def test_the_page_as_drawn_shows_both_pictures_and_the_verdicts_colour(tmp_path: Path) -> None:
    """By Poppler or Ghostscript where one is installed; the pictures' pixels are tested above."""
    (tmp_path / "report.pdf").write_bytes(_pdf())
    drawn = tmp_path / "page.png"
    if tool := shutil.which("pdftoppm"):
        command = [tool, "-r", "72", "-png", "-singlefile", "report.pdf", "page"]
    elif tool := shutil.which("gs"):
        command = [tool, "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=png16m", "-r72"]
        command += ["-sOutputFile=page.png", "report.pdf"]
    else:
        pytest.skip("neither pdftoppm nor gs is installed: the page is not drawn here")
    subprocess.run(command, cwd=tmp_path, check=True, timeout=60)
    page = cv2.imread(str(drawn))[..., ::-1]
    assert page.shape[:2] == (842, 595) or page.shape[:2] == (842, 596)
    banner = np.array([0xEA, 0xF6, 0xEF])
    assert (np.abs(page.astype(int) - banner).max(axis=2) < 3).sum() > 5000, "the verdict's paper"
    left, right = page[250:480, 42:300], page[250:480, 300:553]
    assert left.std() > 30 and right.std() > 30, "two pictures side by side"
    assert (page[:36] > 250).all() and (page[-36:] > 250).all(), "nothing runs over the margins"
