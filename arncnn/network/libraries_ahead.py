"""TensorFlow's two large libraries, mapped ahead of its import and beside Python.

An import holds all of Python back while the system links a gigabyte of code and its 100 MB of
addresses. Called as a foreign function the same work holds nobody back, and the import finds it
done.
"""

import ctypes
import os
from importlib.machinery import PathFinder
from pathlib import Path

from arncnn.network import quiet_tensorflow

_LIBRARIES = ("libtensorflow_framework.so.2", "libtensorflow_cc.so.2")  # in the order of need


def load() -> None:
    """Maps what is there; without them, as on macOS, the import does all by itself."""
    found = PathFinder.find_spec("tensorflow")
    if found is None or found.origin is None:
        return
    system = ctypes.CDLL(None)
    system.dlopen.argtypes, system.dlopen.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
    with quiet_tensorflow.without_notes():
        for name in _LIBRARIES:
            file = Path(found.origin).with_name(name)
            if not file.exists() or system.dlopen(os.fsencode(file), os.RTLD_LAZY) is None:
                return
