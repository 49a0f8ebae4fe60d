"""How numbers and times read, everywhere the same."""

from datetime import UTC, datetime

from arncnn.labels import title

VERDICTS = {"accept": "Accepted", "review": "Needs review", "refuse": "Refused"}
HEADERS = {
    "agree": "Agrees",
    "disagree": "Disagrees",
    "silent": "Silent",
    "cannot_judge": "Cannot judge",
}
ORDERS = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "least_certain": "Least certain first",
    "header_disagrees": "Disagreeing headers first",
    "refused": "Refused first",
    "label": "By class",
}
_LEAST, _MOST = 0.0005, 0.9995  # beyond these one decimal of a percentage would claim too much


def percent(probability: float) -> str:
    """A probability as a percentage with one decimal, never a rounded 0 or 100.

    >>> percent(0.973), percent(0.99999), percent(1e-9)
    ('97.3 %', '> 99.9 %', '< 0.1 %')
    """
    if probability > _MOST:
        return "> 99.9 %"
    if probability < _LEAST:
        return "< 0.1 %"
    return f"{probability:.1%}".replace("%", " %")


def share(value: float, decimals: int = 2) -> str:
    """A counted share as a percentage: exact, so 0 and 100 may stand.

    >>> share(0.99533), share(1.0, 1)
    ('99.53 %', '100.0 %')
    """
    return f"{value:.{decimals}%}".replace("%", " %")


def number(value: float) -> str:
    """An uncertainty in its unit, with three decimals.

    >>> number(0.02749), number(0.0001)
    ('0.027', '< 0.001')
    """
    return "< 0.001" if 0 <= value < 0.0005 else f"{value:.3f}"


def moment(unix_s: float) -> str:
    """A time as day and minute in UTC.

    >>> moment(0.0)
    '1970-01-01 00:00 UTC'
    """
    return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%d %H:%M UTC")


def classes(keys: tuple[str, ...]) -> str:
    """Several classes in one phrase.

    >>> classes(("CXR", "Hand"))
    'Chest X-ray or Hand X-ray'
    """
    return " or ".join(title(key) for key in keys)
