"""Without activity a sign-in ends, and it stays so until the person logs in anew."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.operate.acting import Clock, log_in, open_page, texts

pytestmark = pytest.mark.attack

OUT = "You were signed out after a period without activity."
APP = Path(__file__).resolve().parents[3] / "app.py"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def _new_tab(issued_at: float) -> AppTest:
    """Another tab, or the same after a refresh, with a login of that time."""
    tab = AppTest.from_file(str(APP), default_timeout=120)
    log_in(tab, issued_at=issued_at)
    return tab


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
    assert OUT in texts(_new_tab(began_at).run()), "nor must a refresh"
    again = _new_tab(clock.now)
    assert OUT not in texts(again.run())
    assert not again.exception


def test_a_refresh_after_the_idle_time_that_no_run_noticed_is_refused(
    app: AppTest, clock: Clock
) -> None:
    began_at = clock.now
    log_in(app, issued_at=began_at)
    app.run()
    clock.move_on(minutes=31)
    assert OUT in texts(_new_tab(began_at).run())


def test_work_in_one_tab_keeps_the_others_of_the_same_login_signed_in(
    app: AppTest, clock: Clock
) -> None:
    began_at = clock.now
    log_in(app, issued_at=began_at)
    app.run()
    other = _new_tab(began_at)
    for _ in range(3):
        clock.move_on(minutes=20)
        assert OUT not in texts(other.run())
    assert OUT not in texts(app.run())
