"""Faults that pass are told from those of a file, and waited for no longer than makes sense."""

import errno

import fsspec
import pytest

from arncnn.intake import delivery


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FileNotFoundError("scans/a.png"), "missing"),
        (PermissionError(13, "Permission denied"), "unreadable"),
        (OSError("AWS Error ACCESS_DENIED during HeadObject operation"), "unreadable"),
        (OSError(errno.ELOOP, "Too many levels of symbolic links"), "unreadable"),
        (OSError(errno.EIO, "Input/output error"), "undelivered"),
        (OSError("AWS Error SLOW_DOWN during GetObject operation"), "undelivered"),
        (ConnectionResetError(), "undelivered"),
        (fsspec.exceptions.FSTimeoutError(), "undelivered"),
    ],
)
def test_faults_of_the_way_are_told_from_faults_of_the_file(error: OSError, code: str) -> None:
    assert delivery.reason_of(error).code == code


def test_a_store_that_is_away_is_not_waited_for_file_by_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries: list[str] = []
    monkeypatch.setattr(delivery, "_PAUSES_S", (0.0, 0.0))
    patience = delivery.Patience()

    def away() -> None:
        tries.append("away")
        raise TimeoutError

    for _ in range(20):
        with pytest.raises(TimeoutError):
            patience(away)
    assert len(tries) == 8 * 3 + 12
    assert patience(lambda: "back") == "back"
    with pytest.raises(TimeoutError):
        patience(away)
    assert len(tries) == 8 * 3 + 12 + 3
