"""Run one program in several processes that all begin at the same moment."""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

_WAIT = """
import sys, time
from pathlib import Path
from arncnn.store import Store
Path(sys.argv[1]).touch()
while not Path(sys.argv[2]).exists():
    time.sleep(0.001)
"""


def together(program: str, count: int, folder: Path) -> list[str]:
    """What each process wrote to its standard output.

    Args:
        program: Python text; ``Store`` is imported already.
        count: how many processes.
        folder: an empty one, for the signs they wait for.

    Raises:
        AssertionError: one of them failed.
    """
    ready, go = [folder / f"ready-{number}" for number in range(count)], folder / "go"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _WAIT + program, str(file), str(go)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for file in ready
    ]
    while not all(file.exists() for file in ready):
        assert all(process.poll() is None for process in processes)
        time.sleep(0.01)
    go.touch()
    told = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * count
    return told
