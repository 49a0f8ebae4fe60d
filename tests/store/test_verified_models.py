"""``store verify`` proves every model that can read, the bundled ones included, and names one."""

import shutil
from pathlib import Path

import pytest

from arncnn import config
from arncnn.models import bundled
from arncnn.models.bundle import ModelBundle
from arncnn.store import Store
from arncnn.store.verify import verify
from tests.models.damage import flip
from tests.store.made_up import ADA, APOLLO, TILDA, model_folder

pytestmark = pytest.mark.attack


def test_the_bundled_model_in_service_is_named(store: Store) -> None:
    found = verify(store, ADA)
    assert found.is_intact and found.files == len(bundled.SUMS)
    identity = ModelBundle.open(config.BUNDLED_MODELS / "robust").identity
    assert found.serving == f"{identity.id}, bundled"
    assert verify(store, ADA, files=False).serving is None


@pytest.mark.parametrize("name", ["model.json", "predictions.npz"])
def test_a_flipped_bit_of_the_bundled_model_is_found(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    folder = Path(shutil.copytree(config.BUNDLED_MODELS, tmp_path / "models"))
    for module in (bundled, config):
        monkeypatch.setattr(module, "BUNDLED_MODELS", folder)
    flip(folder / "robust" / name, 1000, 3)
    found = verify(store, ADA)
    assert found.problems == ("The bundled model robust is missing or altered.",)
    assert found.serving is None


def test_a_registered_model_in_service_is_named_while_it_is_intact(
    store: Store, tmp_path: Path
) -> None:
    model = store.models.register(TILDA, model_folder(tmp_path / "m"))
    store.models.promote(APOLLO, model.sha256, "good", despite_gate=True)
    assert verify(store, ADA).serving == f"{model.id}, registered"
    flip(model.folder / "model.json", 40, 0)
    found = verify(store, ADA)
    assert found.serving is None
    assert found.problems == (f"The files of models:{model.sha256} are missing or altered.",)


def test_a_model_that_a_setting_names_is_proven_while_it_serves(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = model_folder(tmp_path / "named")
    monkeypatch.setenv("ARNCNN_MODEL", str(folder))
    assert verify(store, ADA).serving.endswith(", ARNCNN_MODEL")
    (folder / "history.csv").write_text("altered")
    found = verify(store, ADA)
    assert found.problems == ("The model that ARNCNN_MODEL names was altered.",)
