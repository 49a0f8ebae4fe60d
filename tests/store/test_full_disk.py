"""Deleting makes room, so it works where there is none: tried on a disk of a few megabytes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from arncnn.store import Store, reserve
from arncnn.store.database import DiskFullError
from tests.store.made_up import ANNA, new_case

pytestmark = pytest.mark.attack
_ROOT = Path(__file__).resolve().parents[2]
_MOUNT = 'mount -t tmpfs -o size=6m tmpfs "$ARNCNN_HOME" && exec "$0" -c "$1"'
_PROGRAM = """
import os, shutil
from pathlib import Path
from arncnn.errors import StoreError
from arncnn.store import Store
from arncnn.store.verify import verify
from tests.store.made_up import ADA, ANNA, new_case

store, home = Store.open(), Path(os.environ["ARNCNN_HOME"])
kept = store.cases.add_all(ANNA, [new_case(number) for number in range(4)])

def fill():
    with (home / "filler").open("ab", buffering=0) as file:
        for size in (2**16, 2**12, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                pass
    assert shutil.disk_usage(home).free == 0

fill()
try:
    store.cases.add(ANNA, new_case(9))
except StoreError as error:
    assert "full" in str(error) or "space" in str(error), error
else:
    raise AssertionError("it was not full")
store.cases.delete(ANNA, kept[0].id)
fill()
store.cases.delete_all(ANNA, [case.id for case in kept[1:3]])
fill()
assert store.cases.expire(ADA, days=1, now=kept[3].created_at + 10 * 86400) == 1
assert store.cases.list(ANNA).total == 0
assert list(store.blobs.names()) == []
(home / "filler").unlink()
assert verify(store, ADA).is_intact
store.cases.add(ANNA, new_case(5))
assert verify(store, ADA).is_intact
"""


def test_cases_are_deleted_and_expire_on_a_disk_without_a_free_byte(tmp_path: Path) -> None:
    environment = {**os.environ, "ARNCNN_HOME": str(tmp_path)}
    environment.pop("ARNCNN_DATABASE", None)
    own_mounts = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    try:
        probe = subprocess.run([*own_mounts, _MOUNT, "true", ""], env=environment)
    except FileNotFoundError:
        pytest.skip("there is no unshare here to mount a small disk with")
    if probe.returncode:
        pytest.skip("no small disk can be mounted here")
    command = [*own_mounts, _MOUNT, sys.executable, _PROGRAM]
    ran = subprocess.run(command, env=environment, cwd=_ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_the_reserve_is_there_after_the_first_case_and_given_up_only_when_full(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = reserve.file_of(store.engine)
    assert not file.exists()
    case = store.cases.add(ANNA, new_case(1))
    assert file.stat().st_blocks * 512 >= reserve.SIZE
    seen = []

    def work(_session) -> str:
        seen.append(file.exists())
        if file.exists():
            raise DiskFullError("The disk is full")
        return "done"

    assert reserve.deleting(store, work) == "done"
    assert seen == [True, False]
    with pytest.raises(DiskFullError):
        reserve.deleting(store, lambda session: (_ for _ in ()).throw(DiskFullError("still")))
    store.cases.delete(ANNA, case.id)
    assert file.exists()
