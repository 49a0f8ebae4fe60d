"""A folder of outliers: decoded as scans are, told by kind, and left out by kind."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from arncnn.data import outliers
from arncnn.errors import DataError, UsageError
from arncnn.intake import open_bytes
from arncnn.preprocess import model_input, normalize


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for kind, count in (("knee", 2), ("plots", 1)):
        (tmp_path / kind).mkdir()
        for number in range(count):
            coarse = rng.integers(0, 256, (9, 12), np.uint8)
            picture = cv2.resize(coarse, (120, 90), interpolation=cv2.INTER_CUBIC)
            cv2.imwrite(str(tmp_path / kind / f"{number}.png"), picture)
    (tmp_path / "plots" / "notes.txt").write_text("no picture")
    (tmp_path / "MANIFEST.csv").write_text("path\n")
    return tmp_path


def test_pictures_are_what_the_network_would_be_shown_of_them(folder: Path) -> None:
    found = outliers.load(folder)
    assert found.counts() == {"knee": 2, "plots": 1}
    for image, path in zip(found.images, found.paths, strict=True):
        shown = model_input(open_bytes((folder / path).read_bytes())).images[0]
        assert np.abs(normalize(image[None])[0] - shown).max() < 2 / 255


def test_the_sum_is_of_names_and_contents(folder: Path) -> None:
    before = outliers.load(folder).sha256
    assert outliers.load(folder).sha256 == before
    (folder / "knee" / "0.png").rename(folder / "plots" / "2.png")
    assert outliers.load(folder).sha256 != before


def test_kinds_are_left_out_by_name(folder: Path) -> None:
    found = outliers.load(folder)
    assert found.without(["knee"]).counts() == {"plots": 1}
    assert found.only(["knee"]).counts() == {"knee": 2}
    with pytest.raises(UsageError, match="no kind 'brain'"):
        found.without(["brain"])
    with pytest.raises(UsageError, match="No outliers remain"):
        found.without(["knee", "plots"])


def test_a_folder_without_pictures_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no image"):
        outliers.load(tmp_path / "missing")
