"""Scan: one decoded picture and the few header attributes that may be kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np


@dataclass(frozen=True)
class Window:
    """A display window (PS3.3 C.11.2.1.2), in the units of the pixels it is applied to."""

    name: str
    center: float
    width: float


@dataclass(frozen=True, eq=False)
class Scan:
    """One picture, ready to be looked at or read.

    Attributes:
        pixels: float32, (height, width). Grey values with high meaning bright
            (MONOCHROME1 and palettes already resolved). Hounsfield units when
            ``is_hounsfield``; else stored or rescaled values in their own range.
        sha256: hex digest of the file's bytes as they arrived.
        kind: "png", "jpeg", "tiff", "bmp", "dicom" or "nifti", found from the bytes.
        is_hounsfield: whether pixels are CT numbers (HU).
        colourfulness: 0 to 1, mean saturation of the original; 0 for grey pictures.
        windows: presets named by the header, first is the default.
        frame: index of this frame, from 0.
        frames: number of frames in the file.
        attributes: header values named in ``intake/allowed`` only; no names,
            ids, dates or free text.
        series_key: keyed hash of the series' UID, to group slices; None without one.
        spacing_mm: (row, column) pixel spacing in mm, or None.
        aspect: height of a pixel over its width; whoever shows the scan stretches it so.
        warnings: sentences for the person, e.g. that text may be burned in.
    """

    pixels: np.ndarray
    sha256: str
    kind: str
    is_hounsfield: bool = False
    colourfulness: float = 0.0
    windows: tuple[Window, ...] = ()
    frame: int = 0
    frames: int = 1
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    series_key: str | None = None
    spacing_mm: tuple[float, float] | None = None
    aspect: float = 1.0
    warnings: tuple[str, ...] = ()
