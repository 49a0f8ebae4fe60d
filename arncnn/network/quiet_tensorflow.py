"""TensorFlow's import, without its start-up notes and quicker.

A person's terminal is for the program's words.

Its C++ libraries write to standard error while they load, before any setting of theirs counts:
that oneDNN is on, that no CUDA driver was found. So the file descriptor points elsewhere during
the import, and whatever is no such note is passed on after it. Real errors are exceptions.

The import makes half a million objects that stay: looking through them for garbage again and again
took a quarter of its time, so Python does that neither meanwhile nor, of these, ever after.
"""

import gc
import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

LEVEL = "TF_CPP_MIN_LOG_LEVEL"
"""TensorFlow's own setting for the time after its import: 0 shows all, also while it loads."""

_STANDARD_ERROR = 2
_turn = threading.RLock()  # two that overlap would each put back what the other has put there
_NOTE = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog\(\)"
    rb"|(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: )?[IWE](\d{4})? "  # absl's severities but Fatal
    rb"|To enable the following instructions: "
)


def install() -> None:
    """Have the next ``import tensorflow``, by whomever, be a quiet one."""
    os.environ.setdefault(LEVEL, "3")
    if "tensorflow" not in sys.modules:
        sys.meta_path.insert(0, _QuietFinder())


class _QuietFinder:
    """Finds TensorFlow where it is, and loads it within ``without_notes``."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if fullname != "tensorflow":
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def quietly(module: ModuleType) -> None:
                with without_notes(), without_garbage():
                    execute(module)

            spec.loader.exec_module = quietly  # type: ignore[method-assign]
        return spec


@contextmanager
def without_garbage() -> Iterator[None]:
    """Look for no garbage inside the block, and later not among what is there by its end."""
    was_looked_for = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_looked_for:
            gc.enable()


@contextmanager
def without_notes() -> Iterator[None]:
    """Keep start-up notes from standard error; all of it is shown when the block raises.

    The descriptor is the whole process's, so another thread that asks for the same waits.
    """
    with _turn:
        yield from _without_notes()


def _without_notes() -> Iterator[None]:
    import tempfile

    if os.environ.get(LEVEL) == "0":
        yield
        return
    try:
        terminal = os.dup(_STANDARD_ERROR)
    except OSError:  # closed: nobody can be disturbed
        yield
        return
    is_note = _NOTE.match
    with tempfile.TemporaryFile() as written:
        os.dup2(written.fileno(), _STANDARD_ERROR)
        try:
            yield
        except BaseException:
            is_note = re.compile(rb"(?!)").match
            raise
        finally:
            os.dup2(terminal, _STANDARD_ERROR)
            os.close(terminal)
            written.seek(0)
            for line in written:
                if not is_note(line):
                    os.write(_STANDARD_ERROR, line)
