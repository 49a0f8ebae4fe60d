"""The same store on a real PostgreSQL server, started for the test and thrown away after it."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from arncnn.store import Store
from arncnn.store.backup import backup, restore
from arncnn.store.job import State
from arncnn.store.roles import SUPERVISOR
from arncnn.store.tables import Base
from arncnn.store.verify import verify
from tests.store.made_up import ADA, ANNA, APOLLO, BERT, TILDA, new_case


def _program(name: str) -> str:
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = shutil.which(name) or (str(installed[-1]) if installed else None)
    if found is None:
        pytest.skip(f"PostgreSQL's {name} is not on this machine")
    return str(Path(found).resolve())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an empty database of a throwaway server on loopback."""
    pytest.importorskip("psycopg", reason="the driver is an extra: pip install 'psycopg[binary]'")
    initdb, postgres = _program("initdb"), _program("postgres")
    root = Path(tmp_path_factory.mktemp("postgresql"))
    identity = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        nobody = pwd.getpwnam("nobody")
        identity = {"user": nobody.pw_uid, "group": nobody.pw_gid}
        os.chown(root, nobody.pw_uid, nobody.pw_gid)
        for folder in (root.parent, root.parent.parent):
            folder.chmod(folder.stat().st_mode | 0o011)
    words = [initdb, "-D", str(root / "data"), "-U", "arncnn", "-A", "trust", "--no-sync"]
    subprocess.run(words, check=True, capture_output=True, cwd=root, **identity)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [postgres, "-D", str(root / "data"), "-p", str(port), "-k", "", "-h", "127.0.0.1"]
    process = subprocess.Popen(
        [*words, "-F"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=root, **identity
    )
    try:
        _wait_for(port)
        yield f"postgresql://arncnn@127.0.0.1:{port}/postgres"
    finally:
        process.send_signal(signal.SIGINT)  # a fast shutdown, open connections or not
        process.wait(timeout=60)


def _wait_for(port: int) -> None:
    import psycopg

    end = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(f"host=127.0.0.1 port={port} user=arncnn dbname=postgres").close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def test_everything_a_store_does_works_on_postgresql(
    server: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.open(server)
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    case = store.cases.add(ANNA, new_case(1))
    assert store.cases.add(ANNA, new_case(1)).id == case.id
    assert store.cases.get(ANNA, case.id) == case
    assert store.cases.list(ANNA, sort="entropy").total == 1
    assert store.cases.by_body_part(ANNA)[0].agree == 1
    for number in (2, 3):
        store.cases.add(ANNA, new_case(number, series_key="a"))
    assert sorted(line.slices for line in store.series.list(ANNA).lines) == [1, 2]
    said = store.corrections.say(BERT, case.id, label="Hand")
    store.corrections.review(APOLLO, said.id, approve=True)
    assert store.corrections.queue(ANNA, state="approved")[1] == 1
    _all_claims_are_won_once(store, server)
    assert verify(store, ADA).problems == ()
    file = tmp_path / "backup.tar"
    backup(store, ADA, file)
    monkeypatch.setenv("ARNCNN_HOME", str(tmp_path / "new"))
    moved = Store.open()  # from PostgreSQL to SQLite
    assert restore(moved, ADA, file).is_intact
    assert moved.cases.get(ANNA, case.id) == case
    with store.writing() as session:
        session.connection().exec_driver_sql("UPDATE cases SET label = 'HeadCT'")
    assert not verify(store, ADA).is_intact
    store.close()


def _all_claims_are_won_once(store: Store, server: str) -> None:
    submitted = [store.jobs.submit(TILDA, {"number": number}).id for number in range(6)]
    won = []

    def work(number: int) -> None:
        own = Store.open(server)
        while job := own.jobs.work.claim(SUPERVISOR, f"cpu:{number}@h", engine="local"):
            won.append(job.id)
            own.jobs.work.finish(SUPERVISOR, job.claim, State.SUCCEEDED)
        own.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == sorted(submitted)
