"""Adding: a ZIP or a folder of class folders as a packed data set, with what it turned out to be.

Every picture is decoded as a scan is: bounded, and in the sandbox. What is none is left out and
named. Nothing is registered here, and nothing is trained on: first a person looks at the preview.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from arncnn.data import duplicates, mednist, pack, registry, source
from arncnn.data.dataset import Dataset
from arncnn.data.source import Member
from arncnn.errors import DataError, IntakeError
from arncnn.formatting import counted
from arncnn.intake import archive, class_terms, limits
from arncnn.labels import MOST_CLASSES, Label
from arncnn.progress import Progress

FEW_IMAGES = 25  # of which the paper's split tests on one
_LEAST_CLASSES = 2
_LONGEST_CLASS = 64  # characters
_OUTSIDE = "It lies outside any class folder. Expected <Class>/<file>."
_DECODED = re.compile(r"^The image .*? cannot be decoded\. ")


@dataclass(frozen=True)
class ClassPreview:
    """What a class of a data set holds.

    Attributes:
        key: the folder's name.
        images: how many there are.
        copies: of them, byte-identical to an earlier image of the data set.
        near_twins: of them, with a near-twin elsewhere in the data set.
        left_out: files of the folder that are no picture here.
        terms: modality and body part as the name says them; None where it says neither.
    """

    key: str
    images: int
    copies: int
    near_twins: int
    left_out: int
    terms: Label | None

    @property
    def has_few(self) -> bool:
        """Whether the class is too small to be tested."""
        return self.images < FEW_IMAGES


@dataclass(frozen=True)
class Preview:
    """What a data set turned out to be, before anything is trained on it.

    Attributes:
        classes: in the order of the labels.
        images: in all.
        left_out: reason to the number of files left out for it, the most frequent first.
        near_twin_pairs: pairs of images that differ by less than 5 grey levels.
    """

    classes: tuple[ClassPreview, ...]
    images: int
    left_out: dict[str, int]
    near_twin_pairs: int

    def remarks(self) -> tuple[str, ...]:
        """What to know before training on it, in sentences."""
        said = []
        few = [f"{found.key} ({found.images})" for found in self.classes if found.has_few]
        if few:
            said.append(
                f"Too few images to test how well the class is read (under {FEW_IMAGES}): "
                f"{', '.join(few)}."
            )
        copies = sum(found.copies for found in self.classes)
        if copies:
            said.append(
                f"Byte-identical to an earlier image: {counted(copies, 'image')}. If "
                "duplicates are in both training and test set, a model looks better than "
                "it is."
            )
        twins = sum(found.near_twins for found in self.classes)
        if twins:
            said.append(
                "With a near-duplicate, such as a neighbouring slice: "
                f"{counted(twins, 'image')}. Grouped folds keep near-duplicates together; "
                "the paper's split does not."
            )
        silent = [found.key for found in self.classes if found.terms is None]
        if silent:
            said.append(
                "The names of these classes state neither modality nor body part, so "
                "headers cannot be checked against them unless you fill these in: "
                f"{', '.join(silent)}."
            )
        return tuple(said)


def prepare(path: Path, progress: Progress | None = None) -> Dataset:
    """Pack a ZIP or a folder and find its near-twins; the same content packs once.

    Args:
        path: of a ZIP within ``limits.DATA_SET``, or of a folder.
        progress: told the stage and how far it is.

    Raises:
        DataError: it is no such thing, or holds no data set of at least two classes.
        IntakeError: the ZIP as a whole is refused.
    """
    left_out: list[tuple[str, str]] = []
    if path.is_dir():
        found, expected = source.members(path), None
    else:
        listed = archive.entries(path, limits.DATA_SET)
        found, expected = _members(path, listed, left_out), len(listed)
    with mednist.preparing(progress) as parent:
        folder = pack.write(found, parent, _check, progress, expected, left_out=left_out)
    dataset = pack.open_pack(folder)
    duplicates.near_twins(dataset, progress)
    return dataset


def preview(dataset: Dataset, progress: Progress | None = None) -> Preview:
    """What a packed data set holds; quick once its near-twins are known."""
    copies = dataset.counts(duplicates.copies(dataset))
    pairs = duplicates.near_twins(dataset, progress)
    twins = dataset.counts(sorted({int(index) for index in pairs.ravel()}))
    by_class = Counter(path.partition("/")[0] for path, _ in dataset.left_out)
    terms = class_terms.of_classes(dataset.labels)
    classes = tuple(
        ClassPreview(name, n, copies[name], twins[name], by_class[name], terms.get(name))
        for name, n in dataset.counts().items()
    )
    reasons = Counter(_DECODED.sub("", reason) for _, reason in dataset.left_out)
    return Preview(classes, len(dataset), dict(reasons.most_common()), len(pairs))


def _members(
    path: Path, listed: list[archive.Entry], left_out: list[tuple[str, str]]
) -> Iterator[Member]:
    """The files of a ZIP that may be pictures of a class; what else there is, is left out."""
    number, classes = 0, set[str]()
    for entry in listed:
        name = PurePosixPath(entry.name)
        if entry.reason is None and not source.is_offered(name):
            continue
        if entry.reason is not None or len(name.parts) < 2:
            left_out.append((entry.name, _OUTSIDE if entry.reason is None else str(entry.reason)))
            continue
        try:
            data = b"".join(archive.chunks(path, entry))
        except IntakeError as error:
            left_out.append((entry.name, str(error)))
            continue
        number += 1
        classes.add(name.parts[-2])
        if len(classes) > MOST_CLASSES:
            raise DataError(
                f"The ZIP has more than {MOST_CLASSES:,} class folders. Expected <Class>/<file>: "
                "one folder for each class, not for each patient or study."
            )
        yield Member("/".join(name.parts[:-2]), "/".join(name.parts[-2:]), data)
    if number == 0:
        raise DataError(
            "No images were found in the ZIP. Expected <Class>/<file> with JPEG, PNG, BMP, "
            "TIFF, DICOM or NIfTI files."
        )


def _check(root: str, counts: dict[str, int]) -> str:
    if len(counts) < _LEAST_CLASSES:
        raise DataError(
            f"There is only one class ({', '.join(counts)}). A model needs at least two, "
            "with one folder for each class."
        )
    long = [name for name in counts if len(name) > _LONGEST_CLASS or not name.isprintable()]
    if long:
        raise DataError(
            f"The name of a class folder has more than {_LONGEST_CLASS} characters. Shorten it."
        )
    return registry.ADDED
