"""A real Orthanc with its DICOMweb plugin, on loopback and free ports, for a block.

Both bind every address unless told otherwise; here they are told.
"""

import json
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

_PLUGINS = (
    "/usr/share/orthanc/plugins/libOrthancDicomWeb.so",
    "/usr/lib/orthanc/libOrthancDicomWeb.so",
)
USER, PASSWORD = "reader", "made up for a test"


def is_here() -> bool:
    """Whether Orthanc, its plugin and dcmtk's storescu are installed."""
    return bool(_program()) and bool(_plugin()) and bool(shutil.which("storescu"))


def _program() -> str | None:
    return shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin:/usr/local/sbin")


def _plugin() -> str | None:
    found = [path for path in _PLUGINS if Path(path).exists()]
    found += [str(path) for path in Path("/usr").glob("lib/*/orthanc/*DicomWeb*.so")]
    return found[0] if found else None


def free_port() -> int:
    """A port of loopback that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Orthanc:
    """One server.

    Attributes:
        folder: of its database.
        http, dicom: its ports.
        modalities: who may ask it by DICOM: name to AE title and port.
    """

    folder: Path
    http: int = field(default_factory=free_port)
    dicom: int = field(default_factory=free_port)
    modalities: dict[str, tuple[str, int]] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.http}"

    @property
    def dicom_web(self) -> str:
        return f"{self.root}/dicom-web"

    def start(self) -> "Orthanc":
        """Starts it and waits until it answers."""
        self.folder.mkdir(exist_ok=True)
        settings = {
            "Name": "test",
            "StorageDirectory": str(self.folder / "db"),
            "IndexDirectory": str(self.folder / "db"),
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": True,
            "RegisteredUsers": {USER: PASSWORD},
            "HttpBindAddresses": ["127.0.0.1"],
            "HttpPort": self.http,
            "DicomPort": self.dicom,
            "DicomAet": "ORTHANC",
            "DicomCheckCalledAet": True,
            "DicomAlwaysAllowStore": True,
            "OverwriteInstances": False,
            "DicomModalities": {
                name: [title, "127.0.0.1", port] for name, (title, port) in self.modalities.items()
            },
            "Plugins": [_plugin()],
            "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
        }
        file = self.folder / "orthanc.json"
        file.write_text(json.dumps(settings))
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen([str(_program()), str(file)], stdout=log, stderr=log)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                if self.get("/system"):
                    return self
            except requests.RequestException:
                pass
            if self.process.poll() is not None:
                raise AssertionError((self.folder / "log").read_text()[-2000:])
            time.sleep(0.1)
        raise AssertionError("Orthanc does not start")

    def kill(self) -> None:
        """Ends it as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def hang(self) -> None:
        """It takes connections and says nothing."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def get(self, path: str) -> Any:
        """One of its own resources."""
        answer = requests.get(f"{self.root}{path}", auth=(USER, PASSWORD), timeout=5)
        answer.raise_for_status()
        return answer.json()

    def put(self, data: bytes) -> None:
        """Stores an object by its own way."""
        answer = requests.post(
            f"{self.root}/instances", data=data, auth=(USER, PASSWORD), timeout=30
        )
        answer.raise_for_status()

    def delete(self, path: str) -> None:
        requests.delete(f"{self.root}{path}", auth=(USER, PASSWORD), timeout=5).raise_for_status()

    def find(self, level: str, **query: str) -> list[dict[str, Any]]:
        """What its own search finds, expanded."""
        asked = {"Level": level, "Query": query, "Expand": True}
        answer = requests.post(
            f"{self.root}/tools/find", json=asked, auth=(USER, PASSWORD), timeout=30
        )
        answer.raise_for_status()
        return list(answer.json())


@contextmanager
def running(folder: Path, **how: Any) -> Iterator[Orthanc]:
    """An Orthanc for a block."""
    server = Orthanc(folder, **how)
    try:
        yield server.start()
    finally:
        if server.process is not None:
            server.go_on()
        server.kill()
