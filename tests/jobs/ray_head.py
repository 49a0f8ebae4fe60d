"""A Ray head of this machine, closed by a token, in a folder and on ports of its own."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PORT = 8899
ADDRESS = f"http://127.0.0.1:{PORT}"
TRAINER_PYTHON = os.environ.get("ARNCNN_RAY_PYTHON", sys.executable)
_START_WITHIN_S = 300


@dataclass(frozen=True)
class RayHead:
    """Where it is reached.

    Attributes:
        address: of its dashboard.
        token: that lets one in.
        folder: of its files.
    """

    address: str
    token: str
    folder: Path

    def log(self, submission: str) -> Path:
        """What a submission has printed."""
        return self.folder / f"session_latest/logs/job-driver-{submission}.log"

    def variables(self) -> Mapping[str, str]:
        """What a supervisor is told, where the cluster has no graphics card."""
        return {
            "ARNCNN_ENGINE": "ray",
            "RAY_ADDRESS": self.address,
            "RAY_AUTH_TOKEN": self.token,
            "ARNCNN_RAY_GPUS": "0",
            "ARNCNN_RAY_PYTHON": TRAINER_PYTHON,
        }


@contextmanager
def ray_head(token: str | None = None) -> Iterator[RayHead]:
    """Start one with two processors and a graphics card that nobody looks for; stop it after.

    Args:
        token: to be let in with; None draws one.
    """
    token = token or secrets.token_hex(32)
    folder = Path(tempfile.mkdtemp(prefix="ray-"))  # short: Ray's sockets lie in it
    environment = {
        **os.environ,
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": token,
    }
    ray = shutil.which("ray", path=str(Path(sys.executable).parent)) or "ray"
    words = [
        *(ray, "start", "--head", "--port=6399", "--num-cpus=2", "--num-gpus=1"),
        *("--include-dashboard=true", "--dashboard-host=127.0.0.1", f"--dashboard-port={PORT}"),
        *("--disable-usage-stats", "--object-store-memory=100000000", f"--temp-dir={folder}"),
    ]
    try:
        started = subprocess.run(
            words, env=environment, capture_output=True, text=True, timeout=_START_WITHIN_S
        )
        if started.returncode:
            raise RuntimeError(f"no Ray head: {started.stdout[-2000:]} {started.stderr[-2000:]}")
        yield RayHead(ADDRESS, token, folder)
    finally:
        subprocess.run([ray, "stop", "--force"], check=False, env=environment, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)
