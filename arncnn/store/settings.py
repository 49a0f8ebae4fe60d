"""Settings of the store, all from the environment.

| Variable | Meaning | Default |
| --- | --- | --- |
| ``ARNCNN_KEEP_FILE_NAMES`` | ``1``: keep original file names (they can hold patient data) | off |
| ``ARNCNN_KEEP_PATIENT_DATA`` | ``1``: keep every header value that intake passes on | off |
| ``ARNCNN_RETENTION_DAYS`` | days after which a case and its pixels are deleted | never |
| ``ARNCNN_FIRST_ADMIN`` | address that becomes admin at sign-in while there is none | nobody |
| ``ARNCNN_IDLE_MINUTES`` | minutes without activity after which a sign-in ends | 30 |
| ``ARNCNN_ANCHOR`` | file outside the store to which the audit's last hash is added | none |
"""

import os
from pathlib import Path

from arncnn.errors import UsageError

_IDLE_MINUTES = 30.0


def keep_file_names() -> bool:
    """Whether original file names may be stored as a case's display label."""
    return os.environ.get("ARNCNN_KEEP_FILE_NAMES") == "1"


def keep_patient_data() -> bool:
    """Whether header values outside the store's own allowlist may be kept."""
    return os.environ.get("ARNCNN_KEEP_PATIENT_DATA") == "1"


def retention_days() -> float | None:
    """Days a case is kept, or None when nothing expires."""
    return _positive("ARNCNN_RETENTION_DAYS")


def anchor() -> Path | None:
    """The file outside the store that is told how the audit ends, or None."""
    named = os.environ.get("ARNCNN_ANCHOR")
    return Path(named).expanduser() if named else None


def first_admin() -> str | None:
    """The address that becomes the first administrator."""
    return plain_address(os.environ.get("ARNCNN_FIRST_ADMIN") or "") or None


def plain_address(text: str) -> str:
    """An address as it is kept and compared: its plain capitals small, every other letter as is.

    >>> plain_address(" Ada@STRASSE.example "), plain_address("ada@straße.example")
    ('ada@strasse.example', 'ada@straße.example')
    """
    return "".join(sign.lower() if sign.isascii() else sign for sign in text.strip())


def idle_s() -> float:
    """Seconds without activity after which a sign-in ends."""
    return 60.0 * (_positive("ARNCNN_IDLE_MINUTES") or _IDLE_MINUTES)


def _positive(name: str) -> float | None:
    text = os.environ.get(name, "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise UsageError(f"{name} must be a number above 0; correct or unset it.")
    return value
