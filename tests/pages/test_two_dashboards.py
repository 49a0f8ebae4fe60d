"""Two dashboards on one database and one home behind README's own lines for nginx."""

import asyncio
from pathlib import Path

import pytest

from tests.load import scale

pytestmark = pytest.mark.extra


def test_who_was_at_a_killed_dashboard_finds_the_open_case_at_the_other(tmp_path: Path) -> None:
    if (lacks := scale.missing()) is not None:
        pytest.skip(lacks)
    people = 16  # nginx hashes their cookies: all sixteen at one dashboard is 1 in 30,000
    with scale.served(tmp_path) as (address, behind):
        found = asyncio.run(
            scale.in_use(address, behind, connected=people, active=people, seconds=1, forget_s=0)
        )
    assert found["errors"] == 0
    assert 0 < found["one_killed"]["came_back"] < people  # both served somebody
    assert found["one_killed"]["cases_lost"] == 0
