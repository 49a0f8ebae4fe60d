"""What an account may do is asked at the press, also in what was drawn before it was lost."""

import io
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from arncnn.cases.service import CaseService
from arncnn.errors import PermissionDenied
from arncnn.store import LOCAL_USER, Actor, Role, Store
from arncnn.store.job import State
from arncnn.uploads.spool import Given
from pages.ui import caches
from pages.ui.scan import case_downloads
from tests.pages.operate.acting import (
    Clock,
    button,
    change_account,
    enter,
    keep_downloads,
    log_in,
    made_case,
    measured,
    open_page,
    run_fragment,
    running,
    texts,
)

pytestmark = pytest.mark.attack

OUT = "You were signed out after a period without activity."
LOSSES = [
    pytest.param({"is_active": False}, "switched off", id="switched off"),
    pytest.param({"held": ()}, "needs the role", id="without a role"),
]


@pytest.mark.parametrize(("loss", "sentence"), LOSSES)
def test_a_drawn_export_gives_nothing_to_who_may_no_longer_have_it(
    app: AppTest, store: Store, monkeypatch: pytest.MonkeyPatch, loss: dict, sentence: str
) -> None:
    case = made_case(store)
    downloads = keep_downloads(monkeypatch)
    enter(app, store, Role.CLINICIAN, Role.APPROVER)
    app.switch_page("pages/scan/worklist.py").run()
    open_page(app, "audit")
    audit = downloads["Export CSV"]
    app.switch_page("pages/scan/worklist.py").run()
    drawn = [audit, downloads["Export CSV"], downloads["Export JSON"]]
    assert case.id in drawn[1]() and case.id in drawn[2]()
    assert "user.change" in audit()
    change_account(store, **loss)
    for download in drawn:
        with pytest.raises(PermissionDenied, match=sentence):
            download()


def _downloads(case_id: str) -> None:
    from types import SimpleNamespace

    from pages.ui import sign_in
    from pages.ui.scan import case_downloads

    sign_in.actor()
    opened = SimpleNamespace(case=SimpleNamespace(id=case_id), reading=SimpleNamespace(kind="png"))
    case_downloads.show(opened, None, key="downloads")
    case_downloads.show_sheet(opened, key="sheet")


@pytest.mark.parametrize(("loss", "sentence"), LOSSES)
def test_a_drawn_report_gives_nothing_to_who_may_no_longer_read_cases(
    app: AppTest, store: Store, monkeypatch: pytest.MonkeyPatch, loss: dict, sentence: str
) -> None:
    monkeypatch.setattr(case_downloads, "_report", lambda *_: "a report")
    monkeypatch.setattr(case_downloads, "_sheet", lambda *_: b"%PDF")
    monkeypatch.setattr(case_downloads.picture, "png", lambda _: b"a picture")
    monkeypatch.setattr(case_downloads, "_plate", lambda *_: None)
    drawn = keep_downloads(monkeypatch)
    case = made_case(store)
    page = AppTest.from_function(_downloads, args=(case.id,), default_timeout=120)
    enter(page, store, Role.VIEWER)
    page.run()
    assert not page.exception
    for download in drawn.values():
        with pytest.raises(PermissionDenied, match="needs the role"):
            download()
    enter(page, store, Role.CLINICIAN)
    page.run()
    assert [download() for download in drawn.values()] == [b"a picture", "a report", b"%PDF"]
    lines = store.audit.entries(LOCAL_USER).entries[:3]
    assert [(line.action, line.subject, line.detail["what"]) for line in lines] == [
        ("case.download", f"cases:{case.id}", "PDF report"),
        ("case.download", f"cases:{case.id}", "report"),
        ("case.download", f"cases:{case.id}", "overlay"),
    ]
    change_account(store, **loss)
    for download in drawn.values():
        with pytest.raises(PermissionDenied, match=sentence):
            download()


