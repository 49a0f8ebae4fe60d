"""Class terms: which modality and body part a class is of, for the header check.

The six classes of Medical MNIST are known. Of any other class the name often says it
(``KneeMRI``, ``chest_xray``, ``Ultrasound breast``); where it does not, who adds a data set
fills it in.
"""

import re
from collections.abc import Iterable, Mapping

from arncnn.intake import terms
from arncnn.labels import MEDICAL_MNIST, Label

_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_CODES = ("CT", "MR", "CR", "DX", "DR", "XR", "MG", "US", "NM", "PT", "XA", "RF")
_WORDS = {
    "MRI": "MR",
    "XRAY": "X-ray",
    "X RAY": "X-ray",
    "RADIOGRAPH": "X-ray",
    "RADIOGRAPHY": "X-ray",
    "TOMOGRAPHY": "CT",
    "ULTRASOUND": "ultrasound",
    "SONOGRAPHY": "ultrasound",
    "MAMMOGRAM": "mammography",
    "MAMMOGRAPHY": "mammography",
    "MAMMO": "mammography",
    "PET": "nuclear medicine",
    "SPECT": "nuclear medicine",
    "ENDOSCOPY": "endoscopy",
    "FUNDUS": "ophthalmology",
    "FLUOROSCOPY": "fluoroscopy",
}


def of_classes(names: Iterable[str], given: Mapping[str, Label] | None = None) -> dict[str, Label]:
    """What is known of each class by its name; a class of which nothing is known is left out.

    Args:
        names: of the classes.
        given: what was filled in for some of them; it goes before the name.
    """
    found = {name: (given or {}).get(name) or of_name(name) for name in names}
    return {name: label for name, label in found.items() if label is not None}


def of_name(name: str) -> Label | None:
    """What a class's name alone says; None where it names neither modality nor body part.

    >>> of_name("KneeMRI").modality, of_name("KneeMRI").body_part
    (('MR', 'MRA', 'MRS'), 'knee')
    >>> of_name("chest_x-ray").body_part, of_name("Normal") is None
    ('chest', True)
    """
    if name in MEDICAL_MNIST:
        return MEDICAL_MNIST[name]
    words = _PARTS.findall(name)
    parts = terms.in_text(" ".join(words)) or terms.in_text(name)
    family = _family(words)
    return made(name, family, next(iter(parts)) if len(parts) == 1 else "")


def made(name: str, family: str, body_part: str, title: str = "") -> Label | None:
    """The terms of a class as they are filled in; None where both are empty.

    Args:
        name: of the class.
        family: of ``families``, or "" where it is not known.
        body_part: of ``body_parts``, or "".
        title: what a person reads; by default the name.
    """
    codes = tuple(code for code, of in terms.table().families.items() if of == family)
    if not codes and body_part not in terms.table().titles:
        return None
    return Label(name, title or name, codes, body_part)


def families() -> tuple[str, ...]:
    """The modalities that can be filled in, in plain words."""
    return tuple(dict.fromkeys(terms.table().families.values()))


def body_parts() -> tuple[str, ...]:
    """The body parts that can be filled in."""
    return tuple(terms.table().titles)


def family_of(label: Label | None) -> str:
    """The modality of a class in plain words, "" where it is not known."""
    found = (terms.family(code) for code in (label.modality if label else ()))
    return next((name for name in found if name), "")


def _family(words: list[str]) -> str:
    upper = f" {' '.join(words).upper()} "
    for word, family in _WORDS.items():
        if f" {word} " in upper:
            return family
    codes = [word for word in words if word in _CODES or (word.upper() in ("CT", "MR", "XR"))]
    return (terms.family(codes[0]) or "") if codes else ""
