"""The DICOM grey-scale pipeline, in its order (PS3.4 N.2): modality LUT, VOI, polarity.

The modality LUT is applied to the pixels. VOI windows are not: they travel with the scan
as presets, in the units the pixels have after the modality LUT, so that whoever shows or
reads the scan may choose another. A VOI LUT sequence becomes a preset too: the linear
window over the inputs between which the table rises from 1 % to 99 %.
MONOCHROME1 is turned round last, windows with it: windowing the turned pixels with a
turned window gives exactly the inverse of windowing the original.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut

from arncnn.intake.dicom_values import functional, items, number, numbers, text, values
from arncnn.intake.refusals import refuse
from arncnn.intake.scan import Window

_ENTRIES = 1 << 16  # the most a table has; a descriptor of 0 means that many (PS3.3 C.11.1.1)
# Window explanations are free text; only these pass, anything else goes by its figures.
_WINDOW_NAMES = frozenset(
    {"abdomen", "bone", "brain", "chest", "harder", "head", "liver", "lung", "lungs"}
    | {"mediastinum", "normal", "pelvis", "soft", "soft tissue", "softer", "spine"}
)
_MOST_WINDOWS = 16


@dataclass(frozen=True)
class Rescaled:
    """Pixels after the modality LUT.

    Attributes:
        pixels: float32 (height, width).
        low, high: the values that the smallest and largest stored value have become.
        applied: whether the header had a modality LUT or rescale.
        kind: RescaleType or ModalityLUTType, e.g. "HU"; empty when not said.
    """

    pixels: NDArray[np.float32]
    low: float
    high: float
    applied: bool
    kind: str


def _table(item: Dataset, little_endian: bool) -> tuple[int, NDArray[np.float32], int]:
    """First mapped input, table and bits of a Modality or VOI LUT item (PS3.3 C.11.1.1)."""
    descriptor = [int(value) for value in numbers(item, "LUTDescriptor")]
    data = values(item, "LUTData")
    if len(descriptor) != 3 or not data:
        raise refuse("header_incomplete", what="lookup table")
    entries, first, bits = descriptor
    entries = entries or _ENTRIES
    if isinstance(data[0], bytes):
        table = np.frombuffer(data[0][: len(data[0]) // 2 * 2], "<u2" if little_endian else ">u2")
    else:
        table = np.asarray(numbers(item, "LUTData"))
    if len(table) < entries or not 1 <= bits <= 16:
        raise refuse("contradiction", what="length of a lookup table")
    return first, table[:entries].astype(np.float32), bits


def modality(stored: NDArray[np.generic], dataset: Dataset, frame: int, bits: int) -> Rescaled:
    """Applies the modality LUT or rescale of one frame (PS3.3 C.11.1).

    Args:
        stored: (height, width) stored values.
        dataset: reads (0028,3000), (0028,1052) to (0028,1054), and, in enhanced files, the
            frame's Pixel Value Transformation (0028,9145).
        frame: index of the frame, for its functional groups.
        bits: BitsStored; with the sign of ``stored`` it gives the range of stored values.
    """
    low, high = _stored_range(stored, bits)
    tables = items(dataset, "ModalityLUTSequence")
    if tables:
        first, table, table_bits = _table(tables[0], dataset.original_encoding[1])
        index = np.clip(stored.astype(np.int64) - first, 0, len(table) - 1)
        kind = text(tables[0], "ModalityLUTType").upper()
        return Rescaled(table[index], 0.0, float(2**table_bits - 1), True, kind)
    source = functional(dataset, frame, "PixelValueTransformationSequence") or dataset
    slope, intercept = number(source, "RescaleSlope"), number(source, "RescaleIntercept")
    pixels = stored.astype(np.float32)
    if slope is None or intercept is None or slope == 0:
        return Rescaled(pixels, low, high, False, "")
    pixels *= np.float32(slope)
    pixels += np.float32(intercept)
    ends = sorted((low * slope + intercept, high * slope + intercept))
    return Rescaled(pixels, ends[0], ends[1], True, text(source, "RescaleType").upper())


def _stored_range(stored: NDArray[np.generic], bits: int) -> tuple[float, float]:
    if stored.dtype.kind == "f":
        good = stored[np.isfinite(stored)]
        return (float(good.min()), float(good.max())) if good.size else (0.0, 0.0)
    if stored.dtype.kind == "i":
        return -(2.0 ** (bits - 1)), 2.0 ** (bits - 1) - 1
    return 0.0, 2.0**bits - 1


def windows(dataset: Dataset, frame: int, *, is_hounsfield: bool = False) -> tuple[Window, ...]:
    """The header's VOI windows (PS3.3 C.11.2), first is the default; then VOI LUTs.

    Each is named by its explanation, else by its centre and width; one that repeats another is
    left out, so that names tell them apart.

    Args:
        dataset: reads (0028,1050), (0028,1051), (0028,1055), (0028,3010) and, in enhanced files,
            the frame's VOI LUT functional group (0028,9132).
        frame: index of the frame.
        is_hounsfield: whether centre and width are in Hounsfield units.
    """
    source = functional(dataset, frame, "FrameVOILUTSequence") or dataset
    centers, widths = numbers(source, "WindowCenter"), numbers(source, "WindowWidth")
    explanations = values(source, "WindowCenterWidthExplanation")
    unit = " HU" if is_hounsfield else ""
    found: dict[tuple[float, float], Window] = {}
    names: set[str] = set()
    for index, (center, width) in enumerate(zip(centers, widths, strict=False)):
        if width <= 0 or (center, width) in found:
            continue
        name = str(explanations[index]).strip().lower() if index < len(explanations) else ""
        ends = f"{center:g} / {width:g}{unit}"
        if name not in _WINDOW_NAMES:
            name = ends
        elif name in names:
            name = f"{name} {ends}"
        names.add(name)
        found[center, width] = Window(f"From file: {name}", center, width)
    presets = list(found.values())
    for index, item in enumerate(items(source, "VOILUTSequence")[:_MOST_WINDOWS]):
        window = _linear(item, dataset.original_encoding[1], f"VOI LUT {index + 1}")
        if window:
            presets.append(window)
    return tuple(presets[:_MOST_WINDOWS])


def _linear(item: Dataset, little_endian: bool, name: str) -> Window | None:
    """A linear window over the rising part of a VOI LUT; None for a table that does not rise."""
    first, table, _ = _table(item, little_endian)
    span = float(table[-1] - table[0])
    if span <= 0:
        return None
    rising = np.flatnonzero((table > table[0] + 0.01 * span) & (table < table[-1] - 0.01 * span))
    low, high = (rising[0], rising[-1]) if len(rising) else (0, len(table) - 1)
    return Window(name, first + (float(low) + float(high)) / 2, float(high - low) + 1)


def invert(
    pixels: NDArray[np.float32], presets: tuple[Window, ...], low: float, high: float
) -> tuple[NDArray[np.float32], tuple[Window, ...]]:
    """MONOCHROME1 turned so that high is bright: x becomes low + high - x, windows with it.

    The linear window function (PS3.3 C.11.2.1.2.1) is centred at ``center - 0.5``, hence
    the 1 in the turned centre.
    """
    total = low + high
    np.subtract(np.float32(total), pixels, out=pixels)
    return pixels, tuple(
        Window(preset.name, total - preset.center + 1, preset.width) for preset in presets
    )


def palette(stored: NDArray[np.generic], dataset: Dataset) -> tuple[NDArray[np.generic], float]:
    """RGB samples of a PALETTE COLOR picture (PS3.3 C.7.6.3.1.5 and .6), and white's value."""
    if not values(dataset, "RedPaletteColorLookupTableData"):
        if not values(dataset, "SegmentedRedPaletteColorLookupTableData"):
            raise refuse("header_incomplete", what="palette")
        colour = apply_color_lut(stored, dataset)
        return colour[..., :3], float(np.iinfo(colour.dtype).max)
    channels = []
    for name in ("Red", "Green", "Blue"):
        descriptor = numbers(dataset, f"{name}PaletteColorLookupTableDescriptor")
        data = values(dataset, f"{name}PaletteColorLookupTableData")
        if len(descriptor) != 3 or not data or not isinstance(data[0], bytes):
            raise refuse("header_incomplete", what="palette")
        entries, first = int(descriptor[0]) or _ENTRIES, int(descriptor[1])
        wide = len(data[0]) >= 2 * entries
        order = "<u2" if dataset.original_encoding[1] else ">u2"
        table = np.frombuffer(data[0][: entries * (2 if wide else 1)], order if wide else "u1")
        if len(table) != entries:
            raise refuse("contradiction", what="length of a palette")
        index = np.clip(stored.astype(np.int32) - first, 0, entries - 1)
        channels.append(table[index].astype(np.uint16))
    colour = np.stack(channels, axis=-1)
    # Some writers state 16 bits for 8-bit entries, so the entries themselves decide.
    return colour, 65535.0 if int(colour.max()) > 255 else 255.0
