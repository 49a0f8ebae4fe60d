"""Body parts and modalities as headers word them, looked up in ``terms.json``."""

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("terms.json")
_NOT_A_WORD = re.compile(r"[^A-Z0-9]+")


@dataclass(frozen=True)
class Terms:
    """The table, turned round for looking up.

    Attributes:
        titles: body part to what a person reads.
        words: word or code to body parts, for any text.
        stated: the same with the words that only count as a whole value.
        shown_with: body part to those whose pictures usually include it.
        families: DICOM Modality to its family in plain words.
        storage_families: name of a SOP class to the family of its modality.
    """

    titles: dict[str, str]
    words: dict[str, frozenset[str]]
    stated: dict[str, frozenset[str]]
    shown_with: dict[str, frozenset[str]]
    families: dict[str, str]
    storage_families: dict[str, str]


@cache
def table() -> Terms:
    """The terms, read once."""
    raw = json.loads(_TABLE.read_text(encoding="utf-8"))
    words: dict[str, frozenset[str]] = {}
    stated: dict[str, frozenset[str]] = {}
    for part, entry in raw["body_parts"].items():
        words.update(dict.fromkeys([*entry["synonyms"], *entry["codes"]], frozenset({part})))
        stated.update(dict.fromkeys(entry.get("stated_only", ()), frozenset({part})))
    words.update({word: frozenset(parts) for word, parts in raw["combinations"].items()})
    return Terms(
        titles={part: entry["title"] for part, entry in raw["body_parts"].items()},
        words=words,
        stated=words | stated,
        shown_with={
            part: frozenset(entry.get("usually_shown_with", ()))
            for part, entry in raw["body_parts"].items()
        },
        families={
            modality: family
            for family, modalities in raw["modality_families"].items()
            for modality in modalities
        },
        storage_families={
            name: family for family, names in raw["storage_classes"].items() for name in names
        },
    )


def _plain(text: str) -> str:
    """Upper case without accents; anything but letters and digits becomes a space."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().upper()
    return _NOT_A_WORD.sub(" ", letters).strip()


def in_text(text: str) -> frozenset[str]:
    """Body parts that free text names, as whole words.

    >>> sorted(in_text("CT Thorax/Abdomen routine")), sorted(in_text("main series"))
    (['abdomen', 'chest'], [])
    """
    words = table().words
    found = (words.get(word, frozenset()) for word in _plain(text).split())
    return frozenset().union(*found)


def in_value(value: str) -> frozenset[str]:
    r"""Body parts that a Body Part Examined value names.

    >>> sorted(in_value("CHESTABDOMEN")), sorted(in_value("T\u00eate")), sorted(in_value("MAIN"))
    (['abdomen', 'chest'], ['head'], ['hand'])
    """
    plain = _plain(value)
    whole = table().stated.get(plain.replace(" ", ""))
    return in_text(value) if whole is None else whole


def known(value: str) -> str:
    """A Body Part Examined value reduced to the words the table knows; empty without any.

    >>> known("Chest DOE"), known("whole-body"), known("DOE")
    ('CHEST', 'WHOLE BODY', '')
    """
    plain = _plain(value)
    stated = table().stated
    if plain.replace(" ", "") in stated:
        return plain
    return " ".join(word for word in plain.split() if word in stated)


def in_code(code: str) -> frozenset[str]:
    """Body parts that a coded anatomy names, written as ``scheme:value``.

    >>> sorted(in_code("SCT:51185008")), sorted(in_code("SCT:0"))
    (['chest'], [])
    """
    return table().words.get(code, frozenset())


def family(modality: str) -> str | None:
    """The family of a DICOM Modality, e.g. "X-ray" for DX; None for OT, SC and unknown ones.

    >>> family("DX"), family("OT")
    ('X-ray', None)
    """
    return table().families.get(modality.strip().upper())


def storage_family(sop_class: str) -> str | None:
    """The family of a SOP class by its name; None where it is of no one modality.

    >>> storage_family("Enhanced MR Image Storage")
    'MR'
    >>> storage_family("Secondary Capture Image Storage") is None
    True
    """
    return table().storage_families.get(sop_class)
