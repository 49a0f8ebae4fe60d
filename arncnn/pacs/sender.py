"""Sends answers, one source at a time: given, read back, and only then counted as sent.

What failed is tried again, later each time and with jitter; what a person has to see to is parked.
"""

import random
import time
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from pydicom import dcmread

from arncnn.pacs import dimse
from arncnn.pacs.dicomweb import DicomWeb
from arncnn.pacs.peer_error import PeerError
from arncnn.pacs.spool import Spool
from arncnn.store import Store
from arncnn.store.roles import PACS
from arncnn.store.source import Answer, Source, Waiting

_AT_ONCE = 50
_FIRST_S, _LONGEST_S = 2.0, 600.0
# Content, SOP Instance UID, study and series
_COMPARED = ("0040A730", "00080018", "0020000D", "0020000E")
_LOST = "The content of the answer is no longer there. Have the scan sent again."
_KEPT_OTHER = (
    "The archive holds a different object under the UID of this answer and kept it. Delete "
    "that object there, or allow the archive to overwrite it."
)


def send_due(store: Store, spool: Spool, source: Source) -> int:
    """Sends what is due at a source; how many answers arrived.

    Raises:
        PeerError: the source cannot be reached; noted with what was to go there.
    """
    due = store.pacs.due(PACS, source.id, limit=_AT_ONCE)
    bodies = {row.uid: spool.answer(row.body_sha256) for row in due}
    lost = [row.uid for row in due if bodies[row.uid] is None]
    if lost:
        store.pacs.failed(PACS, source.id, lost, _LOST, None)
    waiting = [row for row in due if row.uid not in lost]
    if not waiting or source not in store.sources.list(PACS):
        return 0  # a source that was changed sends by its new settings, and never by these
    given = [bodies[row.uid] or b"" for row in waiting]
    arrived: list[str] = []
    try:
        if source.settings.answer is Answer.STOW:
            _stow(source, waiting, given, arrived)
        else:
            _c_store(source, waiting, given, arrived)
    except PeerError as error:
        left = [row for row in waiting if row.uid not in arrived]
        needs = left if error.needs_person else []
        if needs:
            store.pacs.failed(PACS, source.id, [needs[0].uid], str(error), None)
        tried = [row for row in left if row not in needs[:1]]
        for row in tried:
            store.pacs.failed(PACS, source.id, [row.uid], str(error), _again_at(row.attempts))
        raise
    finally:
        store.pacs.sent(PACS, source.id, arrived)
        for row in waiting:
            if row.uid in arrived:
                spool.remove_answer(row.body_sha256)
    return len(arrived)


def _again_at(attempts: int) -> float:
    wait = min(_LONGEST_S, _FIRST_S * 2.0 ** min(attempts, 10))
    return time.time() + wait * random.uniform(0.5, 1.0)


def _stow(
    source: Source, rows: Sequence[Waiting], bodies: Sequence[bytes], arrived: list[str]
) -> None:
    archive = DicomWeb(source.settings.url, source.settings.credential)
    for row, body in zip(rows, bodies, strict=True):
        status = archive.store(row.study_uid, body)
        _read_back(archive, body, status)
        arrived.append(row.uid)


def _c_store(
    source: Source, rows: Sequence[Waiting], bodies: Sequence[bytes], arrived: list[str]
) -> None:
    settings = source.settings
    archive = DicomWeb(settings.url, settings.credential) if settings.url else None
    by_uid = {row.uid: body for row, body in zip(rows, bodies, strict=True)}
    for uid in dimse.store(settings, bodies):
        if archive is not None:
            _read_back(archive, by_uid[uid], None)
        arrived.append(uid)


def _read_back(archive: DicomWeb, body: bytes, status: int | None) -> None:
    """Pass when the archive holds what was given, whatever it said of it."""
    ours = dcmread(BytesIO(body))  # the elements of its sequences are not looked at yet
    where = ours.StudyInstanceUID, ours.SeriesInstanceUID, ours.SOPInstanceUID
    if _is_there_unaltered(archive, where, body):
        return
    found = archive.metadata(*where)
    if found is None:
        if status is not None and status >= 400:
            raise PeerError(
                f"The archive refuses the answer (HTTP {status}).", needs_person=status == 409
            )
        raise PeerError("The archive confirmed that it stored the answer but does not have it.")
    expected = ours.to_json_dict(bulk_data_threshold=1 << 30, bulk_data_element_handler=_no_bulk)
    for tag in _COMPARED:
        if _plain(expected.get(tag)) != _plain(found.get(tag)):
            raise PeerError(_KEPT_OTHER, needs_person=True)


def _is_there_unaltered(archive: DicomWeb, where: tuple[str, str, str], body: bytes) -> bool:
    """Whether the very bytes come back: most archives keep them, and comparing them is quick."""
    try:
        found = archive.instance(*where)
    except PeerError:
        return False  # what it says of the object is asked next
    return _after_meta(found) == _after_meta(body)


def _after_meta(file: bytes) -> bytes:
    """A file's data set: its meta information, which archives write anew, says its own length."""
    length = int.from_bytes(file[140:144], "little")  # PS3.10 7.1: the first element after DICM
    return file[144 + length :]


def _no_bulk(_element: Any) -> str:
    return ""


def _plain(value: Any) -> Any:
    """DICOM JSON without what servers write each in their own way: order, empties, numbers."""
    if isinstance(value, dict):
        kept = {key: _plain(each) for key, each in sorted(value.items())}
        return {key: each for key, each in kept.items() if each not in (None, "", [], {})}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, bool) or value is None:
        return value
    try:
        return float(value)
    except (TypeError, ValueError):
        return str(value).strip()
