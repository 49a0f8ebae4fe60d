"""TIFF: its pages by an own small reader, and samples that Pillow has no mode for.

Pillow shows 8-bit pages right. Of deeper ones it drops bits, mistakes signs or mixes planes,
so libtiff is asked through it for nothing but a page's bytes: a page of the same strips or
tiles is described anew as plain 8-bit grey, and the samples are put together here (TIFF 6.0;
Adobe's Technical Note 3 for the floating-point predictor). Runs in the sandbox only.
"""

import math
import struct
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from arncnn.intake import budget, limits
from arncnn.intake.frames import check_size
from arncnn.intake.grey import luminance
from arncnn.intake.refusals import refuse

_REDUCED, _MASK = 1, 4  # bits of NewSubfileType: another page again, smaller; a mask of one
_WHITE_IS_ZERO, _RGB = 0, 2
_PLANES_APART = 2  # PlanarConfiguration
_ASSOCIATED = 1  # ExtraSamples: colours already multiplied with their opacity
_CODES = {1: "u", 2: "i", 3: "f", 4: "u"}  # SampleFormat; undefined data are taken as numbers
_USUAL_BITS = {"u": (*range(1, 33), 64), "i": (8, 16, 32, 64), "f": (16, 32, 64)}
_LOSSLESS = frozenset({1, 5, 8, 32773, 32946, 34925, 50000})  # none, LZW, Deflate, PackBits, ...
_BY_DIFFERENCE, _BY_FLOAT_DIFFERENCE = 2, 3  # Predictor
_TYPES = {1: "B", 3: "H", 4: "I", 5: "II", 6: "b", 8: "h", 9: "i"}  # bytes, shorts, rationals, ...
_SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 254, 256, 257, 258, 259, 262
_FILL_ORDER, _STRIPS, _ORIENTATION, _SAMPLES, _ROWS, _STRIP_SIZES = 266, 273, 274, 277, 278, 279
_ACROSS, _DOWN, _PLANAR, _PREDICTOR = 282, 283, 284, 317
_TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_SIZES = 322, 323, 324, 325
_EXTRA, _FORMAT = 338, 339
_MOST_ENTRIES = 4096  # of one page; real ones have a few dozen
_UNPACKED = 1 << 20  # samples of odd bits unpacked at a time


@dataclass(frozen=True)
class Page:
    """One page's directory.

    Attributes:
        start: where it stands in the file.
        order: "<" or ">", the file's byte order.
        tags: the numbers of every entry that has any.
    """

    start: int
    order: str
    tags: dict[int, tuple[int, ...]]

    def first(self, tag: int, default: int) -> int:
        """The first number of an entry."""
        return self.tags.get(tag, (default,))[0]

    @property
    def orientation(self) -> int:
        """1 to 8, as in EXIF; 1 for any other."""
        found = self.first(_ORIENTATION, 1)
        return found if found in range(1, 9) else 1

    @property
    def aspect(self) -> float:
        """Height of a pixel over its width, from the resolutions; 1 where they do not say."""
        sides = [self.tags.get(tag, (0, 0)) for tag in (_ACROSS, _DOWN)]
        across, down = (side[0] / side[1] if len(side) == 2 and side[1] else 0 for side in sides)
        return across / down if across and down else 1.0

    @property
    def is_plain(self) -> bool:
        """Whether Pillow shows the page as it is: small unsigned samples, or no grey and RGB."""
        photometric, samples = self.first(_PHOTOMETRIC, 1), self.first(_SAMPLES, 1)
        small = set(self.tags.get(_BITS, (1,))) <= {1, 2, 4, 8}
        usual = samples in (3, 4) if photometric == _RGB else photometric > _RGB or samples == 1
        return photometric > _RGB or (small and usual and self._code == "u")

    @property
    def _code(self) -> str:
        formats = set(self.tags.get(_FORMAT, (1,)))
        return _CODES.get(formats.pop(), "") if len(formats) == 1 else ""


def pages(source: BytesIO) -> list[Page]:
    """The pages that are pictures of their own, in order, without reduced copies and masks.

    Raises:
        IntakeError: more pages than the limit, or a directory that cannot be read.
    """
    view = source.getbuffer()
    order = "<" if bytes(view[:2]) == b"II" else ">"
    found: list[Page] = []
    start, seen = _whole(view, order, 4), set[int]()
    while start and start not in seen and start + 2 <= len(view):
        if len(seen) >= limits.MAX_TIFF_PAGES:
            raise refuse("too_many_frames", frames=f"over {len(seen)}", limit=len(seen))
        seen.add(start)
        count = struct.unpack_from(order + "H", view, start)[0]
        end = start + 2 + 12 * count
        if count > _MOST_ENTRIES or end > len(view):
            break
        found.append(Page(start, order, _tags(view, order, start + 2, count)))
        start = _whole(view, order, end) if end + 4 <= len(view) else 0
    own = [page for page in found if not page.first(_SUBFILE, 0) & (_REDUCED | _MASK)]
    if not found:
        raise refuse("damaged")
    return own or found


