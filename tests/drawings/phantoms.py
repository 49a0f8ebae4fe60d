"""Phantoms: synthetic pictures in the style of the six kinds of scan, drawn from formulas.

Nothing here comes from a patient or a data set. Each drawing is deterministic (the
noise has a fixed seed), and each picture says on its face that it is synthetic.
"""

from collections.abc import Callable

import cv2
import numpy as np

from tests.drawings.sketch import Point, Sketch


def hand() -> np.ndarray:
    """A hand as on a bone-age radiograph: uint8, (SIZE, SIZE)."""
    sketch = Sketch(0.05)
    wrist = (0.50, 0.98)
    fingers = (  # knuckle, tip, thickness at the knuckle
        ((0.345, 0.52), (0.215, 0.235), 0.036),
        ((0.435, 0.48), (0.385, 0.125), 0.038),
        ((0.525, 0.475), (0.535, 0.085), 0.038),
        ((0.605, 0.50), (0.675, 0.140), 0.036),
        ((0.665, 0.70), (0.860, 0.455), 0.040),
    )
    flesh, marrow, cortex = 0.33, 0.62, 0.86
    sketch.bone((0.50, 0.60), wrist, (0.155, 0.105), flesh, soft=0.03)
    for knuckle, tip, width in fingers:
        sketch.bone(knuckle, tip, (width + 0.012, width - 0.004), flesh, soft=0.02)
    for knuckle, tip, width in fingers:
        joints = [knuckle, *(_between(knuckle, tip, part) for part in (0.46, 0.76, 1.0))]
        base = _between((0.50, 0.80), knuckle, 0.22)
        for start, end in zip([base, *joints[:-1]], joints, strict=True):
            near, far = _between(start, end, 0.07), _between(start, end, 0.93)
            sketch.bone(near, far, (width * 0.50, width * 0.44), cortex)
            sketch.bone(near, far, (width * 0.27, width * 0.22), marrow, soft=0.010)
    for carpal in (
        (0.42, 0.77),
        (0.475, 0.755),
        (0.535, 0.755),
        (0.585, 0.785),
        (0.45, 0.82),
        (0.51, 0.81),
        (0.56, 0.835),
    ):
        sketch.ellipse(carpal, (0.032, 0.029), 0.78, soft=0.012)
    sketch.bone((0.455, 0.875), (0.450, 1.02), (0.050, 0.036), 0.82)
    sketch.bone((0.565, 0.885), (0.575, 1.02), (0.036, 0.029), 0.80)
    return sketch.finish(grain=0.018, seed=1)


def head_ct() -> np.ndarray:
    """An axial head CT through the ventricles, brain window: uint8, (SIZE, SIZE)."""
    sketch = Sketch(0.02)
    centre = (0.5, 0.48)
    sketch.ellipse(centre, (0.315, 0.390), 0.36, soft=0.010)
    sketch.ellipse(centre, (0.300, 0.375), 0.98)
    sketch.ellipse(centre, (0.272, 0.345), 0.44)
    sketch.shade(0.05 * _texture(sketch, 26.0, seed=2) * (sketch.grey < 0.6) * (sketch.grey > 0.4))
    for side in (-1, 1):
        for angle in np.linspace(-1.25, 1.25, 9):
            rim = (centre[0] + side * 0.262 * np.cos(angle), centre[1] + 0.332 * np.sin(angle))
            sketch.bone(rim, _between(rim, centre, 0.16), (0.006, 0.003), 0.28, soft=0.010)
        sketch.ellipse((0.5 + side * 0.045, 0.40), (0.024, 0.088), 0.20, tilt=side * 16, soft=0.012)
        sketch.ellipse(
            (0.5 + side * 0.072, 0.575), (0.022, 0.075), 0.20, tilt=-side * 24, soft=0.012
        )
        sketch.ellipse((0.5 + side * 0.105, 0.475), (0.052, 0.072), 0.53, soft=0.030)
    sketch.bone((0.5, 0.145), (0.5, 0.30), (0.004, 0.003), 0.66)
    sketch.bone((0.5, 0.66), (0.5, 0.815), (0.004, 0.004), 0.66)
    sketch.ellipse((0.5, 0.50), (0.008, 0.030), 0.22, soft=0.010)
    sketch.bone((0.12, 0.80), (0.36, 0.93), (0.006, 0.006), 0.33)
    sketch.bone((0.36, 0.93), (0.64, 0.93), (0.006, 0.006), 0.33)
    sketch.bone((0.64, 0.93), (0.88, 0.80), (0.006, 0.006), 0.33)
    return sketch.finish(grain=0.020, seed=3)


