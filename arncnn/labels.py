"""The six classes of Medical MNIST, in words.

A model carries its own list of classes (they come from the data it was trained
on); this table only adds what is known about the six standard ones.
"""

from dataclasses import dataclass

MOST_CLASSES = 1000
"""Of a data set or a network. ImageNet has as many; each class costs a column in every table, and
a folder of far more is one of scans, taken for classes."""


@dataclass(frozen=True)
class Label:
    """One class.

    Attributes:
        key: the folder name in the data set; what code compares.
        title: what a person reads.
        modality: DICOM Modality (0008,0060) values that fit it.
        body_part: the body part in plain words.
    """

    key: str
    title: str
    modality: tuple[str, ...]
    body_part: str


MEDICAL_MNIST: dict[str, Label] = {
    label.key: label
    for label in (
        Label("AbdomenCT", "Abdomen CT", ("CT",), "abdomen"),
        Label("BreastMRI", "Breast MRI", ("MR",), "breast"),
        Label("CXR", "Chest X-ray", ("CR", "DX", "DR", "RG"), "chest"),
        Label("ChestCT", "Chest CT", ("CT",), "chest"),
        Label("Hand", "Hand X-ray", ("CR", "DX", "DR", "RG"), "hand"),
        Label("HeadCT", "Head CT", ("CT",), "head"),
    )
}


def title(key: str) -> str:
    """What a person reads for a class; a class this table does not know reads as its key.

    >>> title("CXR"), title("Knee")
    ('Chest X-ray', 'Knee')
    """
    label = MEDICAL_MNIST.get(key)
    return label.title if label else key


def answer(key: str | None, *, is_unclear: bool) -> str:
    """What a reading answers, in words; a class that was doubted is not named as if it were not.

    >>> answer("CXR", is_unclear=False), answer("CXR", is_unclear=True)
    ('Chest X-ray', 'Unclear, likeliest Chest X-ray')
    >>> answer(None, is_unclear=False)
    'No class given'
    """
    if key is None:
        return "No class given"
    return f"Unclear, likeliest {title(key)}" if is_unclear else title(key)
