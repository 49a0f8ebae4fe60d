"""The case report as PDF: one A4 page with what a person wants to file or print.

It holds what the HTML report holds first: the scan, the evidence, the verdict, how sure the model
is, the header check, what people said, the model and the intended use. No header value beyond
modality and body part is on it; a file's name only where names are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import cv2

from arncnn import __version__
from arncnn.config import INTENDED_USE
from arncnn.figures import picture
from arncnn.formatting import VERDICTS, number, percent
from arncnn.labels import title
from arncnn.reports.case_report import Plate

if TYPE_CHECKING:
    from reportlab.platypus import Flowable

    from arncnn.inference.reading import Reading

_MARGIN = 42.0  # points; a page is 595 by 842
_GAP = 12.0
_PLATE_HEIGHT = 232.0
_MOST_PIXELS = 1024  # of a picture's longer side: 300 to the inch at this size
_INK, _SOFT, _LINE = "#16252e", "#52626c", "#d3dee4"
_COLOURS = {  # of a verdict: ink and paper, as the dashboard has them in its light theme
    "accept": ("#12633a", "#eaf6ef"),
    "review": ("#8a4700", "#fdf3e6"),
    "refuse": ("#9c1f18", "#fcefee"),
}


@dataclass(frozen=True)
class Sheet:
    """What stands on the page beside the reading.

    Attributes:
        case_id: the store's random id.
        name: of the case, with study and series: the file's, or a pseudonym.
        answer: what the reading answers, in words.
        how_sure: one sentence.
        said: what people said of the case; "" where nobody did.
        warnings: sentences that intake had for the person.
        read_at: Unix seconds.
        made_at: Unix seconds.
    """

    case_id: str
    name: str
    answer: str
    how_sure: str
    said: str
    warnings: tuple[str, ...]
    read_at: float
    made_at: float


def case_pdf(reading: "Reading", plates: Sequence[Plate], sheet: Sheet) -> bytes:
    """The report as a PDF of one page, whatever it holds: too much is drawn smaller.

    Args:
        reading: of the case.
        plates: two pictures, the scan first.
        sheet: what else stands on it.
    """
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import KeepInFrame, SimpleDocTemplate

    out = BytesIO()
    width, height = (side - 2 * _MARGIN for side in A4)
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=f"Case {sheet.case_id}: {sheet.answer}",
        subject=INTENDED_USE,
        creator=f"ARN-CNN Dashboard {__version__}",
        lang="en",
    )
    frame_padding = 12.0  # of the frame itself, both sides together
    inside = width - frame_padding
    story = _story(reading, plates, sheet, inside)
    document.build([KeepInFrame(inside, height - frame_padding, story, mode="shrink")])
    return out.getvalue()


def _story(
    reading: "Reading", plates: Sequence[Plate], sheet: Sheet, width: float
) -> "list[Flowable]":
    from reportlab.platypus import Spacer

    half = (width - _GAP) / 2
    made = f"Read {_moment(sheet.read_at)} · report made {_moment(sheet.made_at)}"
    left = [_text("Class probabilities", 10, bold=True), _probabilities(reading, half)]
    right = [_text("How sure", 10, bold=True), _facts(_measures(reading), half)]
    beside = [_text("Header check", 10, bold=True), _facts(_header(reading), half)]
    kept = [_text("Case and model", 10, bold=True), _facts(_origin(reading, sheet), half)]
    return [
        _text("ARN-CNN case report", 16, bold=True),
        _text(sheet.name, 10, bold=True),
        _text(made, 8, colour=_SOFT),
        Spacer(1, 4),
        _text(INTENDED_USE, 9, colour=_COLOURS["review"][0], bold=True),
        Spacer(1, 6),
        _verdict(reading, sheet, width),
        Spacer(1, 8),
        _columns([[_plate(plate, half)] for plate in plates], width),
        Spacer(1, 6),
        _columns([left, right], width),
        Spacer(1, 8),
        _columns([beside, kept], width),
    ]


def _verdict(reading: "Reading", sheet: Sheet, width: float) -> "Flowable":
    ink, paper = _COLOURS[reading.verdict]
    sentences = (*reading.reasons, *sheet.warnings)
    cell = [
        _text(VERDICTS[reading.verdict], 9, colour=ink, bold=True),
        _text(sheet.answer, 15, bold=True),
        _text(f"{sheet.how_sure}.", 9),
        *(_text(sentence, 9) for sentence in sentences),
        _text(f"Correction: {sheet.said or 'none recorded for this case'}.", 9),
    ]
    sure = reading.uncertainty.maximum_probability
    beside = [_text(percent(sure), 15, bold=True), _text("probability", 8, colour=_SOFT)]
    box = _table([[cell, beside if reading.label else ""]], [width - 90, 90])
    box.setStyle(
        [
            ("BACKGROUND", (0, 0), (-1, -1), paper),
            ("LINEBEFORE", (0, 0), (0, -1), 4, ink),
            ("BOX", (0, 0), (-1, -1), 0.7, ink),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ]
    )
    return box


def _plate(plate: Plate, width: float) -> "list[Flowable]":
    from reportlab.platypus import Image

    rows, columns = plate.image.shape[:2]
    shrunk = min(1.0, _MOST_PIXELS / max(rows, columns))
    pixels = plate.image
    if shrunk < 1:
        size = max(1, round(columns * shrunk)), max(1, round(rows * shrunk))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    scale = min(width / columns, _PLATE_HEIGHT / rows)
    drawn = Image(BytesIO(picture.png(pixels)), columns * scale, rows * scale, hAlign="LEFT")
    return [drawn, _text(plate.caption, 9, bold=True), _text(plate.alt, 8, colour=_SOFT)]


def _probabilities(reading: "Reading", width: float) -> "Flowable":
    sure = reading.uncertainty
    rows = sorted(
        zip(
            reading.labels,
            reading.probabilities.tolist(),
            sure.dropout_lower.tolist(),
            sure.dropout_upper.tolist(),
            strict=True,
        ),
        key=lambda row: -row[1],
    )
    lead = "Calibrated" if reading.is_calibrated else "Not calibrated"
    lead += ", with 95% of the head's dropout samples"
    if reading.label is None:
        lead += "; not an answer, as the scan was refused"
    written = [
        [title(label), percent(value), f"{percent(low)} to {percent(high)}"]
        for label, value, low, high in rows[:10]
    ]
    widths = [width * part for part in (0.36, 0.2, 0.44)]
    table = _table([[_text(each, 8.5) for each in row] for row in written], widths)
    table.setStyle([("LINEBELOW", (0, 0), (-1, -2), 0.4, _LINE)])
    return _columns([[_text(lead, 7.5, colour=_SOFT), table]], width)


def _measures(reading: "Reading") -> dict[str, str]:
    sure, sets = reading.uncertainty, reading.prediction_set
    found = {
        "Maximum probability": percent(sure.maximum_probability),
        "Entropy": f"{number(sure.entropy)} nat",
        "Mutual information": f"{number(sure.mutual_information)} nat",
    }
    if sets is not None and reading.label is not None:
        found["Prediction set"] = ", ".join(map(title, sets)) or "empty"
    if reading.novelty_p_value is not None:
        found["Novelty p-value"] = number(reading.novelty_p_value)
    return found


def _header(reading: "Reading") -> dict[str, str]:
    header = reading.header
    return {
        "Modality": header.modality or "not stated",
        "Body part": header.body_part or "not stated",
        "Check": header.sentence,
    }


def _origin(reading: "Reading", sheet: Sheet) -> dict[str, str]:
    return {
        "Case": sheet.case_id,
        "File": f"{reading.kind}, frame {reading.frame + 1} of {reading.frames}",
        "Model": reading.model.id,
        "Model's SHA-256": reading.model.sha256[:16] + "…",
        "Program": f"ARN-CNN Dashboard {__version__}",
    }


def _facts(facts: dict[str, str], width: float) -> "Flowable":
    rows = [[_text(name, 8.5, colour=_SOFT), _text(value, 8.5)] for name, value in facts.items()]
    table = _table(rows, [width * 0.4, width * 0.6])
    table.setStyle([("LINEBELOW", (0, 0), (-1, -2), 0.4, _LINE)])
    return table


def _columns(cells: Sequence[Any], width: float) -> "Flowable":
    table = _table([list(cells)], _shares(width, len(cells)))
    table.setStyle([("LEFTPADDING", (0, 0), (-1, -1), 0), ("TOPPADDING", (0, 0), (-1, -1), 0)])
    return table


def _shares(width: float, columns: int) -> list[float]:
    return [width / columns] * columns


def _table(rows: list[list[Any]], widths: list[float]) -> Any:
    from reportlab.platypus import Table

    table = Table(rows, colWidths=widths, hAlign="LEFT")
    table.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ]
    )
    return table


def _text(words: str, size: float, *, colour: str = _INK, bold: bool = False) -> "Flowable":
    """A paragraph; what the standard fonts lack is a question mark, and no word is markup."""
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    style = ParagraphStyle(
        "words",
        fontName="Helvetica-Bold" if bold else "Helvetica",
        fontSize=size,
        leading=size * 1.25,
        textColor=colour,
        splitLongWords=True,
    )
    plain = words.replace("\u2212", "-").replace("\u2011", "-")
    return Paragraph(escape(plain.encode("cp1252", "replace").decode("cp1252")), style)


def _moment(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%d %H:%M UTC")
