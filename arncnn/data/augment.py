"""Appearance randomised: what keeps the network from learning how one data set looks.

Medical MNIST's classes can be told apart by their background grey alone. Each
function here destroys one such cue and leaves the anatomy; ``appearance`` says how often
each is applied. All take and give one image, float32 (64, 64), 0 to 1, and draw from the
generator they are handed.
"""

import cv2
import numpy as np

Image = np.ndarray  # float32 (64, 64), 0 to 1
Generator = np.random.Generator

_CLIPPED_ABOVE_TISSUE = 0.45  # background grey of a picture whose window begins over 50 HU or so
_LEVELS = np.linspace(0.0, 1.0, 256, dtype=np.float32)


def restored_body(image: Image, rng: Generator, has_lungs: bool | None = None) -> Image:
    """Draw the body that a display window clipped away, as other windows would show it.

    Medical MNIST's chest and abdomen CTs lie on a mid-grey to which air and fat were clipped, and
    in the chest lung and much soft tissue as well. What rises above it, bone, contrast medium and
    noise, still tells by its density where tissue was. The convex hull of it is the body, around
    which more fat may lie. In the chest the hull's rim is the chest wall and the empty inside is
    lung, drawn dark; elsewhere the empty inside is fat, in which pockets of bowel gas may lie.
    Other images are left as they are.

    Args:
        image: the picture.
        rng: drawn from.
        has_lungs: whether it shows the chest; None tells by the window, and by how much of
            the body tissue fills.
    """
    level = background_level(image)
    seen = (image > level + 0.03).astype(np.float32)
    if not 0.3 < level < 0.75 or not 0.01 < seen.mean() < 0.9:
        return image
    density = cv2.GaussianBlur(seen, (0, 0), rng.uniform(1.0, 1.8))
    outlines, _ = cv2.findContours(
        (density > 0.12).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    outlines = [outline for outline in outlines if cv2.contourArea(outline) > 8]
    if not outlines:
        return image
    body = np.zeros(image.shape, np.uint8)
    cv2.fillPoly(body, [cv2.convexHull(np.concatenate(outlines))], 1)
    tissue = np.clip(density / rng.uniform(0.15, 0.4), 0.0, 1.0) * body
    grey = rng.uniform(0.2, 0.75)
    fat = grey * rng.uniform(0.2, 0.95)
    if has_lungs is None:
        is_full = tissue[body > 0].mean() > rng.uniform(0.65, 0.8)
        if is_full and level >= _CLIPPED_ABOVE_TISSUE:
            return image
        has_lungs = level >= _CLIPPED_ABOVE_TISSUE
    if has_lungs:
        depth = cv2.distanceTransform(body, cv2.DIST_L2, 3)
        wall = np.clip(1.0 - (depth - rng.uniform(2.0, 6.0)) / 2, 0.0, 1.0)
        tissue = np.maximum(tissue, wall * body)
        inside = np.full(image.shape, rng.uniform(0.0, 0.1) * grey, np.float32)
    else:
        inside = np.full(image.shape, fat, np.float32)
        if rng.random() < 0.5:
            inside[_gas_pockets(body, rng)] = 0.0
            tissue = tissue * (inside > 0)
    bright = np.clip((image - level) / (1.0 - level), 0.0, 1.0) ** rng.uniform(0.6, 1.5)
    drawn = grey * tissue + inside * (body - tissue) + (1.0 - grey) * bright
    if rng.random() < 0.5:  # fat under the skin, outside all that the window shows
        around = cv2.dilate(body, np.ones((3, 3), np.uint8), iterations=int(rng.integers(1, 6)))
        drawn = np.where(around > body, np.maximum(drawn, fat), drawn)
    soft = cv2.GaussianBlur(drawn.astype(np.float32), (0, 0), rng.uniform(0.3, 0.8))
    return np.clip(soft, 0.0, 1.0)


def _gas_pockets(body: np.ndarray, rng: Generator) -> np.ndarray:
    """Where one to six pockets of air lie in a body: bool, (height, width)."""
    rows, columns = np.nonzero(body)
    drawn = np.zeros(body.shape, np.uint8)
    for _ in range(int(rng.integers(1, 7))):
        at = int(rng.integers(len(rows)))
        axes = tuple(int(v) for v in np.rint(rng.uniform(1.0, 6.0, 2)))
        cv2.ellipse(
            drawn, (int(columns[at]), int(rows[at])), axes, rng.uniform(0, 180), 0, 360, 1, -1
        )
    return (drawn * cv2.erode(body, np.ones((3, 3), np.uint8), iterations=3)).astype(bool)


def background(image: Image, rng: Generator) -> Image:
    """Give everything at the grey of the corners, connected or not, another level."""
    like_background = np.abs(image - background_level(image)) < rng.uniform(0.02, 0.08)
    replacement = 0.0 if rng.random() < 0.5 else rng.random()
    return np.where(like_background, np.float32(replacement), image)


def display_window(image: Image, rng: Generator) -> Image:
    """Clip to a random part of the grey range, as another display window would."""
    low, high = rng.uniform(0.0, 0.35), rng.uniform(0.6, 1.0)
    return np.clip((image - low) / (high - low), 0.0, 1.0).astype(np.float32)


def monotone_curve(image: Image, rng: Generator) -> Image:
    """Pass the greys through a random rising curve."""
    steps = rng.exponential(1.0, 8) ** 1.5
    knots = np.concatenate([[0.0], np.cumsum(steps)])
    curve = np.interp(_LEVELS, np.linspace(0, 1, 9), knots / knots[-1]).astype(np.float32)
    return curve[(image * 255).astype(np.uint8)]


def folded_curve(image: Image, rng: Generator) -> Image:
    """Pass the greys through a curve that rises and falls, as fat-suppressed or subtracted MR."""
    knots = rng.random(rng.integers(3, 6))
    knots = (knots - knots.min()) / max(float(np.ptp(knots)), 1e-3)
    positions = np.linspace(0, 1, len(knots))
    curve = np.interp(_LEVELS, positions, knots).astype(np.float32)
    return curve[(image * 255).astype(np.uint8)]


def narrow_window(image: Image, rng: Generator) -> Image:
    """Clip to a narrow part of the grey range: soft tissue of the chest, stroke, bone."""
    low = rng.uniform(0.1, 0.55)
    return np.clip((image - low) / rng.uniform(0.2, 0.45), 0.0, 1.0).astype(np.float32)


def close_up(image: Image, rng: Generator) -> Image:
    """Cut the field of view to 55 to 80% of its sides, anywhere near the middle."""
    size = image.shape[0]
    side = int(size * rng.uniform(0.55, 0.8))
    top, left = (int(rng.integers(0, size - side + 1) * 0.6 + 0.2 * (size - side)) for _ in "yx")
    cut = image[top : top + side, left : left + side]
    return cv2.resize(cut, (size, size), interpolation=cv2.INTER_LINEAR)


def one_breast(image: Image, rng: Generator) -> Image:
    """One half of an axial breast MRI, turned so that the chest wall stands: as sagittal MRI."""
    size = image.shape[0]
    half = image[:, : size // 2] if rng.random() < 0.5 else image[:, size // 2 :]
    deep = int(size * rng.uniform(0.55, 0.85))  # how much of the chest behind it stays
    filled = half.mean(axis=1) > background_level(image) + 0.04
    first = int(np.argmax(filled)) if filled.any() else 0
    first = min(first, size - deep)
    upright = np.rot90(half[first : first + deep], 1 if rng.random() < 0.5 else -1)
    return cv2.resize(np.ascontiguousarray(upright), (size, size), interpolation=cv2.INTER_LINEAR)


def inversion(image: Image, rng: Generator) -> Image:
    """Swap black and white: an inverted scan is to be read."""
    return 1.0 - image


def tissue_inversion(image: Image, rng: Generator) -> Image:
    """Invert all but the background: dark fat, as in fat-suppressed and subtracted MR."""
    is_tissue = np.abs(image - background_level(image)) > rng.uniform(0.03, 0.1)
    return np.where(is_tissue, 1.0 - image, image)


def subtraction(image: Image, rng: Generator) -> Image:
    """Fat dark, rims kept, contrast medium bright: MR after subtraction or fat saturation.

    What was bright nearly vanishes, the outlines stay as thin lines, what was grey is shown
    inverted or as it was, and a few vessels or lesions that took up contrast medium shine.
    """
    seen = (np.abs(image - background_level(image)) > rng.uniform(0.03, 0.1)).astype(np.uint8)
    outlines, _ = cv2.findContours(seen, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    tissue = cv2.drawContours(np.zeros_like(seen), outlines, -1, 1, cv2.FILLED) > 0
    dimmed = np.where(tissue, (1.0 - image) ** rng.uniform(1.0, 2.5), 0.0).astype(np.float32)
    smooth = cv2.GaussianBlur(image, (0, 0), 0.8)
    rim = np.hypot(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1))
    drawn = rng.uniform(0.2, 0.9) * dimmed + rng.uniform(0.1, 0.6) * np.minimum(rim, 1.0)
    rows, columns = np.nonzero(tissue)
    for _ in range(int(rng.integers(0, 5)) if len(rows) else 0):
        at = int(rng.integers(len(rows)))
        spot = np.zeros_like(image)
        axes = tuple(int(v) for v in np.rint(rng.uniform(0.6, 5.0, 2)))
        place, tilt = (int(columns[at]), int(rows[at])), rng.uniform(0, 180)
        cv2.ellipse(spot, place, axes, tilt, 0, 360, rng.uniform(0.4, 1.0), -1)
        drawn = np.maximum(drawn, cv2.GaussianBlur(spot, (0, 0), 0.7))
    return np.clip(drawn, 0.0, 1.0).astype(np.float32)


def geometry(image: Image, rng: Generator) -> Image:
    """Zoom 0.7 to 1.5, aspect, rotation and shift in one affine step, border held or filled."""
    size = image.shape[0]
    zoom = np.exp(rng.uniform(np.log(0.7), np.log(1.5)))
    aspect = np.exp(rng.uniform(-0.25, 0.25))
    angle = np.deg2rad(rng.normal(0.0, 10.0))
    cosine, sine = np.cos(angle), np.sin(angle)
    matrix = np.array(
        [[zoom * aspect * cosine, -zoom * sine], [zoom * sine, zoom / aspect * cosine]]
    )
    center = np.array([size / 2, size / 2])
    offset = center - matrix @ center + rng.normal(0.0, 3.0, 2)
    held = rng.random() < 0.5
    return cv2.warpAffine(
        image,
        np.column_stack([matrix, offset]),
        (size, size),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE if held else cv2.BORDER_CONSTANT,
        borderValue=0.0,
    )


def flip(image: Image, rng: Generator) -> Image:
    """Mirror left and right, or top and bottom, or both."""
    axes = ((1,), (0,), (0, 1))[rng.choice(3, p=(0.6, 0.2, 0.2))]
    return np.ascontiguousarray(np.flip(image, axes))


def quarter_turn(image: Image, rng: Generator) -> Image:
    """Turn by 90, 180 or 270 degrees."""
    return np.ascontiguousarray(np.rot90(image, int(rng.integers(1, 4))))


def letter_box(image: Image, rng: Generator) -> Image:
    """Squeeze the image between two bars of one grey, upright or lying."""
    size = image.shape[0]
    bar = int(rng.integers(3, 13))
    framed = np.full_like(image, 0.0 if rng.random() < 0.8 else rng.random())
    lying = rng.random() < 0.3
    narrow = (size, size - 2 * bar) if lying else (size - 2 * bar, size)
    squeezed = cv2.resize(image, narrow, interpolation=cv2.INTER_AREA)
    inside = slice(bar, size - bar)
    framed[(inside, slice(None)) if lying else (slice(None), inside)] = squeezed
    return framed


def blur(image: Image, rng: Generator) -> Image:
    """Soften with a Gaussian of 0.4 to 1.3 pixels."""
    return cv2.GaussianBlur(image, (5, 5), rng.uniform(0.4, 1.3))


def sharpen(image: Image, rng: Generator) -> Image:
    """Unsharp mask: the hard kernels and edge enhancement of other devices."""
    soft = cv2.GaussianBlur(image, (5, 5), 1.0)
    return np.clip(image + rng.uniform(0.3, 1.5) * (image - soft), 0.0, 1.0)


def noise(image: Image, rng: Generator) -> Image:
    """Add Gaussian noise of up to 0.1."""
    grains = rng.standard_normal(image.shape, dtype=np.float32)
    return np.clip(image + np.float32(rng.uniform(0.01, 0.1)) * grains, 0.0, 1.0)


def jpeg(image: Image, rng: Generator) -> Image:
    """Compress and decompress as JPEG at quality 15 to 60."""
    quality = int(rng.integers(15, 61))
    _, stream = cv2.imencode(
        ".jpg", (image * 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    return cv2.imdecode(stream, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255


def overlay(image: Image, rng: Generator) -> Image:
    """Lay marks over the image: a letter, a box or a line such as a table's edge."""
    marked = (image * 255).astype(np.uint8)  # OpenCV 5 writes text on 8 bits only
    grey = int((0, 255, rng.integers(256))[rng.integers(3)])
    x, y = (int(v) for v in rng.integers(0, 56, 2))
    kind = rng.integers(3)
    if kind == 0:
        text = "".join(rng.choice(list("LRAPHF0123456789"), int(rng.integers(1, 5))))
        cv2.putText(marked, text, (x, y + 8), cv2.FONT_HERSHEY_PLAIN, 0.6, grey, 1)
    elif kind == 1:
        cv2.rectangle(
            marked, (x, y), (x + int(rng.integers(3, 14)), y + int(rng.integers(3, 9))), grey, -1
        )
    else:
        end = (63, int(np.clip(y + rng.integers(-8, 9), 0, 63)))
        cv2.line(marked, (0, y), end, grey, 1)
    return marked.astype(np.float32) / 255


def background_level(image: Image) -> float:
    """The grey of the background, 0 to 1: the median of the four corner pixels."""
    corners = np.array([image[0, 0], image[0, -1], image[-1, 0], image[-1, -1]])
    return float(np.median(corners))
