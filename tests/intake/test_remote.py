"""Files at addresses: never more of one is fetched than intake allows."""

from pathlib import Path

import pytest

from arncnn.intake import remote


def test_what_is_not_there_or_too_large_at_an_address_fails_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.png").write_bytes(b"12345")
    monkeypatch.setattr("arncnn.intake.limits.MAX_FILE_BYTES", 4)
    for address, code in (("a.png", "too_large"), ("b.png", "missing"), ("b.zip", "missing")):
        (item,) = remote.items(f"file://{tmp_path}/{address}", tmp_path)
        with pytest.raises(Exception) as refused:
            item.open()
        assert refused.value.code == code  # type: ignore[attr-defined]
    assert list(remote.walk(f"file://{tmp_path}/none")) == [f"file://{tmp_path}/none"]
