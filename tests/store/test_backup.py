import json
import os
import stat
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from arncnn.errors import StoreError
from arncnn.store import Store
from arncnn.store.backup import backup, restore
from arncnn.store.verify import verify
from tests.store.made_up import ADA, ANNA, APOLLO, BERT, TILDA, model_folder, new_case


@pytest.fixture
def full(store: Store, tmp_path: Path) -> Store:
    """A store with something in every kind of record."""
    case = store.cases.add_all(ANNA, [new_case(number) for number in range(3)])[0]
    said = store.corrections.submit(BERT, case.id, label="Hand", note="a note")
    store.corrections.review(APOLLO, said.id, approve=True)
    job = store.jobs.submit(TILDA, {"epochs": 1})
    store.jobs.work.claim(TILDA, "cpu:0@h", engine="local")
    store.runs.record(TILDA, folder="r", recipe={}, seed=1, metrics={"accuracy": 1}, job_id=job.id)
    model = store.models.register(TILDA, model_folder(tmp_path / "m"), job_id=job.id)
    store.models.judge(TILDA, model.sha256, {"passes": True})
    store.models.promote(APOLLO, model.sha256, "good")
    return store


def test_a_backup_restores_into_an_empty_store_with_everything_in_it(
    full: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "backup.tar"
    counts = backup(full, ADA, file)
    assert (counts["cases"], counts["reviews"], counts["files"]) == (3, 1, 8)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    monkeypatch.setenv("ARNCNN_HOME", str(tmp_path / "new"))
    other = Store.open()
    assert restore(other, ADA, file).is_intact
    assert verify(other, ADA).is_intact
    assert other.cases.list(ANNA).cases == full.cases.list(ANNA).cases
    for case in full.cases.list(ANNA).cases:
        assert (
            other.cases.pixels(ANNA, case.id).model_input
            == full.cases.pixels(ANNA, case.id).model_input
        ).all()
    assert other.jobs.list(TILDA) == full.jobs.list(TILDA)
    assert other.models.serving().sha256 == full.models.serving().sha256
    assert other.models.serving().folder.is_relative_to(tmp_path / "new")
    assert other.audit.entries(ADA).entries[0].action == "store.restore"
    other.cases.add(ANNA, new_case(9))
    assert verify(other, ADA).is_intact


@pytest.mark.attack
def test_a_backup_never_replaces_a_file_and_restores_into_empty_stores_only(
    full: Store, tmp_path: Path
) -> None:
    file = tmp_path / "backup.tar"
    backup(full, ADA, file)
    with pytest.raises(StoreError, match="exists already"):
        backup(full, ADA, file)
    with pytest.raises(StoreError, match="empty store only"):
        restore(full, ADA, file)
    assert verify(full, ADA).is_intact


@pytest.mark.attack
def test_a_damaged_backup_restores_nothing(full: Store, tmp_path: Path, monkeypatch) -> None:
    file = tmp_path / "backup.tar"
    backup(full, ADA, file)
    image = file.read_bytes()
    monkeypatch.setenv("ARNCNN_HOME", str(tmp_path / "new"))
    other = Store.open()
    with tarfile.open(file) as archive:
        inside = [member.offset_data for member in archive if member.size]
    for position in inside:
        damaged = bytearray(image)
        damaged[position] ^= 4
        file.write_bytes(damaged)
        with pytest.raises(StoreError, match="damaged"):
            restore(other, ADA, file)
    file.write_bytes(image[: len(image) // 2])
    with pytest.raises(StoreError, match="damaged"):
        restore(other, ADA, file)
    assert other.cases.list(ANNA).total == 0
    assert list(other.blobs.names()) == []


@pytest.mark.attack
def test_a_backup_of_an_altered_store_is_not_restored(
    full: Store, tmp_path: Path, monkeypatch
) -> None:
    with full.writing() as session:
        session.connection().exec_driver_sql("UPDATE cases SET entropy = 0")
    file = tmp_path / "backup.tar"
    backup(full, ADA, file)
    monkeypatch.setenv("ARNCNN_HOME", str(tmp_path / "new"))
    other = Store.open()
    with pytest.raises(StoreError, match="does not verify"):
        restore(other, ADA, file)
    assert other.cases.list(ANNA).total == 0
    assert list(other.blobs.names()) == []


def _arncnn(home: Path, *words: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "arncnn", "store", *words]
    environment = {**os.environ, "ARNCNN_HOME": str(home)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def test_the_commands_back_up_restore_verify_and_print_the_audit(
    full: Store, home: Path, tmp_path: Path
) -> None:
    file, new = tmp_path / "backup.tar", tmp_path / "new"
    made = _arncnn(home, "backup", str(file))
    assert json.loads(made.stdout)["cases"] == 3, made.stderr
    assert json.loads(_arncnn(new, "restore", str(file)).stdout)["is_intact"] is True
    lines = _arncnn(new, "audit", "--csv").stdout.splitlines()
    assert lines[0].startswith("number,time,actor")
    assert "store.restore" in lines[-1]
    expired = _arncnn(new, "retention", "--days", "1")
    assert json.loads(expired.stdout) == {"deleted": 0, "files_swept": 0}
    assert _arncnn(new, "verify").returncode == 0
    for path in (new / "cases").glob("??/*"):
        path.write_bytes(b"altered")
    broken = _arncnn(new, "verify")
    assert broken.returncode == 1
    assert json.loads(broken.stdout)["is_intact"] is False
