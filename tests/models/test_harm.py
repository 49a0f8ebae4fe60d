"""A model's files that hold nothing good end in a sentence, even where their sums are right."""

import json
import shutil
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from arncnn import config
from arncnn.cases.loaded_model import LoadedModel
from arncnn.errors import ModelError
from arncnn.inference.reader import Reader
from arncnn.models import training_history
from arncnn.models.bundle import WEIGHTS, ModelBundle
from arncnn.models.predictions import Predictions
from tests.models.damage import OF_ARRAYS, Harm, flip, sums_again, truncated

pytestmark = pytest.mark.attack


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(config.BUNDLED_MODELS / "robust", tmp_path / "model"))


def _refused(folder: Path, read: Callable[[ModelBundle], object]) -> str:
    """What is said of the folder, whose sums are right."""
    sums_again(folder)
    bundle = ModelBundle.open(folder)
    with pytest.raises(ModelError) as caught:
        read(bundle)
    said = str(caught.value)
    assert said.endswith(".") and len(said) > 40
    return said


@pytest.mark.parametrize("harm", OF_ARRAYS, ids=lambda harm: harm.__name__)
@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("golden.npz", ModelBundle.network),
        ("novelty.npz", ModelBundle.novelty),
        ("predictions.npz", Predictions.of),
    ],
)
def test_arrays_that_do_not_fit_are_a_model_error(
    folder: Path, name: str, read: Callable[[ModelBundle], object], harm: Harm
) -> None:
    harm(folder / name)
    _refused(folder, read)


@pytest.mark.parametrize("harm", OF_ARRAYS, ids=lambda harm: harm.__name__)
def test_a_damaged_training_features_file_is_as_if_there_were_none(
    folder: Path, harm: Harm, monkeypatch: pytest.MonkeyPatch
) -> None:
    harm(folder / "similar.npz")
    sums_again(folder)
    reader = type("Unloaded", (), {"bundle": ModelBundle.open(folder)})()
    assert LoadedModel(reader).training_features is None


def test_novelty_of_another_network_is_not_used(folder: Path) -> None:
    with np.load(folder / "novelty.npz") as stored:
        arrays = dict(stored)
    arrays["residual.mean"] = arrays["residual.mean"][:100]
    arrays["residual.directions"] = arrays["residual.directions"][:100]
    np.savez(folder / "novelty.npz", **arrays)
    sums_again(folder)
    with pytest.raises(ModelError, match="mean has another shape"):
        Reader.open(folder)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "epoch,loss\n",
        "epoch,loss,accuracy,v_loss,v_acc,lr,next_lr,monitor,improvement_percent,duration_s\n",
        "\0" * 100,
        "epoch,loss\n" * 200_000,
        '"' + "x" * 300_000,
        "\udcff",
    ],
    ids=["empty", "no rows", "header alone", "zeros", "too long", "one long field", "no text"],
)
def test_a_history_that_is_none_is_a_model_error(folder: Path, text: str) -> None:
    (folder / "history.csv").write_text(text, errors="surrogateescape")
    assert "history" in _refused(folder, training_history.load)


@pytest.mark.parametrize(("column", "value"), [(1, "nan"), (4, "inf"), (0, "7"), (0, "9" * 5000)])
def test_a_history_of_impossible_epochs_is_a_model_error(
    folder: Path, column: int, value: str
) -> None:
    head, first, *rest = (folder / "history.csv").read_text().splitlines()
    cells = first.split(",")
    cells[column] = value
    (folder / "history.csv").write_text("\n".join([head, ",".join(cells), *rest]))
    assert "history" in _refused(folder, training_history.load)


def _elsewhere(file: Path) -> None:
    other = file.with_name("other.h5")
    file.rename(other)
    with h5py.File(file, "w") as stored:
        stored["layers"] = h5py.ExternalLink(str(other), "/layers")


def _endless(file: Path) -> None:
    with h5py.File(file, "w") as stored:
        stored.create_dataset("layers/dense/vars/0", (2**33,), "f4", chunks=(2**20,))


def _of_zeros(file: Path) -> None:
    with h5py.File(file, "r+") as stored:
        stored["layers/dense_1/vars/0"][...] = 0


def _without_a_layer(file: Path) -> None:
    with h5py.File(file, "r+") as stored:
        del stored["layers/dense_1"]


def _no_hdf5(file: Path) -> None:
    file.write_bytes(b"weights")


@pytest.mark.parametrize(
    "harm",
    [truncated, _elsewhere, _endless, _of_zeros, _without_a_layer, _no_hdf5],
    ids=lambda harm: harm.__name__,
)
def test_weights_that_do_not_fit_are_a_model_error(folder: Path, harm: Harm) -> None:
    harm(folder / WEIGHTS)
    (folder / "other.h5").unlink(missing_ok=harm is not _elsewhere)
    _refused(folder, ModelBundle.network)


def test_another_file_is_not_read_through_the_weights(folder: Path, tmp_path: Path) -> None:
    (folder / WEIGHTS).rename(tmp_path / "other.h5")
    with h5py.File(folder / WEIGHTS, "w") as stored:
        stored["layers"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/layers")
    assert "weights do not fit" in _refused(folder, ModelBundle.network)


def test_a_key_whose_name_has_lost_a_bit_is_a_model_error(folder: Path) -> None:
    file = folder / "model.json"
    content = file.read_bytes()
    about = json.loads(content)
    about["data"]["outliers"]["kinds"] = {}  # names of folders, of which any may be right
    keys = {f'"{key}"'.encode() for key in _keys(about)}
    assert len(keys) > 60
    for key in keys:
        flip(file, content.index(key + b":") + 1, 0)
        with pytest.raises(ModelError):
            ModelBundle.open(folder)
        file.write_bytes(content)


def _keys(values: object) -> set[str]:
    if isinstance(values, dict):
        return set(values) | set().union(*map(_keys, values.values()), set())
    return set().union(*map(_keys, values)) if isinstance(values, list) else set()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("recipe", "hyper", "classes"), 500_000),
        (("hyper_parameters", "classes"), 500_000),
        (("labels",), [str(number) for number in range(20_000)]),
    ],
)
def test_a_huge_network_is_refused_before_there_is_room_for_it(folder: Path, path, value) -> None:
    about = json.loads((folder / "model.json").read_text())
    part = about
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    (folder / "model.json").write_text(json.dumps(about))
    tracemalloc.start()
    with pytest.raises(ModelError):
        ModelBundle.open(folder)
    assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    tracemalloc.stop()


def test_a_description_without_end_is_refused(folder: Path) -> None:
    with (folder / "model.json").open("r+b") as stream:
        stream.truncate(2**36)  # sparse: takes no room on the disk
    with pytest.raises(ModelError, match="more than 16,777,216 bytes"):
        ModelBundle.open(folder)
