"""Intake: any file's bytes to a ``Scan``, or a typed reason why not.

``open_scan`` and ``open_bytes`` read one file, ``expand`` walks files, folders and ZIPs.
All decoding happens in the sandbox; importing this package loads no decoder.
"""

from arncnn.intake.open import identify_bytes, identify_file, open_bytes, open_scan
from arncnn.intake.scan import Scan, Window
from arncnn.intake.walk import Item, expand

__all__ = [
    "Item",
    "Scan",
    "Window",
    "expand",
    "identify_bytes",
    "identify_file",
    "open_bytes",
    "open_scan",
]
