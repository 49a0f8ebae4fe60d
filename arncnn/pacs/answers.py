"""Answers: what a reading gives back to the archive that the scan is from.

UIDs follow from the object's, the model's and the frame, so an answer that is made twice is the
same object.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from pydicom.uid import Comprehensive3DSRStorage, SecondaryCaptureImageStorage

from arncnn.cases.open_case import OpenCase
from arncnn.formatting import VERDICTS, counted
from arncnn.labels import title
from arncnn.pacs.spool import body_name
from arncnn.reports.report_identity import derived_uid
from arncnn.reports.secondary_capture import capture_uid, secondary_capture
from arncnn.reports.structured_report import image_report, report_uid, series_report
from arncnn.store.source import NewAnswer, Received, Source

_METHOD = "integrated"  # the evidence that sums to the answer

Read = tuple[Received, OpenCase, Mapping[str, str]]
"""A row of the inbox, what was read of it, and what the image is called."""

Made = dict[NewAnswer, bytes]
"""Answers with their bodies, which have to lie on the disk before a row names them."""


def on_image(source: Source, read: Read) -> Made:
    """The answers on one image.

    Raises:
        ReportError: the image does not name what a report has to refer to.
    """
    row, opened, identity = read
    at = datetime.fromtimestamp(row.arrived_at, UTC)
    report = image_report(opened.reading, identity, made_at=at)
    uid = report_uid(opened.reading, identity["SOPInstanceUID"])
    made = {_answer(source, read, uid, row.sop_uid, report): report}
    if source.settings.has_capture:
        made |= _capture(source, read, at)
    return made


def _capture(source: Source, read: Read, at: datetime) -> Made:
    row, opened, identity = read
    maps = opened.maps.get(_METHOD) if opened.reading.label else None
    body = secondary_capture(opened.reading, opened.display, maps, identity, made_at=at)
    uid = capture_uid(opened.reading, identity["SOPInstanceUID"])
    sop_class = str(SecondaryCaptureImageStorage)
    return {_answer(source, read, uid, row.sop_uid, body, sop_class): body}


def on_series(
    source: Source,
    reads: Sequence[Read],
    sop_uids: Sequence[str],
    predecessor: str | None,
) -> Made:
    """The answer on a series, of its slices that were read.

    Args:
        source: where it goes.
        reads: the slices, by one model.
        sop_uids: of all the series' objects.
        predecessor: the UID of an earlier report on fewer slices.

    Raises:
        ReportError: a slice does not name what a report has to refer to.
    """
    row, opened, _ = reads[0]
    model = opened.reading.model.sha256
    uid = derived_uid("series", row.series_uid, model, *sorted(set(sop_uids)))
    if uid == predecessor:
        return {}
    report = series_report(
        [(each.reading, identity) for _, each, identity in reads],
        uid,
        summary=_summary(reads, len(set(sop_uids))),
        predecessor=predecessor,
        made_at=datetime.fromtimestamp(max(each.arrived_at for each, _, _ in reads), UTC),
    )
    made = {_answer(source, reads[0], uid, row.series_uid, report): report}
    if source.settings.has_capture:  # of the middle one of those that were read
        read = reads[len(reads) // 2]
        at = datetime.fromtimestamp(read[0].arrived_at, UTC)
        made |= _capture(source, read, at)
    return made


def _summary(reads: Sequence[Read], objects: int) -> tuple[str, ...]:
    said: dict[str, int] = {}
    for _, opened, _ in reads:
        reading = opened.reading
        kind = title(reading.label) if reading.label else "no class"
        words = f"{kind}, {VERDICTS[reading.verdict].lower()}"
        said[words] = said.get(words, 0) + 1
    found = "; ".join(f"{words}: {count}" for words, count in said.items())
    return (f"{len(reads)} of the series' {counted(objects, 'image')} were read. {found}.",)


def _answer(
    source: Source,
    read: Read,
    uid: str,
    about: str,
    body: bytes,
    sop_class: str = str(Comprehensive3DSRStorage),
) -> NewAnswer:
    row, opened, _ = read
    return NewAnswer(
        uid=uid,
        source_id=source.id,
        about_uid=about,
        series_uid=row.series_uid,
        study_uid=row.study_uid,
        sop_class=sop_class,
        model_sha256=opened.reading.model.sha256,
        body_sha256=body_name(body),
    )
