"""Full precision: networks that are served and measured compute in float32.

Training may run in mixed bfloat16, which keeps 8 bits of every number. What is sealed, proven
on golden images and calibrated is the network as every machine will serve it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import keras


@contextmanager
def full_precision() -> Iterator[None]:
    """Build networks in float32, whatever the process trains in."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
