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
