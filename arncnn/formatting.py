"""Formatting: counts, decimals, percentages and verdicts as people read them everywhere.

The percent sign follows its number without a space, so that no line ends between them.
Accuracies on thousands of images have two decimals, shares of a few images one.
"""

SIGN = "%"
"""What follows the number: after a figure's tick as well as in text."""

VERDICTS = {"accept": "Accepted", "review": "Needs review", "refuse": "Refused"}

_LEAST, _MOST = 0.0005, 0.9995  # beyond these, digits would claim a plain 0 or 1


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural where there is not one.

    >>> counted(1, "epoch"), counted(0, "epoch"), counted(2359, "image")
    ('1 epoch', '0 epochs', '2,359 images')
    """
    return f"{number:,} {noun}{'s' * (number != 1)}"


def number(value: float) -> str:
    """An uncertainty in its unit, with three decimals.

    >>> number(0.02749), number(0.0001)
    ('0.027', '< 0.001')
    """
    return "< 0.001" if 0 <= value < _LEAST else f"{value:.3f}"


def percent(probability: float) -> str:
    r"""A probability as a percentage with one decimal, never a rounded 0 or 100.

    >>> percent(0.973), percent(0.99999), percent(1e-9)
    ('97.3%', '>\xa099.9%', '<\xa00.1%')
    """
    if probability > _MOST:
        return ">\u00a099.9%"
    if probability < _LEAST:
        return "<\u00a00.1%"
    return share(probability, 1)


def share(value: float, decimals: int = 2) -> str:
    r"""A counted share as a percentage: exact, so 0 and 100 may stand.

    >>> share(0.99533), share(1.0, 1)
    ('99.53%', '100.0%')
    """
    return f"{100 * value:.{decimals}f}{SIGN}"


def printed(value: float) -> str:
    r"""A share that another source gives, with as many digits as it gives.

    >>> printed(0.996), printed(0.9996)
    ('99.6%', '99.96%')
    """
    return f"{100 * value:.6g}{SIGN}"  # six: past what any source prints, short of float error


def span(lower: float, upper: float, decimals: int = 2) -> str:
    r"""An interval of shares.

    >>> span(0.99762, 1.0), span(0.5, 0.75, 1)
    ('99.76 to 100.00%', '50.0 to 75.0%')
    """
    return f"{100 * lower:.{decimals}f} to {share(upper, decimals)}"
