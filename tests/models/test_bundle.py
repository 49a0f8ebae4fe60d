"""A model folder is proven before it is used."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from arncnn import config
from arncnn.errors import ModelError
from arncnn.models import bundle
from arncnn.models.bundle import ModelBundle

BUNDLED = sorted(config.BUNDLED_MODELS.glob("*/model.json"))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(config.default_model(), tmp_path / "model"))


@pytest.mark.parametrize("description", BUNDLED, ids=lambda path: path.parent.name)
def test_every_bundled_model_is_whole_and_replays_its_golden_images(description: Path) -> None:
    opened = ModelBundle.open(description.parent)
    assert opened.network().count_params() > 1_000_000
    assert opened.identity.id.endswith(opened.identity.sha256[:12])


@pytest.mark.attack
@pytest.mark.parametrize("name", [bundle.WEIGHTS, "predictions.npz", "golden.npz"])
def test_one_altered_bit_is_refused(copy: Path, name: str) -> None:
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(ModelError, match=f"{name} is missing or was altered"):
        ModelBundle.open(copy)


@pytest.mark.attack
def test_a_missing_file_is_refused(copy: Path) -> None:
    (copy / bundle.WEIGHTS).unlink()
    with pytest.raises(ModelError, match="missing or was altered"):
        ModelBundle.open(copy)


@pytest.mark.attack
def test_a_description_cannot_point_outside_its_folder(copy: Path) -> None:
    about = json.loads((copy / "model.json").read_text())
    about["files"]["../model/history.csv"] = about["files"]["history.csv"]
    (copy / "model.json").write_text(json.dumps(about))
    with pytest.raises(ModelError, match="missing or was altered"):
        ModelBundle.open(copy)


@pytest.mark.attack
def test_weights_that_read_the_golden_images_differently_are_refused(copy: Path) -> None:
    opened = ModelBundle.open(copy)
    network = opened.network()
    kernel, bias = network.get_layer("logits").get_weights()
    network.get_layer("logits").set_weights([kernel, bias + 1])
    network.save_weights(copy / bundle.WEIGHTS)
    bundle.seal(copy, opened.metadata)  # the sums are right again
    with pytest.raises(ModelError, match="golden images differently"):
        ModelBundle.open(copy).network()


def test_another_input_contract_is_refused(copy: Path) -> None:
    about = json.loads((copy / "model.json").read_text())
    about["preprocessing"]["size"] = 32
    (copy / "model.json").write_text(json.dumps(about))
    with pytest.raises(ModelError, match="a different input preparation"):
        ModelBundle.open(copy)


def test_an_empty_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model in this folder"):
        ModelBundle.open(tmp_path)


def test_golden_images_are_always_the_same_drawings() -> None:
    one, other = bundle.golden_images(), bundle.golden_images()
    np.testing.assert_array_equal(one, other)
    assert one.shape == (bundle.GOLDEN_IMAGES, 64, 64)
    assert one.std(axis=(1, 2)).min() > 10
