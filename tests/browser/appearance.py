"""The README's picture of what training does to a scan's appearance, on drawn phantoms."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from arncnn.data.appearance import LEARNED
from arncnn.data.augment import restored_body
from arncnn.preprocess import resize
from tests.drawings import phantoms

_SHOWN, _GAP, _CAPTION, _COLUMNS, _TRIES = 112, 8, 26, 3, 3
_PAPER, _INK = 255, 40
_SHADES = 64  # of grey: nobody sees more in noise, and a third of the bytes goes
_DRAWINGS = (phantoms.chest_xray, phantoms.hand, phantoms.abdomen_ct, phantoms.head_ct)


def draw(path: Path) -> None:
    """Write one sheet: every part's name, a phantom, and what the part made of it thrice."""
    cells = [_cell(number) for number in range(len(LEARNED))]
    blank = np.full_like(cells[0], _PAPER)
    cells += [blank] * (-len(cells) % _COLUMNS)
    rows = [np.hstack(cells[at : at + _COLUMNS]) for at in range(0, len(cells), _COLUMNS)]
    shades = np.round(np.vstack(rows) / 255 * (_SHADES - 1))
    # OpenCV packs a PNG quickly and not tightly: the same picture took 477 kB.
    Image.fromarray(np.round(shades / (_SHADES - 1) * 255).astype(np.uint8)).save(
        path, optimize=True
    )


def _cell(number: int) -> np.ndarray:
    part, chance, in_mr = LEARNED[number]
    drawing = phantoms.chest_ct if part is restored_body else _DRAWINGS[number % len(_DRAWINGS)]
    before = resize(drawing().astype(np.float32) / 255)
    if part is restored_body:  # as a window that begins above soft tissue shows a chest
        before = (0.5 + np.clip((before - 0.6) / 0.8, 0.0, 0.5)).astype(np.float32)
    after = [part(before.copy(), np.random.default_rng(seed)) for seed in range(1, _TRIES + 1)]
    shown = [_framed(image) for image in (before, *after)]
    strip = np.hstack(shown)
    caption = np.full((_CAPTION, strip.shape[1]), _PAPER, np.uint8)
    title = f"{part.__name__.replace('_', ' ')}, in {chance:.0%} of the images"
    if in_mr != chance:
        title += f" ({in_mr:.0%} of MR)"
    cv2.putText(caption, title, (_GAP, 19), cv2.FONT_HERSHEY_SIMPLEX, 0.5, _INK, 1, cv2.LINE_AA)
    return np.vstack([caption, strip])


def _framed(image: np.ndarray) -> np.ndarray:
    grey = (np.clip(image, 0, 1) * 255).astype(np.uint8)
    large = cv2.resize(grey, (_SHOWN, _SHOWN), interpolation=cv2.INTER_NEAREST)
    return cv2.copyMakeBorder(large, 0, _GAP, _GAP, 0, cv2.BORDER_CONSTANT, value=_PAPER)
