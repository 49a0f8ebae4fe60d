"""What a reading needs is loaded beside the first page and not before it."""

import sys
import threading

import pytest

from pages.ui import warm_up
from tests import event_loop


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What has been loaded so far; nothing is loaded in truth."""
    found: list[str] = []
    monkeypatch.setattr(warm_up, "import_module", found.append)
    monkeypatch.setattr(warm_up.sandbox.shared(), "start", lambda: found.append("sandbox"))
    monkeypatch.setattr(warm_up.libraries_ahead, "load", lambda: found.append("libraries"))
    monkeypatch.setattr(warm_up.workarounds, "keep_keras", lambda: found.append("kept"))
    monkeypatch.setattr(warm_up, "_is_drawn", threading.Event())
    return found


async def _served() -> threading.Thread:
    async with warm_up.lifespan(object()):
        return next(each for each in threading.enumerate() if each.name == "warm-up")


def test_tensorflow_waits_for_the_first_page(
    loaded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm_up, "_NOBODY_S", 60.0)
    thread = event_loop.run(_served())
    thread.join(0.2)
    assert thread.is_alive() and loaded == [
        *warm_up._FOR_A_PAGE,
        "libraries",
        *warm_up._FOR_TENSORFLOW,
    ]
    warm_up.page_is_drawn()
    thread.join(30)
    assert loaded[-3:] == ["sandbox", warm_up._FOR_A_READING, "kept"]


def test_a_page_waits_for_no_more_than_one_package(
    loaded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    held, asked = threading.Event(), threading.Event()
    monkeypatch.setattr(warm_up, "_NOBODY_S", 0.01)

    def slow(name: str) -> None:
        loaded.append(name)
        if name == warm_up._FOR_TENSORFLOW[0]:
            held.set()
            asked.wait(30)

    monkeypatch.setattr(warm_up, "import_module", slow)
    thread = event_loop.run(_served())
    assert held.wait(30)
    threading.Timer(0.2, asked.set).start()
    with warm_up.turns.page():
        drawn_with = list(loaded)
    thread.join(30)
    assert drawn_with[-1] == warm_up._FOR_TENSORFLOW[0] and loaded[-1] == "kept"


def test_python_switches_threads_as_usual_once_all_is_loaded(loaded: list[str]) -> None:
    usual = sys.getswitchinterval()
    warm_up.page_is_drawn()
    event_loop.run(_served()).join(30)
    assert loaded[-1] == "kept" and sys.getswitchinterval() == usual


def test_it_is_loaded_where_nobody_comes(
    loaded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm_up, "_NOBODY_S", 0.01)
    thread = event_loop.run(_served())
    thread.join(30)
    assert loaded[-1] == "kept"


def test_pages_and_loading_take_turns() -> None:
    turns = warm_up.Turns()
    drawn, done = threading.Event(), threading.Event()

    def page() -> None:
        with turns.page():
            drawn.set()
            done.wait(30)

    turns.begin_loading()
    pages = [threading.Thread(target=page) for _ in range(2)]
    for each in pages:
        each.start()
    assert not drawn.wait(0.2), "no page runs while something is loaded"
    turns.end_loading()
    assert drawn.wait(30)
    loading = threading.Thread(target=turns.begin_loading)
    loading.start()
    loading.join(0.2)
    assert loading.is_alive(), "nothing is loaded while a page runs"
    done.set()
    loading.join(30)
    assert not loading.is_alive()


def test_pages_run_again_when_something_cannot_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(warm_up, "import_module", fail)
    warm_up.turns.begin_loading()
    with pytest.raises(ImportError):
        warm_up._load()
    with warm_up.turns.page():
        pass
