"""A data set is read in behind the pages, by who may train, and found again until it is kept."""

from pathlib import Path

import pytest

from arncnn.data import registry
from arncnn.errors import PermissionDenied, UsageError
from arncnn.jobs import data_set_intake
from arncnn.store import LOCAL_USER, Actor, Role, Store
from tests.data.test_adding import picture, zipped
from tests.waiting import wait_until

pytestmark = pytest.mark.attack


@pytest.fixture
def store(home: Path) -> Store:
    return Store.open()


@pytest.fixture
def given(tmp_path: Path) -> Path:
    files = {f"{name}/{n}.png": picture(n) for name in ("A", "B") for n in range(6)}
    return zipped(tmp_path / "set.zip", files)


def _read(store: Store, path: Path) -> data_set_intake.Intake:
    intake = data_set_intake.start(store, LOCAL_USER, path, "here", is_ours=True)
    assert wait_until(lambda: not intake.is_working)
    return intake


def test_what_was_read_in_is_kept_once_and_its_zip_goes(store: Store, given: Path) -> None:
    intake = _read(store, given)
    assert intake.preview is not None and not given.exists()
    assert data_set_intake.of(LOCAL_USER) is intake
    with pytest.raises(UsageError, match="licence"):
        data_set_intake.keep(store, LOCAL_USER, intake, "Two", "", {})
    kept = data_set_intake.keep(store, LOCAL_USER, intake, "Two", "CC0", {})
    assert registry.find("two") == kept
    assert data_set_intake.of(LOCAL_USER) is None


def test_what_is_discarded_leaves_nothing(store: Store, given: Path) -> None:
    _read(store, given)
    data_set_intake.discard(store, LOCAL_USER)
    assert data_set_intake.of(LOCAL_USER) is None
    assert list(registry.data_folder().glob("added-*")) == []


def test_a_broken_zip_ends_in_a_sentence(store: Store, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"no zip")
    intake = _read(store, tmp_path / "x.zip")
    assert intake.error is not None and intake.error.endswith(".")
    data_set_intake.discard(store, LOCAL_USER)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CLINICIAN, Role.APPROVER, Role.ADMIN])
def test_only_a_trainer_adds_a_data_set(store: Store, given: Path, role: Role) -> None:
    person = Actor("x", frozenset({role}))
    with pytest.raises(PermissionDenied):
        data_set_intake.start(store, person, given, "here", is_ours=True)
    assert given.exists()


def test_a_folder_on_the_server_is_named_only_where_the_administrator_allows_it(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sets" / "knees").mkdir(parents=True)
    (tmp_path / "secret").mkdir()
    (tmp_path / "sets" / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(UsageError, match="ARNCNN_DATA_SETS"):
        data_set_intake.folder_on_server("knees")
    monkeypatch.setenv("ARNCNN_DATA_SETS", str(tmp_path / "sets"))
    assert data_set_intake.folder_on_server("knees") == tmp_path / "sets" / "knees"
    for name in ("", ".", "..", "../secret", "link", "missing", str(tmp_path / "secret")):
        with pytest.raises(UsageError):
            data_set_intake.folder_on_server(name)
