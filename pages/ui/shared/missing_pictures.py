"""Why the data set's pictures cannot be shown, and what brings them."""

from arncnn import data

_FETCH = "`python -m arncnn data fetch`"
_SAID = {
    "remote": f"The images are not part of this project and not on this machine: {_FETCH} "
    "downloads them.",
    "unread": "The images are on this machine, where `ARNCNN_DATA` points, but have not "
    f"been imported: {_FETCH} imports them.",
    "missing": f"The images are not where `ARNCNN_DATA` points. Correct it, then {_FETCH} "
    "imports them.",
    # another data set, or one that came after a page had looked for it and kept what it found
    "prepared": "The images are not in the data set that the dashboard found on this "
    "machine. If it has just been imported, restart the dashboard.",
}


def sentence() -> str:
    """Why there are no pictures and what brings them, in Markdown."""
    return _SAID[data.availability()]
