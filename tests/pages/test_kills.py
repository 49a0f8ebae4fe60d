"""A short piece of the campaign against the dashboard; ``make chaos`` runs the whole."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.attack

_ROOT = Path(__file__).resolve().parents[2]


def test_killing_the_dashboard_at_random_moments_loses_nothing_acknowledged() -> None:
    command = [sys.executable, "-m", "tests.chaos.dashboard", "--kills", "2", "--seed", "5"]
    ran = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=280)
    assert ran.returncode == 0, ran.stderr
    result = json.loads(ran.stdout)
    assert result["kills"] == 2
    assert result["files_taken"] >= 5, "the rehearsal alone takes an upload"
    assert result["corrected_cases"] >= 1
    assert result["audit_lines"] >= 6
