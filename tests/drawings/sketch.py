"""A square of grey values and the soft-edged shapes that phantoms are drawn with.

Shapes are given in a square of side 1, x to the right and y down, so a drawing reads
like an anatomical sketch: the centre of the picture is (0.5, 0.5).
"""

import cv2
import numpy as np

SIZE = 320  # pixels a side of a finished picture
_DRAWN = 640  # drawn at twice the size and shrunk by area, which smooths every edge
_CAPTION = "SYNTHETIC PHANTOM"

Point = tuple[float, float]


class Sketch:
    """A grey picture to draw on; values are 0 (black) to 1 (white)."""

    def __init__(self, background: float) -> None:
        self.grey = np.full((_DRAWN, _DRAWN), background, np.float32)
        axis = (np.arange(_DRAWN, dtype=np.float32) + 0.5) / _DRAWN
        self.x, self.y = np.meshgrid(axis, axis)

    def paint(self, coverage: np.ndarray, value: float) -> None:
        """Lays ``value`` over the picture where ``coverage`` (0 to 1) says so."""
        self.grey += coverage * (value - self.grey)

    def ellipse(
        self, at: Point, radii: Point, value: float, *, tilt: float = 0.0, soft: float = 0.004
    ) -> None:
        """A filled ellipse; ``tilt`` in degrees clockwise, ``soft`` the width of its edge."""
        self.paint(self._inside_ellipse(at, radii, tilt, soft), value)

    def ring(self, at: Point, radii: Point, thickness: float, value: float) -> None:
        """The wall between an ellipse and the same ellipse ``thickness`` smaller."""
        outer = self._inside_ellipse(at, radii, 0.0, 0.004)
        inner = self._inside_ellipse(at, (radii[0] - thickness, radii[1] - thickness), 0.0, 0.004)
        self.paint(outer * (1 - inner), value)

    def bone(
        self, start: Point, end: Point, radii: Point, value: float, *, soft: float = 0.004
    ) -> None:
        """A rounded bar from ``start`` to ``end`` whose radius runs between ``radii``."""
        along = np.array(end, np.float32) - np.array(start, np.float32)
        from_start = np.stack([self.x - start[0], self.y - start[1]])
        place = np.clip(np.tensordot(along, from_start, axes=1) / float(along @ along), 0, 1)
        distance = np.hypot(from_start[0] - place * along[0], from_start[1] - place * along[1])
        radius = radii[0] + place * (radii[1] - radii[0])
        self.paint(np.clip(0.5 + (radius - distance) / soft, 0, 1), value)

    def shade(self, amount: np.ndarray) -> None:
        """Adds ``amount`` to every grey value."""
        self.grey += amount.astype(np.float32)

    def finish(self, *, grain: float, seed: int) -> np.ndarray:
        """The picture as uint8, (SIZE, SIZE), with film grain and its caption."""
        noise = np.random.default_rng(seed).normal(0, 1, (SIZE, SIZE)).astype(np.float32)
        small = cv2.resize(self.grey, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        small += grain * cv2.GaussianBlur(noise, (0, 0), 0.8)
        picture = np.round(np.clip(small, 0, 1) * 255).astype(np.uint8)
        ink = 200 if picture[-14:].mean() < 140 else 40
        cv2.putText(
            picture,
            _CAPTION,
            (6, SIZE - 7),
            cv2.FONT_HERSHEY_SIMPLEX,
            0.34,
            int(ink),
            1,
            cv2.LINE_AA,
        )
        return picture

    def _inside_ellipse(self, at: Point, radii: Point, tilt: float, soft: float) -> np.ndarray:
        angle = np.deg2rad(tilt)
        x, y = self.x - at[0], self.y - at[1]
        u = (x * np.cos(angle) + y * np.sin(angle)) / radii[0]
        v = (y * np.cos(angle) - x * np.sin(angle)) / radii[1]
        return np.clip(0.5 + (1 - np.hypot(u, v)) * min(radii) / soft, 0, 1)
