"""A description is read whole or refused in a sentence; whatever is changed in it."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arncnn import config
from arncnn.errors import ModelError
from arncnn.models.metadata import LARGEST, ModelMetadata

BUNDLED = sorted(config.BUNDLED_MODELS.glob("*/model.json"))
ADDED_LATER = {
    "explanations",
    "started_from",
    "averaged_with",
    "header_terms",
    "corrected_scans",
    "plain_share",
    "outliers",
    "drawn_as_mr",
}
TABLES = {
    "files",
    "corrected_scans",
    "scales",
    "explanations",
    "kinds",
}  # of which an entry may be absent


def _short(values: Any) -> Any:
    """The description with ten calibration scores a class, so that other keys are drawn too."""
    calibration = values["calibration"]
    if calibration:
        sets = calibration["conformal"]
        sets["banks"] = [bank[:10] for bank in sets["banks"]]
        calibration["images_per_class"] = dict.fromkeys(sets["labels"], 10)
    return values


PAPER, ROBUST = (_short(json.loads(path.read_text())) for path in BUNDLED)
BOTH = st.sampled_from([PAPER, ROBUST])
OTHERS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.none() | st.integers() | st.text(max_size=2), max_size=2),
    st.dictionaries(st.text(max_size=3), st.none() | st.integers(), max_size=2),
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    return [path, *(place for key, item in inner for place in _places(item, (*path, key)))]


def _at(values: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        values = values[key]
    return values


def _read(values: Any) -> Any:
    """What the bytes of the description are read as; None where they are refused."""
    try:
        return ModelMetadata.parse(json.dumps(values).encode()).to_json()
    except ModelError as error:
        assert str(error).endswith(".")
        return None


@pytest.mark.parametrize("file", BUNDLED, ids=lambda path: path.parent.name)
def test_a_bundled_description_is_written_back_as_it_was_read(file) -> None:
    stored = json.loads(file.read_text())
    again = ModelMetadata.parse(file.read_bytes()).to_json()
    for key in stored.keys() - {"data", "recipe"}:
        assert again[key] == stored[key]
    for key in ("data", "recipe"):  # with what a later version added
        assert again[key] | stored[key] == again[key]
    assert again.keys() - stored.keys() <= ADDED_LATER
    assert _read(again) == again


@given(BOTH, OTHERS, st.data())
def test_a_value_of_another_type_is_refused_or_changes_nothing(stored, other, data) -> None:
    changed = copy.deepcopy(stored)
    path = data.draw(st.sampled_from(_places(stored)[1:]))
    before = _at(stored, path)
    if type(before) is type(other):
        return
    _at(changed, path[:-1])[path[-1]] = other
    read = _read(changed)
    is_optional = before is None or other is None or isinstance(before, int | float)
    assert read is None or read == _read(stored) or is_optional


@given(BOTH, st.data())
def test_a_missing_key_is_refused_unless_an_earlier_version_lacked_it(stored, data) -> None:
    changed = copy.deepcopy(stored)
    keys = [path for path in _places(stored)[1:] if isinstance(path[-1], str)]
    path = data.draw(st.sampled_from(keys))
    del _at(changed, path[:-1])[path[-1]]
    if path[-1] not in ADDED_LATER and not TABLES.intersection(path[:-1]):
        assert _read(changed) is None
    else:
        _read(changed)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("recipe", "epochs"), "14", "recipe.epochs must be a whole number from 0"),
        (("data", "split"), 3, "data.split must be text"),
        (("data", "train_images"), -1, "train_images must be a whole number"),
        (("recipe", "hyper", "classes"), 10**9, "at most 1000 classes"),
        (("recipe", "hyper", "dropout"), 1.0, "Dropout must be"),
        (("recipe", "hyper", "conv_activation"), "os.system", "conv_activation must be one of"),
        (("hyper_parameters", "classes"), 5, "different networks"),
        (("labels",), ["CXR"] * 6, "different networks"),
        (("calibration", "temperature"), 2.0, "temperature is not one number"),
        (("calibration", "thresholds", "novelty_refuse"), 1.5, "not between 0 and 1"),
        (("calibration", "conformal", "banks", 0, 0), 1e6, "out of order"),
        (
            ("calibration", "conformal", "banks", 0, 0),
            float("nan"),
            "banks must be a finite number",
        ),
        (("averaged_with",), {"id": "r", "sha256": "0" * 64, "share": 7.0}, "share is over 1"),
        (("format",), 2, "format that this version does not read"),
        (("seed",), 2**60, "seed must be a whole number"),
        (("made_with", "torch"), "2", "made_with.torch, which this version does not know"),
    ],
)
def test_what_is_wrong_is_named(path: tuple[Any, ...], value: Any, said: str) -> None:
    changed = copy.deepcopy(ROBUST)
    _at(changed, path[:-1])[path[-1]] = value
    with pytest.raises(ModelError, match=said):
        ModelMetadata.parse(json.dumps(changed).encode())


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"[" * 100_000, b"\xff\xfe", b'"x"'])
def test_what_is_no_description_is_refused(raw: bytes) -> None:
    with pytest.raises(ModelError):
        ModelMetadata.parse(raw)


def test_an_enormous_description_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(ModelError, match="more than 16,777,216 bytes"):
        ModelMetadata.parse(b" " * (LARGEST + 1))
