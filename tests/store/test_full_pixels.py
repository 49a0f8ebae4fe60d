"""A scan's values lie whole in its case's file of pixels, bounded, and nothing else of it."""

import io
import json

import numpy as np
import pytest

from arncnn.errors import StoreError
from arncnn.figures import picture
from arncnn.intake.scan import Scan, Window
from arncnn.store import Store, full_pixels, pictures
from arncnn.store.pictures import Pixels
from tests.store.made_up import ANNA, new_case, pixels

_TABLE = np.linspace(0, 1, 64, dtype=np.float32)


def _scan(values: np.ndarray, **rest: object) -> Scan:
    return Scan(pixels=values.astype(np.float32), sha256="", kind="dicom", **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize("values", [[0, 255], [-1024, 3071], [0, 65_535], [0.5, -1e6], [7, 7]])
def test_every_value_comes_back(store: Store, values: list[float]) -> None:
    scan = _scan(np.random.default_rng(1).choice(values, (9, 7)))
    case = store.cases.add(ANNA, new_case(1, scan=scan))
    found = store.cases.scan(ANNA, case.id)
    assert found is not None and found.pixels.dtype == np.float32
    assert np.array_equal(found.pixels, scan.pixels)
    assert store.cases.pixels(ANNA, case.id).display.shape == pixels().display.shape


def test_windows_spacing_and_direction_come_back_and_no_other_header(store: Store) -> None:
    windows = (
        Window("lung", -600, 1500, "SIGMOID"),
        Window("VOI LUT 1", 30, 40, "LUT", _TABLE, 5.0),
    )
    attributes = {"ImageOrientationPatient": "1/0/0/0/1/0", "KVP": "120", "Other": "Doe"}
    scan = _scan(
        np.eye(8), windows=windows, spacing_mm=(0.5, 0.7), aspect=1.4, attributes=attributes
    )
    case = store.cases.add(ANNA, new_case(1, scan=scan))
    found = store.cases.scan(ANNA, case.id)
    assert found is not None
    assert (found.spacing_mm, found.aspect) == (scan.spacing_mm, scan.aspect)
    assert [(each, each.function, each.first) for each in found.windows] == [
        (each, each.function, each.first) for each in windows
    ]
    assert np.array_equal(found.windows[1].table, _TABLE)
    with np.load(io.BytesIO(store.blobs.get(case.pixels_sha256))) as held:
        assert json.loads(held["about.json"])["orientation"] == {
            "ImageOrientationPatient": "1/0/0/0/1/0"
        }
        assert b"Doe" not in held["about.json"] and b"120" not in held["about.json"]


def test_nothing_is_added_where_the_picture_has_it_all_or_there_is_too_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    grey = np.arange(48, dtype=np.uint8).reshape(6, 8)
    plain = Scan(pixels=grey.astype(np.float32), sha256="", kind="png")
    kept = Pixels(picture.display(plain, Window("as stored", 127.5, 255)), pixels().model_input)
    assert pictures.pack(kept, plain) == pictures.pack(kept)
    assert pictures.pack(kept, _scan(np.empty((0, 0)))) == pictures.pack(kept)
    larger = _scan(grey)
    assert pictures.pack(kept, larger) == pictures.pack(kept, larger) != pictures.pack(kept)
    monkeypatch.setattr(full_pixels, "MOST_VALUES", 47)
    assert pictures.pack(kept, larger) == pictures.pack(kept)


def test_values_that_were_altered_are_not_shown(store: Store) -> None:
    case = store.cases.add(ANNA, new_case(1, scan=_scan(np.eye(8))))
    path = store.folder / "cases" / case.pixels_sha256[:2] / case.pixels_sha256
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(StoreError, match="altered"):
        store.cases.scan(ANNA, case.id)
