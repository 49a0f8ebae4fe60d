"""The bundled models are those that the code names; any other is not used."""

import random
import shutil
from pathlib import Path

import pytest

from arncnn import config
from arncnn.errors import ModelError
from arncnn.models import bundled
from arncnn.models.bundle import ModelBundle
from tests import pin
from tests.models.damage import flip, sums_again

FLIPS = 60  # of each model; `python -m tests.attack.flips` makes more


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bundled models of the test's own."""
    folder = tmp_path_factory.mktemp("bundled") / "models"
    return Path(shutil.copytree(config.BUNDLED_MODELS, folder))


@pytest.fixture(autouse=True)
def _bundled(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled, "BUNDLED_MODELS", folders)


def test_the_sums_are_those_of_the_bundled_models() -> None:
    text = Path(bundled.__file__).read_text()
    assert pin.pinned(text) == text, "renew them: make pin"
    assert bundled.SUMS.keys() == {file.parent.name for file in config.BUNDLED_MODELS.glob("*/*")}


@pytest.mark.attack
@pytest.mark.parametrize("name", sorted(bundled.SUMS))
def test_every_flipped_bit_of_a_bundled_model_is_noticed(folders: Path, name: str) -> None:
    chance, missed = random.Random(name), []
    files = sorted((folders / name).iterdir())
    for number in range(FLIPS):
        file = folders / name / "model.json" if number % 3 else chance.choice(files)
        position, bit = chance.randrange(file.stat().st_size), chance.randrange(8)
        flip(file, position, bit)
        try:
            ModelBundle.open(folders / name)
            missed.append((file.name, position, bit))
        except ModelError:
            pass
        flip(file, position, bit)
    assert missed == []
    ModelBundle.open(folders / name)


@pytest.mark.attack
def test_swapped_labels_are_noticed_though_every_sum_is_right(folders: Path) -> None:
    file = folders / "robust" / "model.json"
    content = file.read_text()
    swapped = content.replace('"CXR"', '"?"').replace('"Hand"', '"CXR"').replace('"?"', '"Hand"')
    assert swapped != content
    file.write_text(swapped)
    sums_again(file.parent)
    with pytest.raises(ModelError, match="The bundled model robust was altered"):
        ModelBundle.open(file.parent)
    file.write_text(content)


def test_a_copy_elsewhere_is_a_model_like_any_other(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(config.BUNDLED_MODELS / "paper", tmp_path / "paper"))
    sums_again(copy)
    assert ModelBundle.open(copy).identity.sha256 != bundled.SUMS["paper"]


def test_a_folder_that_was_added_to_the_bundled_ones_is_not_used(folders: Path) -> None:
    shutil.copytree(folders / "paper", folders / "added")
    with pytest.raises(ModelError, match="bundled model added was altered"):
        ModelBundle.open(folders / "added")
    shutil.rmtree(folders / "added")
