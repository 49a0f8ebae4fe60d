"""Everything that reaches into Streamlit or undoes what it does: the only such place.

Each function says which behaviour it is for, so that it can go when that goes.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from streamlit import runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

__all__ = ["UploadedFile"]  # a widget gives it, and only its module names it


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


@contextmanager
def loading_model() -> Iterator[None]:
    """Within it a model is loaded that stays whole and cheap to have, whatever pages run."""
    keep_keras()
    yield
    leave_out_of_collections()


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


def leave_out_of_collections() -> None:
    """Leaves what is loaded by now out of later garbage collections.

    Streamlit collects after every run, and with TensorFlow loaded that takes hundreds of
    milliseconds in which no session goes on. A model that is replaced is freed when the one
    after it has been loaded.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
