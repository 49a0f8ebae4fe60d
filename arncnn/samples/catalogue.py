"""Samples to try without a file of one's own and without a network.

Three kinds, each labelled as what it is: phantoms that this project draws, pydicom's
own example files, and, when the data set is on the machine, Medical MNIST test images.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from arncnn.config import ASSETS
from arncnn.errors import DataError
from arncnn.intake import Item, open_bytes
from arncnn.labels import MEDICAL_MNIST

FOLDER = ASSETS / "samples"
_DRAWN = FOLDER / "thumbnails"  # so that the first page opens no file; see tests/samples
_PHANTOMS = ("HeadCT", "CXR", "Hand", "AbdomenCT", "ChestCT", "BreastMRI")  # as they are shown


@dataclass(frozen=True)
class Sample:
    """One file to try.

    Attributes:
        key: stable name, also the file name it is offered under.
        title: what a person reads.
        note: one sentence on what it shows and where it comes from.
        is_known: whether it is one of the six kinds of scan that the model knows.
        read: gives the file's bytes.
    """

    key: str
    title: str
    note: str
    is_known: bool
    read: Callable[[], bytes]

    @property
    def drawn(self) -> Path:
        """Where its small picture lies, if it is one of those that come with this version."""
        return _DRAWN / f"{self.key}.png"

    @property
    def item(self) -> Item:
        """The sample as a file that can be opened."""
        return Item(self.title, partial(open_bytes, self.read()))


def samples() -> tuple[Sample, ...]:
    """All samples that need neither network nor data set, in the order to show them."""
    drawn = tuple(
        Sample(
            key=f"{name}.png",
            title=MEDICAL_MNIST[name].title,
            note="Synthetic: drawn by this project in the style of one of the classes that "
            "the model knows.",
            is_known=True,
            read=(FOLDER / f"{name}.png").read_bytes,
        )
        for name in _PHANTOMS
    )
    return (*drawn, *_OTHERS)


def find(key: str) -> Sample:
    """The sample of that name.

    Raises:
        DataError: there is none.
    """
    found = next((sample for sample in samples() if sample.key == key), None)
    if found is None:
        raise DataError("There is no such sample. Choose one from the list.")
    return found


# pydicom is brought in when a file of its kind is opened: the first page need not wait for it.


def _pydicom_example(name: str) -> bytes:
    from pydicom import examples

    return Path(examples.get_path(name)).read_bytes()


def _mislabelled_hand() -> bytes:
    from arncnn.samples.phantom_dicom import radiograph

    return radiograph(FOLDER / "Hand.png", body_part="CHEST")


_OTHERS = (
    Sample(
        key="mislabelled_hand.dcm",
        title="Wrong header",
        note="The hand phantom, in a file whose header says that it is a chest.",
        is_known=True,
        read=_mislabelled_hand,
    ),
    Sample(
        key="ct_small.dcm",
        title="Spine CT",
        note="pydicom's example CT: a close view of one vertebra, a kind the model was not "
        "trained on.",
        is_known=False,
        read=partial(_pydicom_example, "ct"),
    ),
    Sample(
        key="abdomen_mr.dcm",
        title="Abdomen MR",
        note="pydicom's example MR of a liver: none of the model's classes fits.",
        is_known=False,
        read=partial(_pydicom_example, "overlay"),
    ),
    Sample(
        key="ultrasound.dcm",
        title="Ultrasound",
        note="pydicom's colour ultrasound: a kind of scan the model does not know.",
        is_known=False,
        read=partial(_pydicom_example, "rgb_color"),
    ),
    Sample(
        key="Landscape.png",
        title="Not a scan",
        note="A drawn landscape. The model should refuse it.",
        is_known=False,
        read=(FOLDER / "Landscape.png").read_bytes,
    ),
)
