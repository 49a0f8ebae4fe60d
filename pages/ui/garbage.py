"""Python's search for garbage: not while packages or a model load, and never in a run's way.

Imports make hundreds of thousands of objects that stay, and hardly any garbage; looking through
them again and again took a quarter of TensorFlow's import and a third of what pages import. So
the search pauses meanwhile, and what has been loaded is left out of all later ones. Streamlit
searches after every run of a page, and from an upload to its result a page runs three times: so
runs only ask for a search, and one is made for all that ask within a second.
"""

import gc
import threading

from arncnn.network.quiet_tensorflow import without_garbage

_SOON_S = 1.0
_has_model = False
_asked = threading.Lock()  # held while a search is to come


def pause() -> None:
    """Stops the search until ``resume``."""
    gc.disable()


def resume() -> None:
    """Lets the search go on, without what is there by now."""
    gc.freeze()
    gc.enable()


paused = without_garbage
"""Without a search inside the block; as it was before, after it."""


def leave_out_model() -> None:
    """Leaves a model that has been loaded out; frees the one it replaces, if any."""
    global _has_model
    if _has_model:
        gc.unfreeze()
        gc.collect()
    _has_model = True
    gc.freeze()


def collect_soon(_generation: int = 2) -> None:
    """Searches a second from now, by itself; asked for again meanwhile, once."""
    if _asked.acquire(blocking=False):
        later = threading.Timer(_SOON_S, _collect)
        later.daemon = True
        later.start()


def _collect() -> None:
    _asked.release()
    if gc.isenabled():  # else something is being loaded, and the search is called off
        gc.collect()
