"""The DICOM grey-scale pipeline, in its order (PS3.4 N.2): modality LUT, VOI, polarity.

The modality LUT is applied to the pixels. VOI windows and VOI LUTs are not: they travel with the
scan as presets, in the units the pixels have after the modality LUT, so that whoever shows or
reads the scan may choose another.
MONOCHROME1 is turned round last, presets with it: windowing the turned pixels with a
turned window gives exactly the inverse of windowing the original.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut

from arncnn.intake.dicom_values import each_number, functional, items, number, numbers, text, values
from arncnn.intake.refusals import refuse
from arncnn.intake.scan import Window

_ENTRIES = 1 << 16  # the most a table has; a descriptor of 0 means that many (PS3.3 C.11.1.1)
# Window explanations are free text; only these pass, anything else goes by its figures.
_WINDOW_NAMES = frozenset(
    {"abdomen", "bone", "brain", "chest", "harder", "head", "liver", "lung", "lungs"}
    | {"mediastinum", "normal", "pelvis", "soft", "soft tissue", "softer", "spine"}
)
_MOST_WINDOWS = 16
# Their modality LUT or rescale leads to the X-rays' intensity, not to what is displayed (PS3.3
# C.8.7.1 and C.11.1.1.2; the last is retired)
_SHOWN_AS_STORED = frozenset(
    {
        uid.XRayAngiographicImageStorage,
        uid.XRayRadiofluoroscopicImageStorage,
        "1.2.840.10008.5.1.4.1.1.12.3",
    }
)


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


def _lookup_tables(dataset: Dataset, keyword: str) -> list[Dataset]:
    """The items of a sequence of LUTs; an empty one counts as absent."""
    parts = ("LUTDescriptor", "LUTData")
    return [item for item in items(dataset, keyword) if any(values(item, part) for part in parts)]


def _table(
    item: Dataset, little_endian: bool, *, signed: bool
) -> tuple[int, NDArray[np.float32], int]:
    """First mapped input, table and bits of a Modality or VOI LUT item (PS3.3 C.11.1.1).

    Args:
        item: of the sequence.
        little_endian: order of the bytes in its words.
        signed: whether inputs are; the descriptor's own VR often says otherwise.
    """
    descriptor = [int(value) for value in numbers(item, "LUTDescriptor")]
    data = values(item, "LUTData")
    if len(descriptor) != 3 or not data:
        raise refuse("header_incomplete", what="lookup table")
    entries, first, bits = descriptor
    entries = entries % _ENTRIES or _ENTRIES
    if signed and first >= _ENTRIES // 2:
        first -= _ENTRIES
    if isinstance(data[0], bytes):
        words = _words(data[0], little_endian)
    else:
        words = np.asarray(numbers(item, "LUTData"), np.int64).astype(np.uint16)
    table = _entries(words, entries)
    if table is None or not 1 <= bits <= 16:
        raise refuse("contradiction", what="length of a lookup table")
    return first, table.astype(np.float32), bits


def _words(data: bytes, little_endian: bool) -> NDArray[np.uint16]:
    order = "<u2" if little_endian else ">u2"
    return np.frombuffer(data[: len(data) // 2 * 2], order).astype(np.uint16)


def _entries(words: NDArray[np.uint16], entries: int) -> NDArray[np.generic] | None:
    """A table out of 16-bit words, one or two of its entries in each; None for too few.

    Of two 8-bit entries in a word the lower one is the first (PS3.3 C.11.1.1, PS3.5 annex D).
    """
    if len(words) >= entries:
        return words[:entries]
    packed = words.astype("<u2").view(np.uint8)
    return packed[:entries] if len(packed) >= entries else None


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
    if text(dataset, "SOPClassUID") in _SHOWN_AS_STORED:
        return Rescaled(stored.astype(np.float32), low, high, False, "")
    tables = _lookup_tables(dataset, "ModalityLUTSequence")
    if tables:
        first, table, table_bits = _table(
            tables[0], dataset.original_encoding[1], signed=stored.dtype.kind == "i"
        )
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


def windows(
    dataset: Dataset, frame: int, *, is_hounsfield: bool = False, signed: bool = False
) -> tuple[Window, ...]:
    """The header's VOI windows (PS3.3 C.11.2), first is the default; then VOI LUTs.

    Each window is named by its explanation, else by its centre and width; one that repeats
    another is left out, so that names tell them apart.

    Args:
        dataset: reads (0028,1050), (0028,1051), (0028,1055), (0028,1056), (0028,3010) and, in
            enhanced files, the frame's VOI LUT functional group (0028,9132).
        frame: index of the frame.
        is_hounsfield: whether centre and width are in Hounsfield units.
        signed: whether the pixels can be below zero.
    """
    source = functional(dataset, frame, "FrameVOILUTSequence") or dataset
    explanations = values(source, "WindowCenterWidthExplanation")
    function = text(source, "VOILUTFunction").upper()
    function = function if function in ("LINEAR_EXACT", "SIGMOID") else "LINEAR"
    unit = " HU" if is_hounsfield else ""
    found: dict[tuple[float, float], Window] = {}
    names: set[str] = set()
    pairs = zip(each_number(source, "WindowCenter"), each_number(source, "WindowWidth"))
    for index, (center, width) in enumerate(pairs):
        if center is None or width is None or width <= 0 or (center, width) in found:
            continue
        name = str(explanations[index]).strip().lower() if index < len(explanations) else ""
        ends = f"{center:g} / {width:g}{unit}"
        if name not in _WINDOW_NAMES:
            name = ends
        elif name in names:
            name = f"{name} {ends}"
        names.add(name)
        found[center, width] = Window(f"From file: {name}", center, width, function)
    little_endian = dataset.original_encoding[1]
    tables = [
        _voi_lut(item, little_endian, f"VOI LUT {index + 1}", signed=signed)
        for index, item in enumerate(_lookup_tables(source, "VOILUTSequence")[:_MOST_WINDOWS])
    ]
    return (*found.values(), *tables)[:_MOST_WINDOWS]


def _voi_lut(item: Dataset, little_endian: bool, name: str, *, signed: bool) -> Window:
    """A VOI LUT as it stands; its centre and width are those of the part that is not level."""
    first, table, bits = _table(item, little_endian, signed=signed)
    grey = np.minimum(table / np.float32(2**bits - 1), np.float32(1))
    low, high = float(grey.min()), float(grey.max())
    step = 0.01 * (high - low)
    sloping = np.flatnonzero((grey > low + step) & (grey < high - step))
    start, end = (sloping[0], sloping[-1]) if len(sloping) else (0, len(grey) - 1)
    center, width = first + (float(start) + float(end)) / 2, float(end - start) + 1
    return Window(name, center, width, "LUT", grey, float(first))


def visible(
    presets: tuple[Window, ...], pixels: NDArray[np.float32]
) -> tuple[tuple[Window, ...], bool]:
    """The presets under which a picture shows something; and whether the default does not.

    A picture that is one grey itself keeps all.
    """
    if not presets:
        return presets, False
    low, high = float(pixels.min()), float(pixels.max())
    if low == high:
        return presets, False
    seen = tuple(preset for preset in presets if _shows(preset, low, high))
    return seen, seen[:1] != presets[:1]


def _shows(preset: Window, low: float, high: float) -> bool:
    """Whether values from ``low`` to ``high`` get more than one of 256 greys."""
    if preset.table is None:
        ends = np.array([low, high], np.float32)
    else:  # a table need not rise: all that it has between the ends
        start, end = (
            int(np.clip(side - preset.first, 0, len(preset.table) - 1)) for side in (low, high)
        )
        ends = preset.first + np.arange(start, end + 1, dtype=np.float32)
    return float(np.ptp(np.round(preset.apply(ends) * 255))) > 0


def invert(
    pixels: NDArray[np.float32], presets: tuple[Window, ...], low: float, high: float
) -> tuple[NDArray[np.float32], tuple[Window, ...]]:
    """MONOCHROME1 turned so that high is bright: x becomes low + high - x, presets with it."""
    total = low + high
    np.subtract(np.float32(total), pixels, out=pixels)
    return pixels, tuple(_inverted(preset, total) for preset in presets)


def _inverted(preset: Window, total: float) -> Window:
    if preset.table is not None:
        first = total - (preset.first + len(preset.table) - 1)
        table = np.ascontiguousarray(1 - preset.table[::-1])
        return replace(preset, center=total - preset.center, table=table, first=first)
    # The linear function is centred at ``center - 0.5``, hence the 1 in the turned centre.
    return replace(preset, center=total - preset.center + (preset.function == "LINEAR"))


def palette(stored: NDArray[np.generic], dataset: Dataset) -> tuple[NDArray[np.generic], float]:
    """RGB samples of a PALETTE COLOR picture (PS3.3 C.7.6.3.1.5 and .6), and white's value."""
    if not values(dataset, "RedPaletteColorLookupTableData"):
        if not values(dataset, "SegmentedRedPaletteColorLookupTableData"):
            raise refuse("header_incomplete", what="palette")
        colour = apply_color_lut(stored, dataset)
        return colour[..., :3], float(np.iinfo(colour.dtype).max)
    channels, little_endian = [], dataset.original_encoding[1]
    for name in ("Red", "Green", "Blue"):
        descriptor = numbers(dataset, f"{name}PaletteColorLookupTableDescriptor")
        data = values(dataset, f"{name}PaletteColorLookupTableData")
        if len(descriptor) != 3 or not data or not isinstance(data[0], bytes):
            raise refuse("header_incomplete", what="palette")
        entries, first = int(descriptor[0]) or _ENTRIES, int(descriptor[1])
        table = _entries(_words(data[0] + b"\0" * (len(data[0]) % 2), little_endian), entries)
        if table is None:
            raise refuse("contradiction", what="length of a palette")
        index = np.clip(stored.astype(np.int32) - first, 0, entries - 1)
        channels.append(table[index].astype(np.uint16))
    colour = np.stack(channels, axis=-1)
    # Some writers state 16 bits for 8-bit entries, so the entries themselves decide.
    return colour, 65535.0 if int(colour.max()) > 255 else 255.0
