"""The sender by itself, beside a source that is changed while answers wait."""

from dataclasses import replace
from pathlib import Path

import pytest

from arncnn.pacs.peer_error import PeerError
from arncnn.pacs.sender import send_due
from arncnn.pacs.spool import Spool
from arncnn.store import LOCAL_USER, Store
from arncnn.store.roles import PACS
from arncnn.store.source import Answer, Arrival, Inbox, NewAnswer, Outcome, SourceSettings
from tests.pacs.orthanc import free_port


def test_nothing_goes_by_settings_that_were_changed_meanwhile(home: Path) -> None:
    store, spool = Store.open(), Spool()
    before = SourceSettings(url=f"http://127.0.0.1:{free_port()}/dicom-web", answer=Answer.STOW)
    source = store.sources.add(LOCAL_USER, "Archive", before)
    name = spool.add(source.id, b"an object")
    uids = dict.fromkeys(
        ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"), "1.2.3"
    )
    store.pacs.take(PACS, [Arrival(name, source.id, 1.0, uids)])
    (body,) = spool.put_answers([b"an answer"])
    answer = NewAnswer("1.2.9", source.id, "1.2.3", "1.2.5", "1.2.4", "1.2", "a" * 64, body)
    kept = ("b" * 64, "a" * 64, 0, "case")
    store.pacs.record(PACS, [Outcome(name, Inbox.READ, reading=kept, answers=(answer,))])
    after = replace(before, url=f"http://127.0.0.1:{free_port()}/dicom-web")
    changed = store.sources.change(LOCAL_USER, source.id, after)

    assert send_due(store, spool, source) == 0  # the thread that still has the old ones
    (waiting,) = store.pacs.due(PACS, source.id, limit=9)
    assert waiting.attempts == 0
    with pytest.raises(PeerError, match="Nothing answers"):
        send_due(store, spool, changed)
    store.close()
