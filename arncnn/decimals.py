"""Plain numbers as people read them, the same on every page and in every report."""

_LEAST = 0.0005  # below it three decimals would claim a plain 0


def number(value: float) -> str:
    """An uncertainty in its unit, with three decimals.

    >>> number(0.02749), number(0.0001)
    ('0.027', '< 0.001')
    """
    return "< 0.001" if 0 <= value < _LEAST else f"{value:.3f}"
