"""The kill campaign in short; ``make chaos`` runs it with 200 kills."""

import shutil
import tempfile
from pathlib import Path

import pytest

from tests.chaos import jobs

pytestmark = pytest.mark.attack


@pytest.mark.timeout(280)
def test_random_kills_lose_no_job_do_none_twice_and_leave_no_orphan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = Path(tempfile.mkdtemp(prefix="arncnn-kills-"))
    monkeypatch.setenv("ARNCNN_HOME", str(home))
    try:
        done = jobs.campaign(6, seed=1, pause_s=(0.1, 1.0))
        assert done.problems == []
        assert sum(done.kills.values()) == 6 and done.kills["supervisor"] < 6
        assert done.attempts > done.jobs  # some training was begun again
        assert done.is_complete and done.looks >= 6
    finally:
        shutil.rmtree(home, ignore_errors=True)
