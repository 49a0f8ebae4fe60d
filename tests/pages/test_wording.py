"""How times read: where the reader is, with the zone."""

from types import SimpleNamespace

import pytest

from pages.ui import wording


@pytest.mark.parametrize(
    ("zone", "read"),
    [
        ("Europe/Berlin", "1970-01-01 01:00 CET"),
        ("Asia/Tokyo", "1970-01-01 09:00 JST"),
        (None, "1970-01-01 00:00 UTC"),
        ("../../etc/passwd", "1970-01-01 00:00 UTC"),
        ("No/Such", "1970-01-01 00:00 UTC"),
    ],
)
def test_a_time_is_told_where_the_reader_is_with_its_zone(
    zone: str | None, read: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wording.st, "context", SimpleNamespace(timezone=zone))
    assert wording.moment(0.0) == read