def turn_to(source: BytesIO, start: int) -> None:
    """Makes the directory at ``start`` the file's first, so that no other is looked at."""
    with source.getbuffer() as view:
        struct.pack_into("<I" if bytes(view[:2]) == b"II" else ">I", view, 4, start)
    source.seek(0)


def _whole(view: memoryview, order: str, at: int) -> int:
    if at + 4 > len(view):
        raise refuse("truncated")
    return int(struct.unpack_from(order + "I", view, at)[0])


def _tags(view: memoryview, order: str, at: int, count: int) -> dict[int, tuple[int, ...]]:
    tags: dict[int, tuple[int, ...]] = {}
    for entry in range(at, at + 12 * count, 12):
        tag, kind, number = struct.unpack_from(order + "HHI", view, entry)
        if kind not in _TYPES or not 0 < number <= len(view):
            continue
        form = f"{order}{number * len(_TYPES[kind])}{_TYPES[kind][0]}"
        size = struct.calcsize(form)
        place = entry + 8 if size <= 4 else _whole(view, order, entry + 8)
        if place + size <= len(view):
            tags.setdefault(tag, struct.unpack_from(form, view, place))
    return tags


def decode(source: BytesIO, page: Page) -> tuple[NDArray[np.float32], float]:
    """Grey values of a page that is not plain, and its colourfulness; not yet turned upright.

    Grey keeps its own units; colour of whole numbers counts 0 to 255, as of 8-bit pages.

    Raises:
        IntakeError: an unusual variant, or data that end too early.
    """
    bits = page.first(_BITS, 1)
    code, samples = page._code, page.first(_SAMPLES, 1)
    width, height = page.first(_WIDTH, 0), page.first(_HEIGHT, 0)
    check_size(width, height)
    budget.allow(pixels=width * height)
    if set(page.tags.get(_BITS, (1,))) != {bits} or bits not in _USUAL_BITS.get(code, ()):
        raise refuse("header_incomplete", what="usual sample type")
    if page.first(_COMPRESSION, 1) not in _LOSSLESS:
        raise refuse("damaged")
    if not 1 <= samples <= 16 or width * height * samples * bits > 64 * limits.MAX_PIXELS:
        raise refuse("header_incomplete", what="usual number of samples")
    planes = samples if page.first(_PLANAR, 1) == _PLANES_APART else 1
    together = samples // planes
    colours = 3 if page.first(_PHOTOMETRIC, 1) == _RGB else 1
    if samples < colours:
        raise refuse("contradiction", what="colours of a pixel")
    wanted = colours + (bool(page.tags.get(_EXTRA)) and page.first(_EXTRA, 0) in (1, 2))
    wanted = min(wanted, samples)
    parts = range(min(planes, wanted) if planes > 1 else 1)
    read = [_plane(source, page, part, planes, together, code, bits) for part in parts]
    whole = np.concatenate(read, axis=2)[..., :wanted]
    grey, colourfulness = _meant(whole, page, colours, code, bits)
    return grey, colourfulness


def _meant(
    stored: NDArray[Any], page: Page, colours: int, code: str, bits: int
) -> tuple[NDArray[np.float32], float]:
    """Grey values out of a page's colours, or grey, and opacity."""
    full = float(2**bits - 1) if code == "u" else 1.0
    if stored.shape[2] > colours and code == "u" and page.first(_EXTRA, 0) != _ASSOCIATED:
        opacity = stored[..., colours:].astype(np.float32) / np.float32(full)
        stored = stored[..., :colours].astype(np.float32) * opacity
    if colours == 3:
        scale = full if code == "u" else max(float(np.nanmax(stored[..., :3])), 1e-6)
        grey, colourfulness = luminance(stored[..., :3], scale)
        return (grey * np.float32(255 / full) if code == "u" else grey), colourfulness
    numbers = stored[..., 0]
    is_turned = page.first(_PHOTOMETRIC, 1) == _WHITE_IS_ZERO
    if is_turned and numbers.dtype.kind in "ui":  # exactly, before a float rounds
        numbers = numbers ^ numbers.dtype.type(2**bits - 1 if code == "u" else -1)
    with np.errstate(over="ignore", invalid="ignore"):
        pixels = numbers.astype(np.float32)
        if is_turned and code == "f":  # floats have no range but the picture's own
            good = pixels[np.isfinite(pixels)]
            pixels = (good.min() + good.max() if good.size else np.float32(0)) - pixels
    return pixels, 0.0


