"""Sources and Find in PACS through ``app.py``: added, tested, paused, parked rows tried again."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from arncnn.pacs.spool import Spool
from arncnn.store import LOCAL_USER, Role, Store
from arncnn.store.roles import PACS
from arncnn.store.source import Answer, Arrival, Inbox, NewAnswer, Outcome, SourceSettings
from tests.pacs.orthanc import free_port
from tests.pages.operate.acting import button, enter, open_page, texts
from tests.store.made_up import new_case

_UIDS = {
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.1",
    "SOPInstanceUID": "1.2.3",
    "StudyInstanceUID": "1.2.4",
    "SeriesInstanceUID": "1.2.5",
}


@pytest.fixture
def source_id(store: Store) -> str:
    settings = SourceSettings(url=f"http://127.0.0.1:{free_port()}/dicom-web", answer=Answer.STOW)
    return store.sources.add(LOCAL_USER, "Archive", settings).id


def test_no_source_yet_and_one_is_added(app: AppTest, store: Store) -> None:
    page = open_page(app, "sources")
    assert "No archive is connected yet" in texts(page)
    page.text_input(key="new_source_name").set_value("Radiology")
    page.text_input(key="new_source_url").set_value("https://user:word@pacs.example")
    button(page, "Add").click().run()
    assert "Leave user name and password out" in texts(page)
    page.text_input(key="new_source_url").set_value("https://pacs.example/dicom-web")
    button(page, "Add").click().run()
    assert not page.exception
    (source,) = store.sources.list(LOCAL_USER)
    assert (source.name, source.settings.url) == ("Radiology", "https://pacs.example/dicom-web")
    assert store.audit.entries(LOCAL_USER).entries[0].action == "source.add"


def test_a_test_of_the_connection_says_what_is_wrong(app: AppTest, source_id: str) -> None:
    page = open_page(app, "sources")
    button(page, "Test the connection").click().run()
    assert "DICOMweb: Nothing answers at 127.0.0.1" in texts(page)
    assert "start `python -m arncnn pacs work`" in page.warning[0].value


def test_it_is_paused_and_what_is_parked_is_tried_again(
    app: AppTest, store: Store, source_id: str, home: Path
) -> None:
    name = Spool().add(source_id, b"an object")
    store.pacs.take(PACS, [Arrival(name, source_id, 1.0, _UIDS)])
    (body,) = Spool().put_answers([b"an answer"])
    answer = NewAnswer("1.2.9", source_id, "1.2.3", "1.2.5", "1.2.4", "1.2", "a" * 64, body)
    kept = ("b" * 64, "a" * 64, 0, "case")
    store.pacs.record(PACS, [Outcome(name, Inbox.READ, reading=kept, answers=(answer,))])
    store.pacs.failed(PACS, source_id, ["1.2.9"], "The archive refuses our password.", None)
    page = open_page(app, "sources")
    assert list(page.dataframe[0].value["Why"]) == ["The archive refuses our password."]
    button(page, "Try again").click().run()
    assert [row.uid for row in store.pacs.due(PACS, source_id, limit=9)] == ["1.2.9"]
    button(page, "Pause").click().run()
    assert "Archive (paused)" in texts(page)
    assert store.sources.list(LOCAL_USER)[0].is_paused
    actions = [line.action for line in store.audit.entries(LOCAL_USER).entries]
    assert actions[:3] == ["source.pause", "source.retry", "pacs.park"]


@pytest.mark.attack
def test_only_an_administrator_changes_sources(app: AppTest, store: Store, source_id: str) -> None:
    enter(app, store, Role.VIEWER)
    page = open_page(app, "sources")
    for label in ("Add", "Save", "Pause", "Try again"):
        assert button(page, label).disabled, label


def test_find_in_pacs_without_and_with_an_archive(app: AppTest, store: Store) -> None:
    app.switch_page("pages/scan/find.py").run()
    assert "No archive can be searched" in texts(app)
    settings = SourceSettings(url=f"http://127.0.0.1:{free_port()}/dicom-web")
    store.sources.add(LOCAL_USER, "Archive", settings)
    app.switch_page("pages/scan/find.py").run()
    assert not app.exception
    app.text_input(key="study_patient").set_value("P1")
    button(app, "Search").click().run()
    assert "Nothing answers at 127.0.0.1" in texts(app)


def test_the_worklist_says_where_a_case_is_from_and_links_to_its_study(
    app: AppTest, store: Store, home: Path
) -> None:
    viewer = "https://pacs.example/viewer?StudyInstanceUIDs={study}"
    settings = SourceSettings(ae_title="CT1", host="127.0.0.1", viewer=viewer)
    source = store.sources.add(LOCAL_USER, "CT room", settings)
    cases = [store.cases.add(LOCAL_USER, new_case(number)) for number in (1, 2)]
    name = Spool().add(source.id, b"an object")
    store.pacs.take(PACS, [Arrival(name, source.id, 1.0, _UIDS)])
    kept = ("b" * 64, "a" * 64, 0, cases[0].id)
    store.pacs.record(PACS, [Outcome(name, Inbox.READ, reading=kept)])
    app.switch_page("pages/scan/worklist.py").run()
    assert not app.exception
    table = app.dataframe[0].value
    rows = dict(zip(table["Case"], zip(table["Source"], table["Study"], strict=True), strict=True))
    assert rows[cases[0].id[:6]] == ("CT room", viewer.replace("{study}", "1.2.4"))
    assert rows[cases[1].id[:6]] == ("", "")
    app.selectbox(key="filter_source").select(source.id).run()
    assert list(app.dataframe[0].value["Case"]) == [cases[0].id[:6]]
    app.selectbox(key="filter_source").set_value(None)
    app.text_input(key="filter_search").set_value(_UIDS["StudyInstanceUID"] + ".9").run()
    assert "No case matches" in texts(app)
    app.text_input(key="filter_search").set_value(_UIDS["StudyInstanceUID"]).run()
    assert list(app.dataframe[0].value["Case"]) == [cases[0].id[:6]]
