"""What the first page and the first reading need, loaded once the server listens.

A browser takes half a second and more to fetch the dashboard's own files; meanwhile what pages
import is loaded. TensorFlow, which holds Python back for seconds, waits until a page is drawn, or
until nobody seems to be waiting for one.
"""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from arncnn.errors import ArncnnError
from arncnn.intake import sandbox
from pages.ui import workarounds

_FOR_A_PAGE = ("pandas", "arncnn.cases.service", "arncnn.cases.batch", "alembic.command")
_FOR_A_READING = "arncnn.inference.reader"  # brings TensorFlow
_NOBODY_S = 2.0  # without a page by then, nobody is waiting for one
_is_drawn = threading.Event()
_pages_may_load = threading.Event()  # Plotly takes pandas as it finds it, half imported too
_pages_may_load.set()  # where nothing is loaded beside the pages


def page_is_drawn() -> None:
    """Lets what a reading needs be loaded; said after every page, counts once."""
    _is_drawn.set()


def wait_for_pandas() -> None:
    """Comes back when no page can find pandas half imported."""
    _pages_may_load.wait()


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[dict[str, Any]]:
    """Of the served dashboard: loading begins with it, beside the requests."""
    _pages_may_load.clear()
    threading.Thread(target=_load, name="warm-up", daemon=True).start()
    yield {}


def _load() -> None:
    for module in _FOR_A_PAGE:
        try:
            import_module(module)
        finally:
            _pages_may_load.set()
    _is_drawn.wait(_NOBODY_S)
    try:
        sandbox.shared().start()
    except ArncnnError:
        return  # no fork on this machine; the first file says so
    import_module(_FOR_A_READING)
    workarounds.keep_keras()
