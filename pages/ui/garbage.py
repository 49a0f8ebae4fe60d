"""Python's search for garbage, while the dashboard starts and a model is loaded.

Imports make hundreds of thousands of objects that stay, and hardly any garbage; looking through
them again and again took a quarter of TensorFlow's import and a third of what pages import. So
the search pauses meanwhile, and what has been loaded is left out of all later ones: Streamlit
searches after every run of a page, which would take hundreds of milliseconds each time.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_has_model = False


def pause() -> None:
    """Stops the search until ``resume``."""
    gc.disable()


def resume() -> None:
    """Lets the search go on, without what is there by now."""
    gc.freeze()
    gc.enable()


@contextmanager
def paused() -> Iterator[None]:
    """Without a search inside the block."""
    pause()
    try:
        yield
    finally:
        resume()


def leave_out_model() -> None:
    """Leaves a model that has been loaded out; frees the one it replaces, if any."""
    global _has_model
    if _has_model:
        gc.unfreeze()
        gc.collect()
    _has_model = True
    gc.freeze()
