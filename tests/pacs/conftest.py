"""What the tests with a real archive share: Orthanc, our process, and the store between them."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from arncnn.store import LOCAL_USER, Store
from arncnn.store.source import Queue, Source, SourceSettings
from tests.pacs import orthanc
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Ours:
    """Our process, in a home of its own.

    Attributes:
        home: its folder.
        port: where it receives.
        store: its store, opened here too.
        process: it, while it is at work.
    """

    home: Path
    port: int
    store: Store
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it; what comes meanwhile waits."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "arncnn", "pacs", "work"],
            cwd=ROOT,
            stderr=(self.home / "work.log").open("ab"),
        )

    def kill(self) -> None:
        """Ends it as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def add(self, name: str, **settings: Any) -> Source:
        return self.store.sources.add(LOCAL_USER, name, SourceSettings(**settings))

    def queue(self, source: Source) -> Queue:
        return self.store.sources.queues(LOCAL_USER)[source.id]

    def send(self, *files: Path, called: str = "ARNCNN") -> subprocess.CompletedProcess[str]:
        """Sends files as dcmtk does."""
        command = [
            "storescu",
            "-v",
            "-nh",
            "-to",
            "20",
            "-aec",
            called,
            "127.0.0.1",
            str(self.port),
        ]
        return subprocess.run(
            [*command, *map(str, files)], capture_output=True, text=True, timeout=120
        )

    def said(self) -> str:
        return (self.home / "work.log").read_text()


def in_time(reached: Callable[[], object]) -> bool:
    """Whether it is so in time, which is longer here: a model is loaded, and an archive asked."""
    return wait_until(reached, within_s=150.0)


@contextmanager
def at_work(home: Path) -> Iterator[Ours]:
    """Our process for a block, in an environment that names its home and port."""
    port = orthanc.free_port()
    kept = dict(os.environ)
    os.environ.update(
        ARNCNN_HOME=str(home),
        ARNCNN_PACS_LISTEN=f"127.0.0.1:{port}",
        ARCHIVE_LOGIN=f"{orthanc.USER}:{orthanc.PASSWORD}",
        WRONG_LOGIN=f"{orthanc.USER}:wrong",
    )
    home.mkdir()
    ours = Ours(home, port, Store.open())
    try:
        ours.start()
        yield ours
    finally:
        ours.kill()
        ours.store.close()
        os.environ.clear()
        os.environ.update(kept)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[orthanc.Orthanc]:
    if not orthanc.is_here():
        pytest.skip(
            "Orthanc with DICOMweb and dcmtk are not installed (Debian: apt-get install "
            "orthanc orthanc-dicomweb dcmtk)"
        )
    with orthanc.running(tmp_path_factory.mktemp("archive") / "orthanc") as server:
        yield server


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ours]:
    with at_work(tmp_path_factory.mktemp("ours") / "home") as found:
        yield found
