"""The case report: one self-contained HTML file that a clinician can file or print.

It holds pictures, the reading, maps, the model and the preparation of its input, the
time and the intended use; no header value beyond modality and body part, no file name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from arncnn import __version__, preprocess
from arncnn.config import INTENDED_USE
from arncnn.figures import picture
from arncnn.formatting import number, percent
from arncnn.labels import title

if TYPE_CHECKING:
    from arncnn.inference.reader import Reading

_WORDS = {"accept": "✓ Accepted", "review": "⚠ Needs review", "refuse": "✕ Refused"}
_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;color:#16252e;max-width:880px;
margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:1.8rem 0 .5rem}
.use{border:1px solid #b45f06;padding:.5rem .8rem;border-radius:6px;color:#8a4700}
.verdict{font-size:1.3rem;font-weight:650}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #d3dee4;
vertical-align:top}
td.n{text-align:right;font-variant-numeric:tabular-nums}
figure{display:inline-block;margin:0 1rem 1rem 0;width:260px;vertical-align:top;break-inside:avoid}
.many figure{width:192px}
img{width:100%;border-radius:4px}figcaption,.small{font-size:.8rem;color:#52626c}
code{font-size:.85em;overflow-wrap:anywhere}
"""


@dataclass(frozen=True, eq=False)
class Plate:
    """One picture of the report.

    Attributes:
        image: uint8, (height, width) or (height, width, 3).
        caption: what it is.
        alt: what it shows, in words.
    """

    image: np.ndarray
    caption: str
    alt: str

    @property
    def uri(self) -> str:
        """The picture as an address that holds it."""
        return picture.data_uri(picture.png(self.image))


@dataclass(frozen=True, eq=False)
class Gallery:
    """Pictures under a heading of their own.

    Attributes:
        title: the heading.
        note: what holds for all of them, such as their scale.
        plates: the pictures.
    """

    title: str
    note: str
    plates: tuple[Plate, ...]


def case_report(
    reading: "Reading",
    plates: Sequence[Plate],
    *,
    galleries: Sequence[Gallery] = (),
    case_id: str,
    made_at: float,
    warnings: Sequence[str] = (),
) -> str:
    """The report as one HTML document that needs nothing else.

    Args:
        reading: of the case.
        plates: the pictures, the scan first.
        galleries: further pictures; one without any is left out.
        case_id: the store's random id.
        made_at: Unix seconds.
        warnings: sentences that intake had for the person.
    """
    answer = title(reading.label) if reading.label else "No class given"
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in (*reading.reasons, *warnings))
    further = "".join(
        f'<h2>{escape(gallery.title)}</h2><p class="small">{escape(gallery.note)}</p>'
        f'<div class="many">{_figures(gallery.plates)}</div>'
        for gallery in galleries
        if gallery.plates
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Case {case_id}: {escape(answer)}</title><style>{_STYLE}</style></head><body>"
        f'<h1>ARN-CNN case report</h1><p class="small">Case {case_id} · made {_time(made_at)}</p>'
        f'<p class="use">{INTENDED_USE}</p>'
        f'<p class="verdict">{_WORDS[reading.verdict]}: {escape(answer)}</p><ul>{reasons}</ul>'
        f"<h2>Pictures</h2>{_figures(plates)}"
        f"<h2>Class probabilities{_caveat(reading)}</h2>{_probabilities(reading)}"
        f"<h2>How sure</h2>{_table(_uncertainty(reading))}"
        f"<h2>Header check</h2>{_table(_header(reading))}"
        f"{further}"
        f"<h2>How it was made</h2>{_table(_provenance(reading))}"
        "</body></html>"
    )


def _figures(plates: Sequence[Plate]) -> str:
    return "".join(
        f'<figure><img src="{plate.uri}" alt="{escape(plate.alt)}">'
        f"<figcaption>{escape(plate.caption)}<br>{escape(plate.alt)}</figcaption></figure>"
        for plate in plates
    )


def _caveat(reading: "Reading") -> str:
    return "" if reading.label else " (not an answer: the scan was refused)"


def _probabilities(reading: "Reading") -> str:
    sure = reading.uncertainty
    rows = sorted(
        zip(
            reading.labels,
            reading.probabilities.tolist(),
            reading.logits.tolist(),
            sure.dropout_lower.tolist(),
            sure.dropout_upper.tolist(),
            strict=True,
        ),
        key=lambda row: -row[1],
    )
    body = "".join(
        f'<tr><th>{escape(title(label))}</th><td class="n">{escape(percent(probability))}</td>'
        f'<td class="n">{escape(f"{percent(low)} to {percent(high)}")}</td>'
        f'<td class="n">{logit:+.2f}</td></tr>'
        for label, probability, logit, low, high in rows
    )
    name = "Calibrated probability" if reading.is_calibrated else "Probability, not calibrated"
    return (
        f"<table><tr><th>Class</th><th>{name}</th>"
        f"<th>95 % of dropout samples of the head</th><th>Logit</th></tr>{body}</table>"
    )


def _uncertainty(reading: "Reading") -> list[tuple[str, str]]:
    sure = reading.uncertainty
    rows = [
        ("Maximum probability", percent(sure.maximum_probability)),
        ("Normalised probability", percent(sure.normalized_probability)),
        ("Entropy", f"{number(sure.entropy)} nat"),
        ("Mutual information (head dropout)", f"{number(sure.mutual_information)} nat"),
    ]
    if reading.prediction_set is not None:
        rows.append(("Prediction set", ", ".join(map(title, reading.prediction_set)) or "empty"))
    if reading.novelty_p_value is not None:
        rows.append(("Novelty p-value", number(reading.novelty_p_value)))
    return rows


def _header(reading: "Reading") -> list[tuple[str, str]]:
    header = reading.header
    return [
        ("Modality", header.modality or "not stated"),
        ("Body part", header.body_part or "not stated"),
        ("Check", header.sentence),
    ]


def _provenance(reading: "Reading") -> list[tuple[str, str]]:
    contract = preprocess.contract()
    low, high = contract["percentiles"]
    return [
        ("Model", f"{reading.model.id}, SHA-256 {reading.model.sha256}"),
        ("Scan", f"{reading.kind}, frame {reading.frame + 1} of {reading.frames}"),
        ("Scan's SHA-256", reading.sha256),
        (
            "Input to the network",
            f"{contract['size']} × {contract['size']} pixels, resized by {contract['resize']}, "
            f"brightness stretched between percentiles {low:g} and {high:g}; "
            f"views: {', '.join(reading.model_input.views)}",
        ),
        ("Program", f"ARN-CNN Dashboard {__version__}"),
    ]


def _table(rows: Sequence[tuple[str, str]]) -> str:
    body = "".join(f"<tr><th>{name}</th><td>{escape(value)}</td></tr>" for name, value in rows)
    return f"<table>{body}</table>"


def _time(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
