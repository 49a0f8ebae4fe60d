"""Everything that reaches into Streamlit or undoes what it does: the only such place.

Each function says which behaviour it is for, so that it can go when that goes.
"""

import re
import secrets
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import streamlit as st
from streamlit import config, file_util, runtime
from streamlit.components.v2.component_registry import BidiComponentDefinition
from streamlit.runtime import memory_media_file_storage
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx, script_runner
from streamlit.runtime.uploaded_file_manager import UploadedFile
from streamlit.web.server.starlette import starlette_server
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from pages.ui import garbage

__all__ = ["UploadedFile", "is_host_allowed"]  # only their modules name them

_FILE_COST = 16 << 10  # bytes of bookkeeping that a file takes at most, so many small ones count
_SCRIPT = re.compile(r"static/js/([\w.-]+\.js)")
_IMPORTED = re.compile(r"(?:from|import)\s*[\"']\./([\w.-]+\.js)[\"']")
_NAMING_KEY = secrets.token_bytes(32)  # of pictures' addresses; a restart makes another


def route_from_the_start() -> None:
    """Makes a bookmarked page found that is the first request to a fresh server.

    A folder named pages makes Streamlit take the server for one of its old multipage apps until
    the router has run once: until then any page but the first would be "not found".
    """
    PagesManager.uses_pages_directory = False


def keep_caches() -> None:
    """Leaves a visitor's message that asks for emptied caches without effect.

    Any browser may send it, signed in or not, and it would empty them for everybody: the store
    would be opened anew and every figure drawn again.
    """
    AppSession._handle_clear_cache_request = _leave  # type: ignore[method-assign]


def collect_after_runs() -> None:
    """Has a run ask for garbage to be collected soon, where Streamlit makes the next run wait."""
    script_runner.gc = SimpleNamespace(collect=garbage.collect_soon)  # type: ignore[assignment]


def send_at_once() -> None:
    """Has what is sent leave at once, not when the browser has acknowledged what went before.

    Streamlit binds its socket without a protocol, and asyncio then leaves Nagle's algorithm on: the
    second of two small writes waited some 40 ms for the browser's delayed acknowledgement.
    """
    bind = starlette_server._bind_socket

    def bound(address: str, port: int, backlog: int) -> socket.socket:
        found = bind(address, port, backlog)
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # its connections inherit it
        return found

    starlette_server._bind_socket = bound


def session() -> str | None:
    """Which session runs this page; None outside of a server."""
    context = get_script_run_ctx()
    return context.session_id if context else None


def is_open(session_id: str) -> bool:
    """Whether a session still shows a page, of which Streamlit tells no script."""
    return runtime.exists() and runtime.get_instance().is_active_session(session_id)


def free_memory_of(given: Sequence[UploadedFile]) -> None:
    """Frees the memory that an upload was received in: else it is held until its session ends."""
    context = get_script_run_ctx()
    if context is None:
        return
    manager = context.uploaded_file_mgr
    if isinstance(manager, MemoryUploadedFileManager):
        for file in given:
            manager.remove_file(session_id=context.session_id, file_id=file.file_id)


def held_bytes() -> dict[str, int]:
    """What each session's uploads hold in memory, each file with the cost of keeping it."""
    manager = _uploads()
    return {
        session_id: sum(len(file.data) + _FILE_COST for file in tuple(files.values()))
        for session_id, files in tuple(manager.file_storage.items())
    }


def forget_closed_sessions() -> set[str]:
    """Frees what sessions hold that nobody can come back to; gives those that are left.

    Streamlit looks for sessions whose time to reconnect is over only when another one leaves,
    and an upload that arrives after its session has gone would stay for good.
    """
    sessions: Any = runtime.get_instance()._session_mgr
    for _, left in sessions._session_storage._cache.expire():
        left.session.shutdown()
    inside = (*sessions.list_active_sessions(), *sessions._session_storage.list())
    known = {each.session.id for each in inside}
    for session_id in _uploads().file_storage.keys() - known:
        _uploads().remove_session_files(session_id)
    return known


def _uploads() -> MemoryUploadedFileManager:
    return cast(MemoryUploadedFileManager, runtime.get_instance().uploaded_file_mgr)


def hide_addresses_of_pictures() -> None:
    """Gives a picture another address in every session, which nobody can work out.

    Streamlit names it by its content, so that whoever knows a picture could ask any session's
    server whether it is shown, and fetch it as long as anybody looks at it.
    """
    memory_media_file_storage._calculate_file_id = _hidden_name


def _hidden_name(data: bytes, mimetype: str, filename: str | None = None) -> str:
    shown_by = session() or secrets.token_hex(16)  # a download is made outside of any run
    name = blake2b(data, digest_size=16, key=_NAMING_KEY)
    for part in (mimetype, filename or "", shown_by):
        name.update(b"\0" + part.encode())
    return name.hexdigest()


def mount(name: str, script: Path, address: str, **options: Any) -> Mapping[str, Any]:
    """Draws a component whose script is served by a route of this dashboard.

    Streamlit serves scripts of installed distributions alone; what it is handed as text it loads
    from an address that the pages' policy forbids, and sends with every message.

    Args:
        name: of the component.
        script: the file.
        address: below ``_stcore/bidi-components/<name>``.
        options: the key, the data, and what is called when the script tells something.
    """
    registry = runtime.get_instance().bidi_component_registry
    if registry.get(name) is None:
        registry.register(
            BidiComponentDefinition(name=name, js=str(script), js_asset_relative_path=address)
        )
    return cast(Mapping[str, Any], st._bidi_component(name, **options))


def start_page() -> str:
    """The document that every page begins with."""
    return Path(file_util.get_static_dir(), "index.html").read_text(encoding="utf-8")


def scripts_of(*components: str) -> list[str]:
    """The files that a browser fetches once it draws these components, from the document's place.

    The document names only what every app needs; each of a page's components would be asked for,
    file after file, when the page's content has arrived.

    Args:
        components: as Streamlit's built files are called, up to the first dot.
    """
    folder = Path(file_util.get_static_dir(), "static", "js")
    known = set(_SCRIPT.findall(start_page()))
    wanted = [file.name for name in components for file in folder.glob(f"{name}.*.js")]
    found: list[str] = []
    while wanted:
        name = wanted.pop(0)
        if name not in known:
            known.add(name)
            found.append(f"static/js/{name}")
            wanted += _IMPORTED.findall((folder / name).read_text(encoding="utf-8"))
    return found


def seconds_to_reconnect() -> float:
    """How long a session without a browser is kept for it to come back."""
    return float(config.get_option("server.disconnectedSessionTTL"))


@contextmanager
def loading_model() -> Iterator[None]:
    """Within it a model is loaded that stays whole and cheap to have, whatever pages run."""
    keep_keras()
    with garbage.paused():
        yield
    garbage.leave_out_model()


def keep_keras() -> None:
    """Stops Keras from being emptied after every run of a page.

    Streamlit does that for scripts that build a model on every run
    (``script_runner._clean_problem_modules``). Here one model outlives all pages, and being
    emptied would cost the next reading its compiled kernels.
    """
    import keras

    keras.backend.clear_session = _leave


def _leave(*_arguments: object, **_options: object) -> None:
    """Stands for ``clear_session``: nothing is cleared."""
