"""Scan: one decoded picture and the few header attributes that may be kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

FUNCTIONS = ("LINEAR", "LINEAR_EXACT", "SIGMOID", "LUT")
_STEEPEST = 80.0  # more would overflow; its grey is 0 or 1 long before
_THINNEST = 1e-6  # of a window of width 1: a threshold


@dataclass(frozen=True)
class Window:
    """How values become grey, in the units of the pixels it is applied to (PS3.3 C.11.2).

    Attributes:
        name: for the person.
        center: middle of the values that differ in grey.
        width: how far they reach.
        function: "LINEAR" (C.11.2.1.2.1, whole numbers), "LINEAR_EXACT", "SIGMOID" or "LUT".
        table: float32, 0 to 1: the grey of ``first``, ``first`` + 1 and so on; for "LUT".
        first: the value that the table starts with.
    """

    name: str
    center: float
    width: float
    function: str = field(default="LINEAR_EXACT", compare=False)
    table: np.ndarray | None = field(default=None, compare=False, repr=False)
    first: float = field(default=0.0, compare=False)

    def apply(self, pixels: np.ndarray) -> np.ndarray:
        """The grey of every pixel: float32, 0 to 1, in the shape of ``pixels``."""
        if self.table is not None:
            index = np.clip(np.rint(pixels - np.float32(self.first)), 0, len(self.table) - 1)
            return self.table[index.astype(np.int32)]
        if self.function == "SIGMOID":
            steep = np.clip((pixels - self.center) * (-4 / self.width), -_STEEPEST, _STEEPEST)
            return (1 / (1 + np.exp(steep))).astype(np.float32)
        center, width = self.center, self.width
        if self.function == "LINEAR" and width >= 1:  # of a width under 1 the standard knows none
            center, width = center - 0.5, max(width - 1, _THINNEST)
        low = center - width / 2
        return np.clip((pixels - low) / width, 0.0, 1.0).astype(np.float32)


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
        study_key: keyed hash of the study's UID, to group series; None without one.
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
    study_key: str | None = None
    spacing_mm: tuple[float, float] | None = None
    aspect: float = 1.0
    warnings: tuple[str, ...] = ()
