"""Without activity a sign-in ends, and it stays so until the person logs in anew."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.operate.acting import Clock, log_in, open_page, texts

OUT = "You were signed out after a time without activity."
APP = Path(__file__).resolve().parents[3] / "app.py"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def _new_tab() -> AppTest:
    return AppTest.from_file(str(APP), default_timeout=120)


def test_who_was_signed_out_as_idle_stays_out_until_a_fresh_login(
    app: AppTest, clock: Clock
) -> None:
    began_at = clock.now
    log_in(app, issued_at=began_at)
    open_page(app, "retraining")
    assert OUT not in texts(app)
    clock.move_on(minutes=31)
    assert OUT in texts(app.run())
    assert OUT in texts(app.run()), "the next run must not sign in anew from the same login"
    refreshed = _new_tab()
    log_in(refreshed, issued_at=began_at)
    assert OUT in texts(refreshed.run()), "nor must a refresh"
    again = _new_tab()
    log_in(again, issued_at=clock.now)
    assert OUT not in texts(again.run())
    assert not again.exception


def test_a_refresh_after_the_idle_time_that_no_run_noticed_is_refused(
    app: AppTest, clock: Clock
) -> None:
    began_at = clock.now
    log_in(app, issued_at=began_at)
    app.run()
    clock.move_on(minutes=31)
    refreshed = _new_tab()
    log_in(refreshed, issued_at=began_at)
    assert OUT in texts(refreshed.run())


def test_work_in_one_tab_keeps_the_others_of_the_same_login_signed_in(
    app: AppTest, clock: Clock
) -> None:
    began_at = clock.now
    log_in(app, issued_at=began_at)
    app.run()
    other = _new_tab()
    log_in(other, issued_at=began_at)
    for _ in range(3):
        clock.move_on(minutes=20)
        assert OUT not in texts(other.run())
    assert OUT not in texts(app.run())
