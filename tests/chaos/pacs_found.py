"""What a campaign against ``pacs work`` found: each object's reading and its report."""

from collections.abc import Collection
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import requests
from pydicom import dcmread
from sqlalchemy import select

from arncnn.labels import title
from arncnn.store import LOCAL_USER
from arncnn.store.tables import InboxRow, OutboxRow
from arncnn.store.verify import verify
from tests.pacs import orthanc
from tests.pacs.conftest import Ours


@dataclass
class Found:
    """What a campaign found.

    Attributes:
        kills: by what was killed.
        objects: acknowledged by us or by Orthanc.
        lost, doubled, wrong: objects without a reading or report, read twice, answered otherwise.
        seconds: from the first object to the last answer.
        p95_s, median_s: from arrival to the answer read back.
        memory_mb, receiver_mb: of our process and its receiver, at every thousandth answer (of
            fewer objects half way) and at the end.
        problems: of the store's own check.
    """

    kills: dict[str, int] = field(default_factory=dict)
    objects: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    seconds: float = 0.0
    per_second: float = 0.0
    median_s: float = 0.0
    p95_s: float = 0.0
    memory_mb: list[float] = field(default_factory=list)
    receiver_mb: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        return not (self.lost or self.doubled or self.wrong or self.problems)


def compare(
    found: Found,
    ours: Ours,
    archive: orthanc.Orthanc,
    acknowledged: Collection[str],
    started: float,
) -> None:
    """Notes what became of every object that was acknowledged since ``started``, Unix seconds."""
    store = ours.store
    with store.reading() as session:
        rows = session.scalars(select(InboxRow).where(InboxRow.case_id.is_not(None))).all()
        sent = {
            row.about_uid: row.sent_at
            for row in session.scalars(select(OutboxRow).where(OutboxRow.state == "sent"))
        }
    reports = _reports(archive)
    cases = {case.id: case for case in _cases(ours)}
    waits = []
    by_object: dict[str, list[InboxRow]] = {}
    for row in rows:
        by_object.setdefault(row.sop_uid, []).append(row)
    for uid in acknowledged:
        came = by_object.get(uid, [])
        said = reports.get(uid, [])
        found.lost += not came or not said
        found.doubled += len(came) > 1 or len(said) > 1
        if len(came) == 1 and len(said) == 1:
            case = cases.get(str(came[0].case_id))
            found.wrong += case is None or said[0] != (title(case.label) if case.label else "")
            if sent.get(uid):
                waits.append(sent[uid] - came[0].arrived_at)
    found.doubled += len(cases) - len(by_object)
    waits.sort()
    if waits:
        found.median_s = round(waits[len(waits) // 2], 2)
        found.p95_s = round(waits[int(0.95 * (len(waits) - 1))], 2)
        found.seconds = round(max(at for at in sent.values() if at) - started, 1)
        found.per_second = round(len(waits) / found.seconds, 2)
    found.problems = list(verify(store, LOCAL_USER).problems)


def _cases(ours: Ours) -> list[Any]:
    found: list[Any] = []
    while True:
        page = ours.store.cases.list(LOCAL_USER, offset=len(found), limit=500)
        found += page.cases
        if not page.cases:
            return found


def _reports(archive: orthanc.Orthanc) -> dict[str, list[str]]:
    """What Orthanc's reports say, by the object that each refers to."""
    said: dict[str, list[str]] = {}
    for each in archive.find("Instance", Modality="SR"):
        file = requests.get(
            f"{archive.root}/instances/{each['ID']}/file",
            auth=(orthanc.USER, orthanc.PASSWORD),
            timeout=30,
        )
        report = dcmread(BytesIO(file.content))
        evidence = report.CurrentRequestedProcedureEvidenceSequence[0]
        image = evidence.ReferencedSeriesSequence[0].ReferencedSOPSequence[0]
        said.setdefault(str(image.ReferencedSOPInstanceUID), []).append(_label(report))
    return said


def _label(report: Any) -> str:
    for item in _items(report):
        if item.get("ConceptNameCodeSequence", [{}])[0].get("CodeValue") == "kind-of-scan":
            return str(item.ConceptCodeSequence[0].CodeMeaning)
    return ""


def _items(item: Any) -> Any:
    yield item
    for each in item.get("ContentSequence", ()):
        yield from _items(each)