def _plane(
    source: BytesIO, page: Page, part: int, planes: int, together: int, code: str, bits: int
) -> NDArray[np.generic]:
    """The samples of one plane: (height, width, samples stored together)."""
    width, height = page.first(_WIDTH, 0), page.first(_HEIGHT, 0)
    is_tiled = _TILE_WIDTH in page.tags
    across = page.first(_TILE_WIDTH, 0) if is_tiled else width
    if across < 1 or (is_tiled and (across % 16 or page.first(_TILE_HEIGHT, 0) % 16)):
        raise refuse("damaged")
    count = math.ceil(width / across)  # tiles side by side
    row = math.ceil(across * together * bits / 8)
    fields = {
        _WIDTH: [count * row],
        _HEIGHT: [height],
        _BITS: [8],
        _COMPRESSION: [page.first(_COMPRESSION, 1)],
        _PHOTOMETRIC: [1],
        _FILL_ORDER: [page.first(_FILL_ORDER, 1)],
        _SAMPLES: [1],
    }
    places, sizes = (_TILES, _TILE_SIZES) if is_tiled else (_STRIPS, _STRIP_SIZES)
    for tag in (places, sizes):
        all_planes = page.tags.get(tag, ())
        each = len(all_planes) // planes
        fields[tag] = list(all_planes[part * each : (part + 1) * each])
    if is_tiled:
        fields |= {_TILE_WIDTH: [row], _TILE_HEIGHT: [page.first(_TILE_HEIGHT, 0)]}
    else:
        fields[_ROWS] = [min(height, max(1, page.first(_ROWS, height)))]
    raw = _bytes(source, page.order, fields).reshape(height, count, row)
    samples = _samples(raw, across * together, together, page, code, bits)
    return samples.reshape(height, count * across, together)[:, :width]


def _bytes(source: BytesIO, order: str, fields: dict[int, list[int]]) -> NDArray[np.uint8]:
    """What libtiff unpacks for a page of 8-bit grey described by ``fields``."""
    if not all(fields.values()):
        raise refuse("damaged")
    end = source.seek(0, 2)
    start = end + 2 + 12 * len(fields) + 4  # of numbers that do not fit into an entry
    entries, behind = struct.pack(order + "H", len(fields)), b""
    for tag in sorted(fields):
        numbers = struct.pack(f"{order}{len(fields[tag])}I", *fields[tag])
        place = struct.pack(order + "I", start + len(behind)) if len(numbers) > 4 else numbers
        behind += numbers if len(numbers) > 4 else b""
        entries += struct.pack(order + "HHI", tag, 4, len(fields[tag])) + place
    source.write(entries + bytes(4) + behind)
    turn_to(source, end)
    with Image.open(source, formats=["TIFF"]) as image:
        found = np.asarray(image)
    source.truncate(end)
    return found


def _samples(
    raw: NDArray[np.uint8], count: int, together: int, page: Page, code: str, bits: int
) -> NDArray[np.generic]:
    """Numbers out of rows of bytes: (height, tiles, ``count``)."""
    rows = raw.shape[:2]
    predictor = page.first(_PREDICTOR, 1) if page.first(_COMPRESSION, 1) != 1 else 1
    if bits not in (8, 16, 32, 64):
        if predictor != 1:
            raise refuse("damaged")
        return _unpacked(raw.reshape(-1, raw.shape[2]), count, bits).reshape(*rows, count)
    if predictor == _BY_FLOAT_DIFFERENCE:
        steps = raw.reshape(*rows, -1, together)
        whole = np.cumsum(steps, axis=2, dtype=np.uint8).reshape(*rows, bits // 8, count)
        mixed = np.ascontiguousarray(whole.swapaxes(2, 3)).view(f">{code}{bits // 8}")
        return mixed.reshape(*rows, count)
    stored = np.ascontiguousarray(raw).view(f"{page.order}{code}{bits // 8}")
    if predictor == _BY_DIFFERENCE:
        steps = stored.astype(f"={'u' if code != 'i' else 'i'}{bits // 8}", copy=False)
        steps = steps.reshape(*rows, -1, together)
        stored = np.cumsum(steps, axis=2, dtype=steps.dtype).reshape(*rows, count)
    return stored


def _unpacked(raw: NDArray[np.uint8], count: int, bits: int) -> NDArray[np.uint32]:
    """Samples of odd bits, rows padded to whole bytes."""
    weights = (1 << np.arange(bits - 1, -1, -1)).astype(np.uint32)
    found = np.empty((len(raw), count), np.uint32)
    step = max(1, _UNPACKED // count)
    for top in range(0, len(raw), step):
        each = np.unpackbits(raw[top : top + step], axis=1)[:, : count * bits]
        found[top : top + step] = each.reshape(len(each), count, bits) @ weights
    return found
