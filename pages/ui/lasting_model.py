"""Keeps the model that is in service whole, and cheap to have, between two runs of a page."""

import gc


def keep() -> None:
    """Stops Keras from being emptied after every run of a page.

    Streamlit does that for scripts that build a model on every run
    (``script_runner._clean_problem_modules``). Here one model outlives all pages, and being
    emptied would cost the next reading its compiled kernels.
    """
    import keras

    keras.backend.clear_session = _leave


def _leave(*_arguments: object, **_options: object) -> None:
    """Stands for ``clear_session``: nothing is cleared."""


def settle() -> None:
    """Leaves what is loaded by now out of later garbage collections.

    Streamlit collects after every run, and with TensorFlow loaded that takes hundreds of
    milliseconds in which no session goes on. A model that is replaced is freed when the one
    after it settles.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
