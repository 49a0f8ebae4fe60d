"""Why the data set's pictures cannot be shown, and what brings them."""

from arncnn import data

_FETCH = "`python -m arncnn data fetch`"
_SAID = {
    "remote": f"The pictures are not part of this project and not on this machine: {_FETCH} brings "
    "them.",
    "unread": "The pictures are on this machine, where `ARNCNN_DATA` says, but have not been read "
    f"in: {_FETCH} reads them in.",
    "missing": "The pictures are not where `ARNCNN_DATA` says. Correct it, then "
    f"{_FETCH} reads them in.",
    # another data set, or one that came after a page had looked for it and kept what it found
    "prepared": "The pictures are not in the data set that the dashboard found on this machine. If "
    "it was read in only now, start the dashboard again.",
}


def sentence() -> str:
    """Why there are no pictures and what brings them, in Markdown."""
    return _SAID[data.availability()]
