"""With a real Orthanc and dcmtk: what comes is read once and answered once, whatever goes wrong."""

import json
import os
import time
from contextlib import suppress
from pathlib import Path

import pytest
from requests import HTTPError

from arncnn.store import LOCAL_USER
from arncnn.store.source import Answer, Source
from arncnn.store.verify import verify
from tests.pacs import objects
from tests.pacs.conftest import Ours, in_time
from tests.pacs.orthanc import Orthanc, free_port

pytestmark = pytest.mark.extra
_EXTERNAL = os.environ.get("ARNCNN_EXTERNAL")


@pytest.fixture(scope="module")
def source(archive: Orthanc, ours: Ours) -> Source:
    return ours.add(
        "Archive",
        url=archive.dicom_web,
        orthanc_url=archive.root,
        credential="env:ARCHIVE_LOGIN",
        answer=Answer.STOW,
        quiet_s=2.0,
        slices=3,
    )


@pytest.fixture(scope="module")
def sender(archive: Orthanc, ours: Ours) -> Source:
    return ours.add(
        "Device",
        ae_title="STORESCU",
        host="127.0.0.1",
        port=archive.dicom,
        quiet_s=2.0,
    )


def _reports(archive: Orthanc) -> list[str]:
    found = archive.find("Instance", Modality="SR")
    return [each["MainDicomTags"]["SOPInstanceUID"] for each in found]


def test_what_is_stored_there_is_read_and_its_report_is_there_once(
    archive: Orthanc, ours: Ours, source: Source
) -> None:
    for number in range(6):
        archive.put(objects.radiograph(number))
    assert in_time(lambda: ours.queue(source).sent >= 6), "six reports"
    assert len(_reports(archive)) == 6
    time.sleep(5)  # own reports come round as changes
    assert ours.queue(source).read == 6
    assert len(_reports(archive)) == 6


def test_a_series_is_answered_by_one_report_and_a_late_slice_by_another_that_names_it(
    archive: Orthanc, ours: Ours, source: Source
) -> None:
    before = ours.queue(source).sent
    for position in range(8):
        archive.put(objects.ct_slice(1, position))
    assert in_time(lambda: ours.queue(source).sent == before + 1), "a report on the series"
    first = set(_reports(archive))
    archive.put(objects.ct_slice(1, 8))
    assert in_time(lambda: ours.queue(source).sent == before + 2), "a report on the late slice"
    (late,) = set(_reports(archive)) - first
    (found,) = archive.find("Instance", SOPInstanceUID=late)
    tags = json.dumps(archive.get(f"/instances/{found['ID']}/tags?simplify"))
    assert "PredecessorDocumentsSequence" in tags
    assert "3 of the series' 8 images were read" not in tags  # that was the first one's


def test_sixty_files_sent_by_storescu_are_read_and_the_same_again_is_passed_by(
    ours: Ours, sender: Source, tmp_path: Path
) -> None:
    files = sorted(Path(_EXTERNAL).rglob("*.dcm"))[:30] if _EXTERNAL else []  # real scans
    for number in range(100, 160 - len(files)):
        path = tmp_path / f"{number}.dcm"
        path.write_bytes(objects.radiograph(number))
        files.append(path)
    time.sleep(3)  # until the receiver knows its new peer
    ran = ours.send(*files)
    taken = (ran.stdout + ran.stderr).count("Received Store Response (Success)")
    assert taken >= 50  # storescu itself does not send compressed files
    assert in_time(lambda: _count(ours, sender) >= taken), f"all {taken} are done with"
    assert in_time(lambda: ours.queue(sender).waiting == 0), "none waits"
    read = ours.queue(sender).read
    assert read >= 30
    before = ours.queue(sender).skipped
    ours.send(files[-1])
    assert in_time(lambda: ours.queue(sender).skipped == before + 1), "the same again"
    assert ours.queue(sender).read == read


@pytest.mark.skipif(not _EXTERNAL, reason="ARNCNN_EXTERNAL names no real scans")
def test_real_files_stored_in_the_archive_are_pulled_as_they_are_stored(
    archive: Orthanc, ours: Ours, source: Source
) -> None:
    before, stored = _count(ours, source), 0
    for path in sorted(Path(str(_EXTERNAL)).rglob("*.dcm")):
        with suppress(HTTPError):  # a file without UIDs: Orthanc takes none
            archive.put(path.read_bytes())
            stored += 1
    assert stored >= 20
    # Some were sent to us before, and objects that are known are not fetched again.
    assert in_time(lambda: _count(ours, source) >= before + 5), "the compressed ones at least"
    assert in_time(lambda: not ours.queue(source).waiting), "none waits"


