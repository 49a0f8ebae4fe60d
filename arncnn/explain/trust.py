"""Trust: how far a map deserves to be believed, measured instead of assumed.

* Deletion and insertion (Petsiuk et al. 2018): cover the places a map calls important, or
  show only them. If the map is right, the class's probability falls (rises) sooner than when
  places are taken at random.
* Repeatability: the map of the same image shifted by a pixel or two must look the same.

Whether a map depends on what the network has learnt is asked in ``randomisation``.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from arncnn.explain.probe import Predict, in_batches
from arncnn.uncertainty.temperature import softmax

STEPS = 16  # each covers a sixteenth of the places
RANDOM_ORDERS = 5
_VISIBLE = 0.005  # a gain that two decimals show
_STEADY = 0.8  # correlation at which two maps share two thirds of their variance (0.8 squared)
_SHAKY = 0.5  # below it a map counts as another one, as in ``randomisation``
SHIFTS = ((0, 1), (1, 0), (0, -1), (-1, 0), (2, 2), (-2, -2))  # pixels: down, right
_BLUR_SIGMA = 8.0  # pixels, one cell: shapes go, grey levels stay


@dataclass(frozen=True)
class Curves:
    """Area under the deletion and the insertion curve of one order of places.

    Attributes:
        deletion: mean probability while places are covered, most important first; 0 to 1,
            lower is better.
        insertion: mean probability while they are shown, most important first; 0 to 1,
            higher is better.
    """

    deletion: float
    insertion: float


@dataclass(frozen=True)
class Faithfulness:
    """A map's order against random orders of the same places, on one image.

    Attributes:
        map: areas of the map's order.
        random: mean areas of the random orders.
        best: the lowest deletion and the highest insertion that any random order reached.
        orders: number of random orders.
    """

    map: Curves
    random: Curves
    best: Curves
    orders: int

    @property
    def deletion_gain(self) -> float:
        """How much sooner than at random the probability falls; above 0 is good."""
        return self.random.deletion - self.map.deletion

    @property
    def insertion_gain(self) -> float:
        """How much sooner than at random the probability rises; above 0 is good."""
        return self.map.insertion - self.random.insertion

    @property
    def beaten(self) -> int:
        """In how many of the two tests the map visibly beats every random order.

        A mean alone is beaten by half of all random maps; every one of five by a sixth.
        """
        ahead = self.best.deletion - self.map.deletion, self.map.insertion - self.best.insertion
        return sum(lead >= _VISIBLE for lead in ahead)

    @property
    def is_blind(self) -> bool:
        """Whether the map's places change the answer just as random ones do."""
        return all(abs(gain) < _VISIBLE for gain in (self.deletion_gain, self.insertion_gain))

    @property
    def finding(self) -> str:
        """What the map does, in plain words without a figure."""
        if self.is_blind:
            return "cannot be told from places taken at random"
        return f"finds {found_in_words(self.beaten)}"

    def sentence(self) -> str:
        """The figures behind the finding."""
        verdict = {
            2: "Covering and showing the marked places changes the answer sooner than each of",
            1: "Only one of covering and showing the marked places changes the answer sooner than "
            "each of",
            0: "Neither covering nor showing the marked places changes the answer sooner than each "
            "of",
        }[self.beaten]
        return (
            f"{verdict} {self.orders} random orders: area under the deletion curve "
            f"{self.map.deletion:.2f} (random {self.random.deletion:.2f}, the best of them "
            f"{self.best.deletion:.2f}; lower is better), under the insertion curve "
            f"{self.map.insertion:.2f} (random {self.random.insertion:.2f}, the best of them "
            f"{self.best.insertion:.2f}; higher is better)."
        )


def found_in_words(beaten: int) -> str:
    """How well the places that matter are found, by how many of the two tests are passed.

    >>> found_in_words(2)
    'the places that matter better than chance'
    """
    return (
        "the places that matter "
        + {
            2: "better than chance",
            1: "better than chance in only one of two tests",
            0: "no better than chance might",
        }[beaten]
    )


