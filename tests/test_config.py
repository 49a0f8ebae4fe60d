"""Where things live: a home for its owner alone, or a sentence."""

from pathlib import Path

import pytest

from arncnn import config
from arncnn.errors import UsageError

pytestmark = pytest.mark.attack


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_a_home_that_others_may_enter_is_closed_to_them(home: Path, mode: int) -> None:
    home.mkdir()
    home.chmod(mode)
    assert config.home() == home
    assert home.stat().st_mode & 0o777 == 0o700


def test_a_folder_for_everybodys_files_is_left_as_it_is(home: Path) -> None:
    home.mkdir()
    home.chmod(0o1777)
    config.home()
    assert home.stat().st_mode & 0o7777 == 0o1777


@pytest.mark.parametrize("place", ["/proc/none", "/dev/null"])
def test_a_home_that_cannot_be_made_ends_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setenv("ARNCNN_HOME", place)
    with pytest.raises(UsageError, match="Set ARNCNN_HOME to another folder"):
        config.home()
