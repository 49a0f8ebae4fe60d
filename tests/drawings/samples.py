"""Draws the phantoms under assets/samples anew: ``python -m tests.drawings.samples``."""

from pathlib import Path

import cv2

from arncnn.samples.catalogue import FOLDER
from tests.drawings import phantoms


def draw_all(folder: Path = FOLDER) -> tuple[Path, ...]:
    """Draw every phantom into ``folder`` as PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, draw in phantoms.PHANTOMS.items():
        paths.append(folder / f"{name}.png")
        cv2.imwrite(str(paths[-1]), draw())
    paths.append(folder / "Landscape.png")
    cv2.imwrite(str(paths[-1]), cv2.cvtColor(phantoms.landscape(), cv2.COLOR_RGB2BGR))
    return tuple(paths)


if __name__ == "__main__":
    draw_all()
