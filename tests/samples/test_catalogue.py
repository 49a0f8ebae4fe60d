"""Samples: there without a network, drawn as committed, labelled as what they are."""

import io
from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest

from arncnn.errors import DataError
from arncnn.labels import MEDICAL_MNIST
from arncnn.samples import catalogue
from pages.ui.scan import samples_gallery
from tests.drawings import phantoms
from tests.drawings.samples import draw_all


def test_there_is_a_phantom_of_every_class() -> None:
    assert set(phantoms.PHANTOMS) == set(MEDICAL_MNIST)


def test_the_committed_drawings_are_what_the_code_draws(tmp_path: Path) -> None:
    drawn = draw_all(tmp_path)
    assert {path.name for path in drawn} == {path.name for path in catalogue.FOLDER.glob("*.png")}
    for path in drawn:
        now, kept = (cv2.imread(str(folder / path.name)) for folder in (tmp_path, catalogue.FOLDER))
        # Other versions of OpenCV may round a resized edge or a letter differently.
        assert np.abs(kept.astype(int) - now.astype(int)).mean() < 0.5, path.name


def test_every_phantom_says_on_its_face_that_it_is_synthetic() -> None:
    for draw in phantoms.PHANTOMS.values():
        face = draw()[-18:-4, 4:100].astype(int)
        assert np.ptp(face) > 60  # letters stand out from the ground they are on


@pytest.mark.parametrize("sample", catalogue.samples(), ids=lambda sample: sample.key)
def test_every_sample_has_its_small_picture_so_that_the_first_page_opens_no_file(
    sample: catalogue.Sample,
) -> None:
    """Draw them anew with ``python -m tests.drawings.thumbnails``."""
    drawn = np.frombuffer(samples_gallery.drawn(sample) or b"", np.uint8)
    now, kept = (cv2.imdecode(x, 0) for x in (drawn, np.fromfile(sample.drawn, np.uint8)))
    assert np.abs(kept.astype(int) - now.astype(int)).mean() < 0.5


@pytest.mark.parametrize("sample", catalogue.samples(), ids=lambda sample: sample.key)
def test_every_sample_is_at_hand_and_described(sample: catalogue.Sample) -> None:
    assert len(sample.read()) > 1000
    assert sample.note.endswith(".")
    words = set(sample.note.lower().replace(",", " ").replace(":", " ").split())
    assert {"synthetic", "phantom", "drawn", "pydicom's"} & words, "says who made it"


def test_the_mislabelled_hand_is_a_dicom_whose_header_says_chest() -> None:
    dataset = pydicom.dcmread(io.BytesIO(catalogue.find("mislabelled_hand.dcm").read()))
    assert (dataset.Modality, dataset.BodyPartExamined) == ("DX", "CHEST")
    np.testing.assert_array_equal(
        dataset.pixel_array, cv2.imread(str(catalogue.FOLDER / "Hand.png"), cv2.IMREAD_GRAYSCALE)
    )


def test_an_unknown_sample_is_a_sentence() -> None:
    with pytest.raises(DataError, match="no such sample"):
        catalogue.find("none.png")
