import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.attack

_ROOT = Path(__file__).resolve().parents[2]


def test_killing_writers_at_random_moments_loses_nothing_acknowledged() -> None:
    command = [sys.executable, "-m", "tests.chaos.store", "--kills", "5", "--seed", "3"]
    ran = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=280)
    assert ran.returncode == 0, ran.stderr
    result = json.loads(ran.stdout)
    assert result["kills"] == 5
    assert result["acknowledged"] >= 5