def chest_xray() -> np.ndarray:
    """A frontal chest radiograph: uint8, (SIZE, SIZE)."""
    sketch = Sketch(0.06)
    sketch.ellipse((0.5, 0.10), (0.11, 0.22), 0.62, soft=0.05)
    sketch.ellipse((0.5, 0.72), (0.49, 0.60), 0.62, soft=0.07)
    for side in (-1, 1):
        sketch.ellipse((0.5 + side * 0.42, 0.42), (0.15, 0.22), 0.66, soft=0.06)
        sketch.ellipse((0.5 + side * 0.195, 0.455), (0.140, 0.300), 0.20, tilt=side * 7, soft=0.05)
        sketch.ellipse((0.5 + side * 0.215, 0.60), (0.150, 0.175), 0.17, soft=0.06)
    for side in (-1, 1):
        for vessel in (-0.9, -0.35, 0.2, 0.7):
            hilum = (0.5 + side * 0.085, 0.47)
            far = (hilum[0] + side * 0.15 * np.cos(vessel), hilum[1] + 0.16 * np.sin(vessel))
            sketch.bone(hilum, far, (0.014, 0.002), 0.32, soft=0.024)
        for rib in range(9):
            height = 0.175 + 0.068 * rib
            sketch.shade(0.10 * _rib_shadow(sketch, side, height, 0.20 + 0.026 * min(rib, 5)))
        sketch.bone(
            (0.5 + side * 0.055, 0.215),
            (0.5 + side * 0.34, 0.165),
            (0.013, 0.012),
            0.74,
            soft=0.014,
        )
    sketch.ellipse((0.5, 0.98), (0.50, 0.285), 0.90, soft=0.05)
    sketch.ellipse((0.33, 0.86), (0.20, 0.14), 0.88, soft=0.04)
    sketch.ellipse((0.555, 0.635), (0.140, 0.165), 0.82, tilt=-28, soft=0.035)
    sketch.bone((0.5, 0.02), (0.5, 0.98), (0.052, 0.062), 0.80, soft=0.04)
    for disc in range(14):
        sketch.bone(
            (0.462, 0.09 + 0.06 * disc),
            (0.538, 0.09 + 0.06 * disc),
            (0.006, 0.006),
            0.74,
            soft=0.016,
        )
    sketch.bone((0.495, 0.06), (0.490, 0.36), (0.014, 0.016), 0.62, soft=0.02)
    return sketch.finish(grain=0.014, seed=4)


def chest_ct() -> np.ndarray:
    """An axial chest CT through the heart, soft tissue window: uint8, (SIZE, SIZE)."""
    sketch = Sketch(0.01)
    body = (0.5, 0.46)
    sketch.ellipse(body, (0.425, 0.305), 0.40, soft=0.008)
    sketch.ellipse(body, (0.390, 0.270), 0.52, soft=0.012)
    for side in (-1, 1):
        sketch.ellipse(
            (0.5 + side * 0.185, 0.455), (0.150, 0.205), 0.03, tilt=side * 10, soft=0.014
        )
    inside = np.hypot((sketch.x - body[0]) / 0.39, (sketch.y - body[1]) / 0.27) < 1
    lung = inside & (sketch.grey < 0.1)
    sketch.shade(0.03 * (_texture(sketch, 40.0, seed=5) > 0.86) * lung)
    sketch.ellipse((0.535, 0.410), (0.135, 0.110), 0.60, tilt=-20, soft=0.012)
    sketch.ellipse((0.505, 0.395), (0.050, 0.060), 0.88, tilt=20, soft=0.012)
    sketch.ellipse((0.580, 0.430), (0.055, 0.048), 0.86, tilt=-20, soft=0.012)
    sketch.ellipse((0.545, 0.575), (0.032, 0.032), 0.88, soft=0.008)
    _vertebra(sketch, (0.5, 0.645))
    _ribs(sketch, body, (0.368, 0.250), count=13, value=0.97)
    sketch.bone((0.5, 0.205), (0.5, 0.222), (0.026, 0.020), 0.90)
    _table(sketch, 0.84, 0.40)
    return sketch.finish(grain=0.016, seed=6)


