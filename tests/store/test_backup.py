import hashlib
import io
import json
import os
import signal
import stat
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from arncnn.errors import StoreError
from arncnn.store import Store, migrations
from arncnn.store.backup import backup, restore
from arncnn.store.identity import kept_files, of_folder
from arncnn.store.verify import verify
from tests.store.made_up import ADA, ANNA, APOLLO, BERT, TILDA, model_folder, new_case

_ROOT = Path(__file__).resolve().parents[2]


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
    with pytest.raises(StoreError, match="already exists"):
        backup(full, ADA, file)
    with pytest.raises(StoreError, match="into an empty store"):
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


def _with(file: Path, changed: dict[str, bytes | None], to: Path) -> Path:
    """A copy of a backup with members of other content (None: without them), sums and all."""
    with tarfile.open(file) as old:
        members = {m.name: old.extractfile(m).read() for m in old if m.name != "manifest.json"}
        manifest = json.load(old.extractfile("manifest.json"))
    members = {**members, **changed}
    members = {name: data for name, data in members.items() if data is not None}
    sums = {n: hashlib.sha256(d).hexdigest() for n, d in members.items() if n != "manifest.json"}
    members.setdefault("manifest.json", json.dumps({**manifest, "sums": sums}).encode())
    with tarfile.open(to, "w") as new:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            new.addfile(member, io.BytesIO(data))
    return to


_HEAD = f'"format":"arncnn-store-1","revision":"{migrations.HEAD}"'.encode()
_NO_ROWS = b'{"sums":{},' + _HEAD + b"}"


@pytest.mark.attack
@pytest.mark.parametrize(
    "changed",
    [
        {"manifest.json": b""},
        {"manifest.json": b"\xff\xfe"},
        {"manifest.json": b"[]"},
        {"manifest.json": b"null"},
        {"manifest.json": b"{}"},
        {"manifest.json": b"[" * 100_000},
        {"manifest.json": _NO_ROWS},
        {"manifest.json": b'{"sums":[1,2],' + _HEAD + b"}"},
        {"manifest.json": b'{"sums":null,' + _HEAD + b"}"},
        {"manifest.json": b'{"sums":"tables",' + _HEAD + b"}"},
        {"manifest.json": b'{"sums":{"../../etc/passwd":"0"},' + _HEAD + b"}"},
        {"manifest.json": None},
        {"tables/cases.jsonl": None},
        {"tables/cases.jsonl": b"null\n"},
        {"tables/cases.jsonl": b"7\n"},
        {"tables/cases.jsonl": b'"text"\n'},
        {"tables/cases.jsonl": b"[1,2]\n"},
        {"tables/cases.jsonl": b'{"no such column":1}\n'},
        {"tables/cases.jsonl": b'{"id":{"a":1}}\n'},
        {"tables/cases.jsonl": b'{"id":' + b"9" * 400 + b"}\n"},
        {"tables/cases.jsonl": b"[" * 100_000},
        {"tables/anchors.jsonl": b""},
        {"tables/anchors.jsonl": b'{"name":"store","entries":0,"hash":"x"}\n'},
        {"tables/anchors.jsonl": b'{"name":"store","entries":0,"hash":7}\n'},
        {"tables/anchors.jsonl": b"{}\n"},
        {"tables/audit.jsonl": b""},
        {"tables/jobs.jsonl": b""},
        {"tables/job_events.jsonl": b""},
        {"../escaped": b"x"},
        {"cases/ab/" + "ab" * 32: b"not what its name says", "tables/cases.jsonl": b""},
    ],
    ids=lambda changed: " ".join(f"{n} {str(d)[:40]}" for n, d in changed.items()),
)
def test_a_malformed_backup_ends_in_a_sentence_and_restores_nothing(
    full: Store, tmp_path: Path, changed: dict[str, bytes | None]
) -> None:
    backup(full, ADA, tmp_path / "backup.tar")
    file = _with(tmp_path / "backup.tar", changed, tmp_path / "malformed.tar")
    if changed.get("manifest.json", b"") is None:
        with tarfile.open(tmp_path / "malformed.tar", "w"):
            pass
    new = Store.open(f"sqlite:///{tmp_path / 'n.sqlite'}", folder=tmp_path / "new")
    before = of_folder(new.folder)
    with pytest.raises(StoreError):
        restore(new, ADA, file)
    assert new.audit.head(ADA)[0] == 0
    assert kept_files(new) == set()
    assert of_folder(new.folder) == before
    assert not (tmp_path / "escaped").exists()
    assert verify(new, ADA).is_intact
    assert restore(new, ADA, tmp_path / "backup.tar").is_intact


_KILLED = """
import os, signal, sys
from pathlib import Path
from arncnn.store import LOCAL_USER, Store, backup

add, members = backup._add, []

def killed(*arguments):
    add(*arguments)
    members.append(1)
    if len(members) == 5:
        arguments[0].fileobj.flush()
        os.kill(os.getpid(), signal.SIGKILL)

backup._add = killed
backup.backup(Store.open(), LOCAL_USER, Path(sys.argv[1]))
"""


@pytest.mark.attack
def test_a_killed_backup_leaves_nothing(full: Store, home: Path, tmp_path: Path) -> None:
    place = tmp_path / "backups"
    place.mkdir()
    command = [sys.executable, "-c", _KILLED, str(place / "backup.tar")]
    ran = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    assert list(place.iterdir()) == []
    backup(full, ADA, place / "backup.tar")
    assert [path.name for path in place.iterdir()] == ["backup.tar"]


def test_without_unnamed_files_the_next_backup_removes_what_a_killed_one_left(
    full: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "backups"
    place.mkdir()
    (place / ".backup.tar.0123abcd").write_bytes(b"half of it")
    monkeypatch.setattr(os, "O_TMPFILE", os.O_DIRECTORY)  # refused, as on such file systems
    backup(full, ADA, place / "backup.tar")
    assert [path.name for path in place.iterdir()] == ["backup.tar"]
    assert stat.S_IMODE((place / "backup.tar").stat().st_mode) == 0o600


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


def arncnn_store(home: Path, *words: str, **environment: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "arncnn", "store", *words]
    environment = {**os.environ, "ARNCNN_HOME": str(home), **environment}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def test_the_commands_back_up_restore_verify_and_print_the_audit(
    full: Store, home: Path, tmp_path: Path
) -> None:
    file, new = tmp_path / "backup.tar", tmp_path / "new"
    made = arncnn_store(home, "backup", str(file))
    assert json.loads(made.stdout)["cases"] == 3, made.stderr
    assert json.loads(arncnn_store(new, "restore", str(file)).stdout)["is_intact"] is True
    lines = arncnn_store(new, "audit", "--csv").stdout.splitlines()
    assert lines[0].startswith("number,time,actor")
    assert "store.restore" in lines[-1]
    expired = arncnn_store(new, "retention", "--days", "1")
    assert json.loads(expired.stdout) == {"deleted": 0, "files_swept": 0}
    assert arncnn_store(new, "verify").returncode == 0
    for path in (new / "cases").glob("??/*"):
        path.write_bytes(b"altered")
    broken = arncnn_store(new, "verify")
    assert broken.returncode == 1
    assert json.loads(broken.stdout)["is_intact"] is False
