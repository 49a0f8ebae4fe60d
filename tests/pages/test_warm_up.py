"""What a reading needs is loaded beside the first page and not before it."""

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
    assert thread.is_alive() and loaded == list(warm_up._FOR_A_PAGE)
    warm_up.page_is_drawn()
    thread.join(30)
    assert loaded[-3:] == ["sandbox", warm_up._FOR_A_READING, "kept"]


def test_it_is_loaded_where_nobody_comes(
    loaded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm_up, "_NOBODY_S", 0.01)
    thread = event_loop.run(_served())
    thread.join(30)
    assert loaded[-1] == "kept"


def test_a_page_waits_until_pandas_is_imported_whole(
    loaded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    half, whole = threading.Event(), threading.Event()

    def load(name: str) -> None:
        half.set()
        if name == "pandas":
            whole.wait(30)
        loaded.append(name)

    monkeypatch.setattr(warm_up, "import_module", load)
    thread = event_loop.run(_served())
    assert half.wait(30)
    page = threading.Thread(target=warm_up.wait_for_pandas)
    page.start()
    page.join(0.2)
    assert page.is_alive()
    whole.set()
    page.join(30)
    assert not page.is_alive() and "pandas" in loaded
    warm_up.page_is_drawn()
    thread.join(30)
