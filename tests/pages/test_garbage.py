"""While the dashboard starts no garbage is looked for, and what was loaded never is again."""

import gc
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.runtime.scriptrunner import script_runner

from pages.ui import garbage, workarounds
from tests.two_threads import overlap
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _thawed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(script_runner, "gc", gc)  # what a test puts there is taken back
    yield
    gc.enable()
    gc.unfreeze()


def test_no_garbage_is_looked_for_inside_and_it_is_again_afterwards() -> None:
    frozen = gc.get_freeze_count()
    with garbage.paused():
        assert not gc.isenabled()
        kept = [[] for _ in range(100)]
    assert gc.isenabled() and gc.get_freeze_count() > frozen + len(kept)


def test_two_threads_that_load_at_a_time_leave_the_search_on() -> None:
    overlap(garbage.paused)
    assert gc.isenabled()


def test_it_is_looked_for_again_when_loading_fails() -> None:
    with pytest.raises(ImportError), garbage.paused():
        raise ImportError
    assert gc.isenabled()


def test_what_is_loaded_is_left_out_of_collections_and_later_garbage_is_not() -> None:
    garbage.leave_out_model()
    frozen = gc.get_freeze_count()
    assert frozen > 100_000, "TensorFlow alone has more objects"
    loop: list[object] = []
    loop.append(loop)
    del loop
    assert gc.collect() >= 1
    assert gc.get_freeze_count() == frozen


def test_the_garbage_of_a_replaced_model_is_freed_when_the_next_one_settles() -> None:
    class Model:
        freed = False

        def __del__(self) -> None:
            Model.freed = True

    replaced = Model()
    replaced.itself = replaced
    garbage.leave_out_model()
    del replaced
    gc.collect()
    assert not Model.freed
    garbage.leave_out_model()
    assert Model.freed


def test_runs_that_ask_within_a_second_share_one_search(monkeypatch: pytest.MonkeyPatch) -> None:
    searches: list[float] = []
    monkeypatch.setattr(garbage, "_SOON_S", 0.3)
    monkeypatch.setattr(garbage.gc, "collect", lambda: searches.append(time.monotonic()))
    workarounds.collect_after_runs()
    asked_at = time.monotonic()
    for _ in range(20):
        script_runner.gc.collect(2)
    assert not searches
    assert wait_until(lambda: searches)
    assert searches[0] >= asked_at + 0.3 and len(searches) == 1
    script_runner.gc.collect(2)
    assert wait_until(lambda: len(searches) == 2)


def test_a_search_asked_for_before_something_is_loaded_is_called_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searches: list[int] = []
    monkeypatch.setattr(garbage, "_SOON_S", 0.05)
    monkeypatch.setattr(garbage.gc, "collect", lambda: searches.append(1))
    with garbage.paused():
        garbage.collect_soon()
        assert wait_until(lambda: not garbage._asked.locked())
    assert not searches