def _count(ours: Ours, source: Source) -> int:
    queue = ours.queue(source)
    return queue.read + queue.skipped + queue.parked


def test_other_content_under_one_uid_waits_for_a_person(
    ours: Ours, sender: Source, tmp_path: Path
) -> None:
    before = ours.queue(sender).parked
    first, other = tmp_path / "1.dcm", tmp_path / "2.dcm"
    first.write_bytes(objects.radiograph(300))
    other.write_bytes(objects.radiograph(300, seed=999))
    ours.send(first)
    ours.send(other)
    assert in_time(lambda: ours.queue(sender).parked == before + 1), "one parked"
    (row, *_) = ours.store.sources.parked(LOCAL_USER, sender.id)
    assert "A different image arrived under the UID" in row.sentence


def test_called_by_another_name_nothing_is_taken(
    ours: Ours, sender: Source, tmp_path: Path
) -> None:
    path = tmp_path / "1.dcm"
    path.write_bytes(objects.radiograph(301))
    assert "Called AE Title Not Recognized" in ours.send(path, called="OTHER").stderr


def test_an_archive_that_is_down_hangs_or_refuses_stops_nobody_and_loses_nothing(
    archive: Orthanc, ours: Ours, source: Source, tmp_path: Path
) -> None:
    down = ours.add("Down", url=f"http://127.0.0.1:{free_port()}/dicom-web")
    wrong = ours.add("Wrong", url=archive.dicom_web, credential="env:WRONG_LOGIN")
    assert in_time(lambda: "Nothing answers" in ours.queue(down).trouble), "down is told"
    assert in_time(lambda: "user name and password" in ours.queue(wrong).trouble), "refusal is told"
    sent = ours.queue(source).sent
    archive.put(objects.radiograph(400))
    archive.hang()
    archive.go_on()
    assert in_time(lambda: ours.queue(source).sent == sent + 1), "answered after it hung"
    archive.kill()
    assert in_time(lambda: "Nothing answers" in ours.queue(source).trouble), "its end is told"
    archive.start()
    archive.put(objects.radiograph(401))
    assert in_time(lambda: ours.queue(source).sent == sent + 2), "answered after its return"
    assert in_time(lambda: not ours.queue(source).trouble), "no trouble any more"


def test_an_answer_that_a_wrong_title_refuses_is_parked_and_goes_when_it_is_put_right(
    archive: Orthanc, ours: Ours, sender: Source, tmp_path: Path
) -> None:
    from dataclasses import replace

    store = ours.store.sources
    by = replace(sender.settings, ae_title="STORESCU", answer=Answer.C_STORE)
    store.change(LOCAL_USER, sender.id, by)
    path = tmp_path / "1.dcm"
    path.write_bytes(objects.radiograph(500))
    time.sleep(3)
    ours.send(path)  # Orthanc is called STORESCU here, which it is not
    before = len(_reports(archive))
    why = "does not answer to this AE title"
    assert in_time(
        lambda: any(why in row.sentence for row in store.parked(LOCAL_USER, sender.id))
    ), "parked with its reason"
    store.pause(LOCAL_USER, sender.id, is_paused=False)
    right = replace(by, ae_title="ORTHANC")
    store.change(LOCAL_USER, sender.id, right)
    store.try_again(LOCAL_USER, sender.id)
    assert in_time(lambda: len(_reports(archive)) == before + 1), "the answer has come by C-STORE"


def test_at_the_end_nothing_is_left_over_said_or_altered(ours: Ours) -> None:
    def settled() -> bool:
        queues = ours.store.sources.queues(LOCAL_USER).values()
        bodies = [path for path in (ours.home / "pacs").rglob("*") if path.is_file()]
        left = len([path for path in bodies if path.name != "work.lock"])
        return not any(each.answers for each in queues) and left <= sum(
            each.parked for each in queues
        )

    # An answer is seen in the archive a moment before our process has its confirmation.
    assert in_time(settled), "all is answered, and only what is parked keeps its body"
    ours.kill()
    assert (ours.home / "pacs" / "spool").stat().st_mode & 0o077 == 0
    assert objects.SECRET not in ours.said()
    assert "Traceback" not in ours.said()
    assert verify(ours.store, LOCAL_USER).problems == ()
    database = (ours.home / "arncnn.sqlite").read_bytes()
    assert objects.SECRET.encode() not in database