@pytest.mark.parametrize(("loss", "sentence"), LOSSES)
def test_a_press_in_a_fragment_does_nothing_for_who_may_no_longer_press(
    app: AppTest, store: Store, loss: dict, sentence: str
) -> None:
    measured()
    job, _ = running(store)
    enter(app, store, Role.TRAINER)
    open_page(app, "retraining")
    change_account(store, **loss)
    button(app, "Cancel").click()
    run_fragment(app)
    assert store.jobs.get(LOCAL_USER, job.id).stop_flag is None
    assert sentence in texts(app)


@pytest.mark.parametrize(("loss", "sentence"), LOSSES)
def test_a_press_in_a_dialog_does_nothing_for_who_may_no_longer_press(
    app: AppTest, store: Store, loss: dict, sentence: str
) -> None:
    measured()
    enter(app, store, Role.TRAINER)
    open_page(app, "retraining")
    button(app, "Retrain").click().run()
    change_account(store, **loss)
    button(app, "Queue it").click()
    run_fragment(app)
    assert not app.exception
    assert store.jobs.list(LOCAL_USER).jobs == ()
    assert sentence in texts(app)


def test_a_page_that_polls_is_no_activity_and_a_press_in_it_is(
    app: AppTest, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    measured()
    job, _ = running(store)
    enter(app, store, Role.TRAINER, issued_at=clock.now)
    open_page(app, "retraining")
    clock.move_on(minutes=20)
    button(app, "Cancel").click()
    run_fragment(app)
    assert store.jobs.get(LOCAL_USER, job.id).stop_flag == "cancel"
    clock.move_on(minutes=20)
    assert OUT not in texts(run_fragment(app))
    clock.move_on(minutes=11)
    run_fragment(app)
    assert OUT in texts(app), "31 minutes after the last press, however often the page polled"


def _reader() -> None:
    import streamlit as st

    from pages.ui import sign_in

    @st.fragment
    def looks() -> None:
        st.caption(f"{sign_in.acting().name} looks closer")
        st.button("Closer")

    sign_in.actor()
    looks()


def test_work_inside_a_fragment_keeps_a_reader_signed_in(
    app: AppTest, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    page = AppTest.from_function(_reader, default_timeout=120)
    log_in(page, issued_at=clock.now)
    page.run()
    for _ in range(3):
        clock.move_on(minutes=20)
        button(page, "Closer").click()
        assert "looks closer" in texts(run_fragment(page))
    assert OUT not in texts(page.run())
    clock.move_on(minutes=31)
    button(page, "Closer").click()
    assert OUT in texts(run_fragment(page))


def test_who_is_switched_off_while_files_are_read_leaves_the_rest_unread(
    app: AppTest, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []

    def read_all(service: CaseService, actor: Actor, items: tuple) -> list[SimpleNamespace]:
        read.append((actor.name, items))
        change_account(store, is_active=False)
        return [SimpleNamespace(case=SimpleNamespace(id="0123456789abcdef", frames=1))]

    monkeypatch.setattr(CaseService, "read_all", read_all)
    enter(app, store, Role.CLINICIAN)
    given = [Given(io.BytesIO(bytes([n])), f"{n}.png", 1) for n in range(3)]
    (clara,) = store.users.list(LOCAL_USER)
    work = caches.cases().spool.add(clara.id, given)
    assert "switched off" in texts(app.run())
    assert [name for name, _ in read] == ["clara@clinic.example"]
    assert len(work.outcomes) == 1 and work.is_working


def test_a_training_that_waits_is_cancelled_by_who_may(app: AppTest, store: Store) -> None:
    measured()
    job = store.jobs.submit(LOCAL_USER, {"recipe": "fine-tune"})
    enter(app, store, Role.TRAINER)
    open_page(app, "retraining")
    button(app, "Cancel").click()
    run_fragment(app)
    assert store.jobs.get(LOCAL_USER, job.id).state is State.CANCELLED
    assert store.audit.entries(LOCAL_USER).entries[0].actor == "clara@clinic.example"