def abdomen_ct() -> np.ndarray:
    """An axial abdomen CT through the liver and kidneys: uint8, (SIZE, SIZE)."""
    sketch = Sketch(0.36)
    body = (0.5, 0.46)
    sketch.ellipse(body, (0.420, 0.310), 0.37, soft=0.008)
    sketch.ellipse(body, (0.375, 0.268), 0.45, soft=0.012)
    sketch.ellipse((0.315, 0.42), (0.175, 0.170), 0.565, tilt=-22, soft=0.014)
    sketch.ellipse((0.705, 0.47), (0.070, 0.125), 0.575, tilt=14, soft=0.012)
    sketch.ellipse((0.590, 0.345), (0.120, 0.070), 0.50, tilt=-14, soft=0.012)
    sketch.ellipse((0.575, 0.315), (0.060, 0.030), 0.05, soft=0.010)
    for side in (-1, 1):
        kidney = (0.5 + side * 0.155, 0.585)
        sketch.ellipse(kidney, (0.060, 0.072), 0.68, tilt=side * 25, soft=0.010)
        sketch.ellipse((kidney[0] - side * 0.020, kidney[1]), (0.025, 0.030), 0.50, soft=0.016)
    sketch.ellipse((0.535, 0.555), (0.030, 0.030), 0.80, soft=0.008)
    sketch.ellipse((0.460, 0.545), (0.033, 0.026), 0.66, soft=0.008)
    _vertebra(sketch, (0.5, 0.645))
    _ribs(sketch, body, (0.392, 0.282), count=11, value=0.98)
    _table(sketch, 0.86, 0.50)
    return sketch.finish(grain=0.014, seed=7)


def breast_mri() -> np.ndarray:
    """An axial breast MRI, patient prone: uint8, (SIZE, SIZE)."""
    sketch = Sketch(0.01)
    sketch.ellipse((0.5, 0.86), (0.460, 0.235), 0.66, soft=0.020)
    for side in (-1, 1):
        sketch.bone(
            (0.5 + side * 0.225, 0.68),
            (0.5 + side * 0.235, 0.375),
            (0.135, 0.062),
            0.72,
            soft=0.020,
        )
        sketch.ellipse((0.5 + side * 0.230, 0.52), (0.052, 0.110), 0.40, tilt=side * 4, soft=0.05)
        for strand in (-0.025, 0.0, 0.028):
            sketch.bone(
                (0.5 + side * (0.230 + strand), 0.58),
                (0.5 + side * 0.236, 0.36),
                (0.007, 0.003),
                0.24,
                soft=0.012,
            )
    sketch.ellipse((0.5, 0.875), (0.405, 0.190), 0.14, soft=0.020)
    sketch.ellipse((0.55, 0.815), (0.135, 0.090), 0.30, soft=0.040)
    sketch.bone((0.34, 0.70), (0.66, 0.70), (0.016, 0.016), 0.34, soft=0.020)
    sketch.shade(0.07 * _texture(sketch, 30.0, seed=8) * (sketch.grey > 0.1))
    sketch.paint(np.clip((sketch.y - 0.915) / 0.01, 0, 1), 0.01)
    return sketch.finish(grain=0.012, seed=9)


