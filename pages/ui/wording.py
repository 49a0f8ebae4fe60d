"""How numbers, times, names and other people's words read, everywhere the same."""

import re
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import streamlit as st

from arncnn.formatting import VERDICTS, number, percent, share, span
from arncnn.labels import title
from arncnn.store.correction import NONE_OF_THESE

# fmt: off
__all__ = [
    "DECISIONS", "HEADERS", "ORDERS", "VERDICTS",
    "classes", "moment", "number", "percent", "person", "plain", "share", "span",
    "stated", "zone",
]
# fmt: on

HEADERS = {
    "agree": "Agrees",
    "disagree": "Disagrees",
    "silent": "Not stated",
    "cannot_judge": "Cannot judge",
}
DECISIONS = {"promote": "Promoted", "rollback": "Rolled back"}
ORDERS = {
    "review_first": "Needs review first",
    "newest": "Newest first",
    "oldest": "Oldest first",
    "least_certain": "Least certain first",
    "header_disagrees": "Disagreeing headers first",
    "refused": "Refused first",
    "label": "By class",
}

_MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")  # every sign that can mean something in it


def moment(unix_s: float) -> str:
    """A time as day and minute where the reader is, with the zone; UTC where that is not known.

    >>> moment(0.0)
    '1970-01-01 00:00 UTC'
    """
    return datetime.fromtimestamp(unix_s, zone()).strftime("%Y-%m-%d %H:%M %Z")


def zone() -> tzinfo:
    """The time zone that the reader's browser names."""
    name = st.context.timezone
    try:
        return ZoneInfo(name) if name else UTC
    except (ValueError, LookupError, OSError):  # a browser may name anything
        return UTC


def classes(keys: tuple[str, ...]) -> str:
    """Several classes in one phrase.

    >>> classes(("CXR", "Hand"))
    'Chest X-ray or Hand X-ray'
    """
    return " or ".join(title(key) for key in keys)


def stated(word: str) -> str:
    """What somebody said that a scan shows, as ``Correction.answer`` has it.

    >>> stated("CXR"), stated(NONE_OF_THESE)
    ('Chest X-ray', 'none of these')
    """
    return word if word == NONE_OF_THESE else title(word)


def person(name: str) -> str:
    """Who did something, in Markdown: as code, which makes no link of an address.

    >>> person("clara@clinic.example")
    '`clara@clinic.example`'
    """
    return f"`{name.replace('`', '')}`"


def plain(words: str) -> str:
    r"""What somebody wrote, in Markdown: one line, in which no sign means anything.

    >>> print(plain("not *sure*, see [1]"))
    not \*sure\*\, see \[1\]
    """
    return _MARKDOWN.sub(r"\\\1", " ".join(words.split()))
