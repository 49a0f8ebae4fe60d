"""The case report holds all of a case, needs nothing else, and names no patient."""

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pydicom
import pydicom.examples
import pytest

from arncnn import preprocess
from arncnn.config import INTENDED_USE
from arncnn.intake import header, open_scan
from arncnn.intake.header import HeaderCheck
from arncnn.models.bundle import ModelIdentity
from arncnn.reports.case_report import Gallery, Plate, case_report
from pages.ui.scan import reading_answer
from tests import a_reading

MADE_AT = 1_770_000_000.0  # 2026-02-02 02:40:00 UTC
SCAN = np.arange(64, dtype=np.uint8).reshape(8, 8)
EVIDENCE = np.stack([SCAN, SCAN // 2, 255 - SCAN], axis=2)
PLATES = (
    Plate(SCAN, "Scan", "The scan as shown."),
    Plate(EVIDENCE, "Evidence: Hand X-ray", "Strongest evidence: upper left."),
)


class _Page(HTMLParser):
    """What a browser would look at: every tag's attributes and the visible text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.text += data


def _report(reading=None, **changes) -> str:
    chosen = {"case_id": "0123abcd", "made_at": MADE_AT, **changes}
    return case_report(reading or a_reading.build(), PLATES, **chosen)


def test_it_holds_verdict_reading_model_preparation_time_and_intended_use() -> None:
    text = _Page(_report(warnings=["Text may be burned into the image."])).text
    contract = preprocess.contract()
    for wanted in (
        "Accepted: Hand X-ray",
        INTENDED_USE,
        "Case 0123abcd",
        "made 2026-02-02 02:40:00 UTC",
        "88.0%",  # the probability
        "0.531 nat",  # the entropy
        "0.432",  # the novelty p-value
        "The header says the same.",
        "Text may be burned into the image.",
        f"robust-0123456789ab, SHA-256 {'ab' * 32}",
        "cd" * 32,
        f"{contract['size']} × {contract['size']} pixels",
        "views: as shown",
    ):
        assert wanted in text, wanted


def test_it_names_the_case_its_study_and_its_series() -> None:
    name = "Case 0123ab · Study 57ad1e · Series 5e71e5"
    assert f"{name} · Case 0123abcd" in _Page(_report(name=name)).text


def test_the_pictures_are_in_it_pixel_for_pixel_with_words_for_each() -> None:
    images = [attributes for tag, attributes in _Page(_report()).tags if tag == "img"]
    assert [image["alt"] for image in images] == [plate.alt for plate in PLATES]
    for image, plate in zip(images, PLATES, strict=True):
        data = base64.b64decode(image["src"].removeprefix("data:image/png;base64,"))
        stored = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        shown = stored if stored.ndim == 2 else stored[..., ::-1]
        assert np.array_equal(shown, plate.image)


def test_galleries_follow_under_their_headings_and_an_empty_one_is_left_out() -> None:
    full = Gallery("Evidence for every class", "One scale.", PLATES)
    html = _report(galleries=(full, Gallery("Attention maps", "None here.", ())))
    page = _Page(html)
    images = [attributes for tag, attributes in page.tags if tag == "img"]
    assert [image["alt"] for image in images] == [plate.alt for plate in PLATES] * 2
    assert "Evidence for every classOne scale." in page.text
    assert "Attention maps" not in page.text


@pytest.mark.attack
def test_nothing_is_fetched_and_nothing_runs() -> None:
    html = _report()
    page = _Page(html)
    assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object", "base"}
    for _, attributes in page.tags:
        assert not set(attributes) & {"href", "srcset", "onload", "onerror"}
        if "src" in attributes:
            assert (attributes["src"] or "").startswith("data:image/png;base64,")
    assert not re.search(r"url\(|@import|https?:", html)


def test_every_class_has_a_row_the_likeliest_first() -> None:
    rows = re.findall(r"<tr><th>([^<]+)</th><td class=\"n\">([\d.]+)%</td>", _report())
    assert len(rows) == 6
    assert rows[0] == ("Hand X-ray", "88.0")
    assert [float(p) for _, p in rows] == sorted((float(p) for _, p in rows), reverse=True)


def test_it_claims_no_more_certainty_than_the_pages_and_says_it_in_their_words() -> None:
    probabilities = np.array([2e-6, 2e-6, 2e-6, 2e-6, 0.99999, 2e-6], np.float32)
    usual = a_reading.build()
    reading = a_reading.build(
        probabilities=probabilities,
        novelty_p_value=0.0001,
        uncertainty=replace(
            usual.uncertainty,
            maximum_probability=0.99999,
            normalized_probability=0.99999,
            entropy=0.0001,
            mutual_information=0.00002,
            dropout_lower=probabilities / 2,
            dropout_upper=np.minimum(1, probabilities * 2),
        ),
    )
    text = _Page(_report(reading)).text
    for claim in ("1.0000", "0.0000", "100.0", "0.000"):
        assert claim not in text
    assert "Hand X-ray>\u00a099.9%50.0% to >\u00a099.9%" in text
    assert "Chest X-ray<\u00a00.1%<\u00a00.1% to <\u00a00.1%" in text
    page = reading_answer.uncertainty_html(reading) + reading_answer.probabilities_html(reading)
    figures = re.findall(r'class="(?:number|value)">([^/]+)</(?:td|span)>', page)
    assert len(figures) == 5 + 6, "three measures, set and p-value; six classes"
    for figure in set(figures) - {"1 class"}:
        assert figure in text, figure


def test_a_refused_case_gives_no_class_as_answer_and_says_so_at_its_numbers() -> None:
    html = _report(a_reading.refused())
    assert "Refused: No class given" in html
    assert "<title>Case 0123abcd: No class given</title>" in html
    assert "not an answer: the scan was refused" in html
    assert "not an answer" not in _report()


HOSTILE = (
    "<script>alert(1)</script> & more",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></style><iframe src=//example.org>",
    "{{ 7 * 7 }}{% raw %}",
)


@pytest.mark.attack
@pytest.mark.parametrize("words", HOSTILE)
def test_what_others_wrote_is_shown_and_never_run(words: str) -> None:
    usual = a_reading.build()
    reading = a_reading.build(
        label=words,  # a class that a correction named
        labels=(words, *usual.labels[1:]),
        prediction_set=(words,),
        reasons=(words,),
        header=HeaderCheck(words, words, None, "cannot_judge", words),
        model=ModelIdentity(words, words),
        kind=words,
    )
    plates = (Plate(SCAN, words, words),)
    galleries = (Gallery(words, words, plates),)
    told = {"case_id": words, "made_at": MADE_AT, "warnings": (words,)}  # a file's name or note
    hostile = _Page(case_report(reading, plates, galleries=galleries, **told))
    tame = _Page(
        case_report(
            usual,
            (Plate(SCAN, "Scan", "A scan."),),
            galleries=(Gallery("More", "A note.", (Plate(SCAN, "Scan", "A scan."),)),),
            **told | {"case_id": "0123abcd", "warnings": ("A note.",)},
        )
    )
    assert [(tag, set(found)) for tag, found in hostile.tags] == [
        (tag, set(found)) for tag, found in tame.tags
    ]
    assert hostile.text.count(words) == 20  # each of them, and twice in the title
    assert [found["alt"] for tag, found in hostile.tags if tag == "img"] == [words] * 2


@pytest.mark.attack
def test_no_value_of_the_header_that_names_a_patient_gets_into_it(tmp_path: Path) -> None:
    dataset = pydicom.examples.ct
    dataset.PatientName, dataset.PatientID = "Doe^Jane", "SECRET-4711"
    dataset.InstitutionName, dataset.StudyDate = "St. Elsewhere", "19700203"
    file = tmp_path / "Doe_Jane.dcm"
    dataset.save_as(file)
    scan = open_scan(file)
    reading = a_reading.build(
        kind=scan.kind,
        sha256=scan.sha256,
        header=header.claim(scan.attributes).compare("Hand"),
    )
    html = _report(reading, warnings=scan.warnings)
    assert scan.sha256 in html
    for secret in ("Doe", "Jane", "SECRET-4711", "Elsewhere", "19700203", "1970"):
        assert secret not in html
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        assert str(dataset[keyword].value) not in html


@pytest.mark.parametrize("sets", [None, ()])
def test_a_reading_without_a_prediction_set_still_gets_its_report(sets) -> None:
    text = _Page(_report(a_reading.build(prediction_set=sets))).text
    assert ("Prediction set" in text) is (sets is not None)


def test_only_a_calibrated_model_has_calibrated_probabilities() -> None:
    assert "Calibrated probability" in _Page(_report(a_reading.build())).text
    plain = _Page(_report(a_reading.build(prediction_set=None))).text
    assert "Probability, not calibrated" in plain and "Calibrated" not in plain