def landscape() -> np.ndarray:
    """A drawn colour picture of hills, which is no scan: uint8, (SIZE, SIZE, 3), RGB."""
    layers = []
    for sky, sun, far, near in (
        (0.42, 1.0, 0.36, 0.20),
        (0.66, 0.86, 0.52, 0.47),
        (0.93, 0.4, 0.55, 0.18),
    ):
        sketch = Sketch(sky)
        sketch.shade(0.25 * (sketch.y - 0.3))
        sketch.ellipse((0.74, 0.22), (0.075, 0.075), sun)
        for height, depth, value in ((0.52, 0.07, far), (0.66, 0.10, near)):
            ridge = height + depth * np.sin(9 * sketch.x + 20 * depth) * np.cos(4 * sketch.x)
            sketch.paint(np.clip((sketch.y - ridge) / 0.004, 0, 1), value)
        for trunk in (0.16, 0.27, 0.42):
            sketch.bone((trunk, 0.72), (trunk, 0.84), (0.010, 0.012), value=far * 0.6)
            sketch.ellipse((trunk, 0.68), (0.045, 0.070), near * 0.7)
        layers.append(sketch.finish(grain=0.010, seed=10))
    return np.stack(layers, axis=-1)


PHANTOMS: dict[str, Callable[[], np.ndarray]] = {
    "HeadCT": head_ct,
    "CXR": chest_xray,
    "Hand": hand,
    "AbdomenCT": abdomen_ct,
    "ChestCT": chest_ct,
    "BreastMRI": breast_mri,
}
"""One drawing for each class, by the class's key."""


def _between(start: Point, end: Point, part: float) -> Point:
    return (start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1]))


def _texture(sketch: Sketch, cells: float, *, seed: int) -> np.ndarray:
    """Smooth random texture, mean 0 and standard deviation 1, about ``cells`` patches a side."""
    side = int(cells)
    coarse = np.random.default_rng(seed).normal(0, 1, (side, side)).astype(np.float32)
    return cv2.resize(coarse, sketch.grey.shape, interpolation=cv2.INTER_CUBIC)


def _rib_shadow(sketch: Sketch, side: int, height: float, reach: float) -> np.ndarray:
    """Coverage of one rib: from the spine outwards, up and down again; 0 to 1."""
    outwards = np.clip(side * (sketch.x - 0.5) / reach, 0, None)
    curve = height + 0.11 * outwards**2 - 0.05 * np.sin(np.pi * np.clip(outwards, 0, 1))
    line = np.clip(1.4 - np.abs(sketch.y - curve) / 0.010, 0, 1)
    return line * np.clip((outwards - 0.2) / 0.1, 0, 1) * np.clip((1.1 - outwards) / 0.2, 0, 1)


def _vertebra(sketch: Sketch, at: Point) -> None:
    sketch.ellipse(at, (0.058, 0.046), 0.97, soft=0.008)
    sketch.ellipse(at, (0.044, 0.033), 0.74, soft=0.014)
    sketch.ellipse((at[0], at[1] + 0.063), (0.024, 0.020), 0.46)
    for side in (-1, 1):
        sketch.bone(
            (at[0] + side * 0.035, at[1] + 0.045),
            (at[0] + side * 0.095, at[1] + 0.075),
            (0.013, 0.008),
            0.93,
        )
    sketch.bone((at[0], at[1] + 0.085), (at[0], at[1] + 0.115), (0.012, 0.008), 0.93)


def _ribs(sketch: Sketch, at: Point, radii: Point, *, count: int, value: float) -> None:
    for angle in np.linspace(-2.75, 2.75, count) - np.pi / 2 + np.pi:
        place = (at[0] + radii[0] * np.cos(angle), at[1] - radii[1] * np.sin(angle))
        along = (-radii[0] * np.sin(angle) * 0.085, -radii[1] * np.cos(angle) * 0.085)
        sketch.bone(
            (place[0] - along[0], place[1] - along[1]),
            (place[0] + along[0], place[1] + along[1]),
            (0.011, 0.008),
            value,
        )


def _table(sketch: Sketch, height: float, value: float) -> None:
    curve = height + 0.05 * (1 - ((sketch.x - 0.5) / 0.3) ** 2)
    sketch.paint(
        np.clip(1 - np.abs(sketch.y - curve) / 0.005, 0, 1) * (np.abs(sketch.x - 0.5) < 0.3), value
    )