def areas(
    predict: Predict, image: np.ndarray, orders: np.ndarray, label: int, steps: int = STEPS
) -> np.ndarray:
    """Deletion and insertion areas of several orders of the cells of a grid.

    A covered place shows the image blurred: a black or grey patch would draw edges that
    neither the image nor the training data has.

    Args:
        predict: float32 images (n, height, width, 1) to logits (n, classes).
        image: float32, (height, width, 1), 0 to 1.
        orders: int64, (orders, rows * columns) of a square grid over the image: cells in
            row-major numbers, most important first.
        label: index of the class whose probability is followed.
        steps: points of the curve after the first.

    Returns:
        float64, (orders, deletion and insertion), by the trapezoid rule over 0 to 1.
    """
    cells = orders.shape[1]
    blurred = cv2.GaussianBlur(image[..., 0], (0, 0), _BLUR_SIGMA)[..., None]
    counts = np.round(np.linspace(0, cells, steps + 1)).astype(int)
    ranks = np.argsort(orders, axis=1)  # the rank of every cell
    is_taken = ranks[:, None, :] < counts[:, None]  # (orders, steps + 1, cells)
    taken = _as_pixels(is_taken.reshape(-1, cells), image.shape[:2])[..., None]
    deleted, inserted = np.where(taken, blurred, image), np.where(taken, image, blurred)
    probability = softmax(in_batches(predict, np.concatenate([deleted, inserted])))[:, label]
    return np.trapezoid(probability.reshape(2, len(orders), -1), dx=1.0 / steps, axis=2).T


def faithfulness(
    predict: Predict,
    image: np.ndarray,
    values: np.ndarray,
    label: int,
    *,
    steps: int = STEPS,
    random_orders: int = RANDOM_ORDERS,
    seed: int = 0,
) -> Faithfulness:
    """Deletion and insertion of one map against random orders.

    Args:
        predict: float32 images (n, height, width, 1) to logits (n, classes).
        image: float32, (height, width, 1), 0 to 1.
        values: float32, (rows, columns), the map.
        label: index of the map's class.
        steps: points of the curves.
        random_orders: how many random orders are averaged.
        seed: of the random orders.
    """
    generator = np.random.default_rng(seed)
    drawn = [generator.permutation(values.size) for _ in range(random_orders)]
    found = areas(predict, image, np.stack([order_of(values), *drawn]), label, steps)
    of_map, random = found[0], found[1:]
    best = Curves(float(random[:, 0].min()), float(random[:, 1].max()))
    mean = Curves(*random.mean(axis=0).tolist())
    return Faithfulness(Curves(*of_map.tolist()), mean, best, random_orders)


def order_of(values: np.ndarray) -> np.ndarray:
    """Cells from the most to the least important; ties in row-major order."""
    return np.argsort(-values.ravel(), kind="stable")


@dataclass(frozen=True)
class Repeatability:
    """How alike the maps of slightly shifted images are.

    Attributes:
        mean: mean correlation with the map of the image itself, -1 to 1.
        lowest: the lowest of them.
        shifts: number of shifts.
    """

    mean: float
    lowest: float
    shifts: int

    @property
    def is_steady(self) -> bool:
        """Whether the map stays what it is under every shift."""
        return self.lowest >= _STEADY

    @property
    def finding(self) -> str:
        """What the map does, in plain words without a figure."""
        changes = "changes somewhat" if self.lowest >= _SHAKY else "changes much"
        does = "hardly changes" if self.is_steady else changes
        return f"{does} when the scan is shifted by a pixel or two"

    def sentence(self) -> str:
        """The figures behind the finding."""
        return (
            f"Shifting the image by 1 to 2 pixels keeps the map at a correlation of "
            f"{self.mean:.2f} (lowest {self.lowest:.2f}, {self.shifts} shifts)."
        )


def repeatability(maps_of: Callable[[np.ndarray], np.ndarray], image: np.ndarray) -> Repeatability:
    """Correlation of an image's map with those of its shifted copies.

    A shift is a fraction of the map's cells, so the maps are compared as they are.

    Args:
        maps_of: float32 images (n, height, width, 1) to maps (n, rows, columns) of one class.
        image: float32, (height, width, 1), 0 to 1.
    """
    maps = maps_of(np.stack([image, *(shifted(image, down, right) for down, right in SHIFTS)]))
    found = [correlation(maps[0], other) for other in maps[1:]]
    return Repeatability(float(np.mean(found)), float(min(found)), len(found))


def shifted(image: np.ndarray, down: int, right: int) -> np.ndarray:
    """The image moved by whole pixels; what enters at the edges repeats them."""
    height, width = image.shape[:2]
    rows = np.clip(np.arange(height) - down, 0, height - 1)
    columns = np.clip(np.arange(width) - right, 0, width - 1)
    return image[rows][:, columns]


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Pearson's correlation; 0 when exactly one map is flat, 1 when both are."""
    flat = [np.ptp(values) == 0 for values in (one, other)]
    return float(all(flat)) if any(flat) else float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def _as_pixels(is_taken: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Cells of a square grid as pixels: bool (n, cells) to (n, height, width)."""
    side = round(is_taken.shape[1] ** 0.5)
    rows = np.arange(size[0]) * side // size[0]
    columns = np.arange(size[1]) * side // size[1]
    return is_taken.reshape(-1, side, side)[:, rows][:, :, columns]
