"""What the first page and the first reading need, loaded once the server listens.

A browser takes half a second and more to fetch the dashboard's own files; meanwhile what pages
import is loaded. TensorFlow, which holds Python back for seconds, waits until a page is drawn, or
until nobody seems to be waiting for one.

Pages and this loading take turns: two threads that import the same packages from different ends
can be handed a module that is half imported, and the page would fail.
"""

import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib import import_module
from typing import Any

from arncnn.errors import ArncnnError
from arncnn.intake import sandbox
from arncnn.network import libraries_ahead
from pages.ui import garbage, workarounds

_FOR_A_PAGE = ("arncnn.cases.service", "arncnn.cases.batch", "pages.ui.caches")
_FOR_A_READING = "arncnn.inference.reader"  # brings TensorFlow
# What TensorFlow's import brings in besides: each in a turn of its own, while the browser loads.
_FOR_TENSORFLOW = ("pandas", "scipy.special", "h5py", "opt_einsum", "rich.console", "requests")
_NOBODY_S = 2.0  # without a page by then, nobody is waiting for one
_SENT_S = 0.05  # until what was drawn is on its way to the browser
_BRISK_S = 0.0005  # what is served meanwhile waits no longer for Python; usual are 0.005
_is_drawn = threading.Event()


class Turns:
    """Pages run beside each other; loading runs beside none of them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._pages = 0
        self._is_loading = False

    @contextmanager
    def page(self) -> Iterator[None]:
        """For a run of a page; waits until nothing is being loaded, and comes before the rest."""
        with self._changed:
            self._pages += 1
        try:
            with self._changed:
                self._changed.wait_for(lambda: not self._is_loading)
            yield
        finally:
            with self._changed:
                self._pages -= 1
                self._changed.notify_all()

    def begin_loading(self) -> None:
        """Waits until no page runs or waits; from now on pages wait."""
        with self._changed:
            self._changed.wait_for(lambda: not self._pages)
            self._is_loading = True

    def end_loading(self) -> None:
        """Lets pages run again."""
        with self._changed:
            self._is_loading = False
            self._changed.notify_all()


turns = Turns()


def page_is_drawn() -> None:
    """Lets what a reading needs be loaded; said after every page, counts once."""
    _is_drawn.set()


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[dict[str, Any]]:
    """Of the served dashboard: loading begins with it, beside the requests."""
    turns.begin_loading()  # here, before the first request can be taken
    garbage.pause()
    threading.Thread(target=_load, name="warm-up", daemon=True).start()
    yield {}


def _load() -> None:
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(_BRISK_S)
    try:
        _load_in_turns()
    finally:
        sys.setswitchinterval(usual_s)


def _load_in_turns() -> None:
    try:
        for module in _FOR_A_PAGE:
            import_module(module)
    finally:
        garbage.resume()
        turns.end_loading()
    libraries_ahead.load()
    for module in _FOR_TENSORFLOW:
        _take_turn(module)
    if _is_drawn.wait(_NOBODY_S):
        time.sleep(_SENT_S)
    try:
        sandbox.shared().start()
    except ArncnnError:
        return  # no fork on this machine; the first file says so
    _take_turn(_FOR_A_READING)
    workarounds.keep_keras()


def _take_turn(module: str) -> None:
    turns.begin_loading()
    try:
        with garbage.paused():
            import_module(module)
    finally:
        turns.end_loading()
