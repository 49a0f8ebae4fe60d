"""A map in words: what a person who cannot see it, or should doubt it, needs to know."""

from collections.abc import Sequence

import numpy as np

from arncnn.explain.attention import AttentionMap

_ROWS = ("upper", "middle", "lower")
_COLUMNS = ("left", "centre", "right")


def place(row: int, column: int, shape: tuple[int, int]) -> str:
    """A cell of a map as a place in the image, as seen on the screen.

    The third of the image that the cell's centre lies in: of 8 rows 3, 2 and 3.

    >>> place(0, 0, (8, 8)), place(4, 4, (8, 8)), place(5, 3, (8, 8))
    ('upper left', 'centre', 'lower centre')
    """
    vertical = _ROWS[_third(row, shape[0])]
    horizontal = _COLUMNS[_third(column, shape[1])]
    if (vertical, horizontal) == ("middle", "centre"):
        return "centre"
    return f"{vertical} {horizontal}"


def signed(value: float) -> str:
    """Two decimals with a sign, of tiny values the size.

    >>> signed(2.0), signed(-0.312), signed(-0.0009), signed(0.0)
    ('+2.00', '−0.31', '−0.0009', '+0.00')
    """
    is_tiny = 0 < abs(value) < 0.005
    return f"{value:+{'.1g' if is_tiny else '.2f'}}".replace("-", "−", 1)


def has_positive_evidence(values: np.ndarray) -> bool:
    """Whether any cell speaks for the class."""
    return bool(values.max() > 0)


def describe(
    values: np.ndarray, label: str, unit: str, *, is_signed: bool, other: str | None = None
) -> str:
    """One or two sentences about a map; used as its alternative text.

    Args:
        values: float32, (rows, columns).
        label: title of the class the map belongs to.
        unit: unit of a cell.
        is_signed: whether values below 0 speak against the class.
        other: title of the class it is held against, or None; values below 0 speak for that.

    Returns:
        Where the strongest evidence is and how strong, as seen on the screen (left is the
        left of the picture, not of the patient).
    """
    if other is not None:
        return _describe_contrast(values, label, other, unit)
    if not values.any():
        return f"No evidence for or against {label}: the map is empty."
    parts = []
    if has_positive_evidence(values):
        row, column = _peak(values)
        parts.append(
            f"Strongest evidence for {label}: {place(row, column, values.shape)} of the image "
            f"({signed(values[row, column])} {unit} in one cell)."
        )
    else:
        parts.append(f"No positive evidence for {label} anywhere in the image.")
    if is_signed and values.min() < 0:
        row, column = _peak(-values)
        parts.append(
            f"Strongest evidence against it: {place(row, column, values.shape)} of the image "
            f"({signed(values[row, column])} {unit})."
        )
    return " ".join(parts)


def _describe_contrast(values: np.ndarray, favoured: str, other: str, unit: str) -> str:
    if not values.any():
        return f"Nothing in the map distinguishes {favoured} from {other}."
    parts = []
    for sign, winner, loser in ((1, favoured, other), (-1, other, favoured)):
        strength = sign * values
        if has_positive_evidence(strength):
            row, column = _peak(strength)
            parts.append(
                f"Strongest evidence for {winner} rather than {loser}: "
                f"{place(row, column, values.shape)} of the image "
                f"({signed(strength[row, column])} {unit} in one cell)."
            )
    return " ".join(parts)


def stretched_scale(values: np.ndarray, usual: float) -> float:
    """The scale that gives a map's strongest cell the full colour; an empty map keeps its own."""
    return float(np.abs(values).max()) or usual


def describe_scale(scale: float, usual: float, unit: str) -> str:
    """What the full colour stands for, and whether colours can be compared.

    >>> describe_scale(2.9, 2.9, "logit")
    'One colour scale for all classes: full colour is 2.9 logit or more.'
    """
    if scale == usual:
        return f"One colour scale for all classes: full colour is {usual:.3g} {unit} or more."
    return (
        f"Colours stretched to this map: full colour is its strongest cell, {scale:.3g} {unit}, "
        f"instead of {usual:.3g} {unit} for all classes. Do not compare these colours with those "
        "of another map."
    )


def describe_own_scale(scale: float, unit: str) -> str:
    """What the full colour of a check on the pixels stands for.

    >>> describe_own_scale(3.21, "logit").partition(". ")[0]
    'Colours on a scale of its own: full colour is its strongest place over all classes, 3.21 logit'
    """
    return (
        "Colours on a scale of its own: full colour is its strongest place over all classes, "
        f"{scale:.3g} {unit}. Do not compare these colours with those of another map."
    )


def describe_attention(found: AttentionMap) -> str:
    """An attention map in words: where it lets most through, and whether it chooses at all."""
    span = f"{found.minimum:.2f} to {found.maximum:.2f}"
    if not found.varies:
        return f"{found.title} treats every place alike (values {span})."
    row, column = _peak(found.map)
    return (
        f"{found.title} lets most through at the {place(row, column, found.resolution)} of the "
        f"image (values {span})."
    )


def unit_in_words(unit: str) -> str:
    """What the unit of a map is, for whoever meets it there for the first time.

    >>> unit_in_words("logit")
    'A logit is the score of a class before it is turned into a probability.'
    """
    return {
        "logit": "A logit is the score of a class before it is turned into a probability.",
        "arbitrary units": "Arbitrary units allow comparing places in this map, but not "
        "one method with another.",
    }.get(unit, "")


def describe_sum(difference: float, label: str, other: str | None = None) -> str:
    """What the cells of a complete method add up to, in plain words.

    Args:
        difference: what they add up to, in logits.
        label: title of the class.
        other: title of the class it is held against, or None.

    >>> describe_sum(8.79, "Head CT")
    'All cells together: +8.79. By that much this scan moves the score of Head CT.'
    """
    together = f"All cells together: {signed(difference)}."
    if other is None:
        return f"{together} By that much this scan moves the score of {label}."
    ahead, behind = (label, other) if difference >= 0 else (other, label)
    return f"{together} By that much this scan moves the score of {ahead} above that of {behind}."


def describe_residual(difference: float, residual: float) -> str:
    """How exactly the cells add up, of one class or of the difference of two.

    >>> describe_residual(8.79, -9e-9).partition(", ")[0]
    'The cells sum to +8.79'
    """
    return (
        f"The cells sum to {signed(difference)}, in agreement with the logits relative to "
        f"an empty feature map (residual {abs(residual):.1g})."
    )


def describe_even(found: Sequence[AttentionMap]) -> str:
    """Modules that treat every place alike, in one line; empty without any."""
    if not found:
        return ""
    numbers = [each.title.rpartition(" ")[2] for each in found]
    listed = " and ".join(filter(None, (", ".join(numbers[:-1]), numbers[-1])))
    low, high = min(each.minimum for each in found), max(each.maximum for each in found)
    module, treats, has = (
        ("module", "treats", "It has") if len(found) == 1 else ("modules", "treat", "They have")
    )
    return (
        f"Attention {module} {listed} {treats} every place alike (values {low:.2f} to {high:.2f}). "
        f"{has} no map worth drawing."
    )


def _third(cell: int, cells: int) -> int:
    """Which third of an axis a cell's centre lies in, 0 to 2."""
    return 3 * (2 * cell + 1) // (2 * cells)


def _peak(values: np.ndarray) -> tuple[int, int]:
    row, column = np.unravel_index(int(values.argmax()), values.shape)
    return int(row), int(column)
