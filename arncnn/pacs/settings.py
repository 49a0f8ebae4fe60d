"""Settings of the process between archives and the house, from the environment.

| Variable | Meaning | Default |
| --- | --- | --- |
| ``ARNCNN_PACS_AE`` | our AE title | ``ARNCNN`` |
| ``ARNCNN_PACS_LISTEN`` | where we receive; ``off``: nowhere | ``127.0.0.1:11112`` |
| ``ARNCNN_PACS_TLS`` | PEM file with certificate and key: only TLS is received then | none |
| ``ARNCNN_PACS_SPOOL_MB`` | most that may wait to be read, in megabytes | 4096 |
"""

import os
import ssl
from pathlib import Path

from arncnn.errors import UsageError
from arncnn.intake.limits import MIB

_SPOOL_MB = 4096


def ae_title() -> str:
    """Our AE title."""
    return os.environ.get("ARNCNN_PACS_AE") or "ARNCNN"


def listen() -> tuple[str, int] | None:
    """Address and port to receive on, or None.

    Raises:
        UsageError: it is no address with a port.
    """
    text = os.environ.get("ARNCNN_PACS_LISTEN") or "127.0.0.1:11112"
    if text == "off":
        return None
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise UsageError(
            "ARNCNN_PACS_LISTEN must be an address with a port, such as 0.0.0.0:11112, or off."
        )
    return host.strip("[]"), int(port)


def tls() -> ssl.SSLContext | None:
    """What TLS is received with, or None.

    Raises:
        UsageError: the file holds no certificate with its key.
    """
    named = os.environ.get("ARNCNN_PACS_TLS")
    if not named:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(named)
    except (OSError, ssl.SSLError):
        raise UsageError(
            "ARNCNN_PACS_TLS does not point to a PEM file with certificate and key."
        ) from None
    return context


def spool_bytes() -> int:
    """Most that may wait in the spool."""
    text = os.environ.get("ARNCNN_PACS_SPOOL_MB", "").strip()
    try:
        megabytes = float(text) if text else _SPOOL_MB
    except ValueError:
        megabytes = 0.0
    if not 0 < megabytes < float("inf"):
        raise UsageError("ARNCNN_PACS_SPOOL_MB must be a number above 0; correct or unset it.")
    return int(megabytes * MIB)


def secret(credential: str) -> str:
    """What a credential's name stands for; "" without a name.

    Args:
        credential: ``env:NAME`` or ``file:/path``.

    Raises:
        UsageError: there is nothing under that name.
    """
    kind, _, name = credential.partition(":")
    if not credential:
        return ""
    try:
        found = os.environ.get(name, "") if kind == "env" else Path(name).read_text("utf-8")
    except (OSError, ValueError):
        found = ""
    if not found.strip():
        raise UsageError(
            "The credential that the source refers to does not exist. Set the environment "
            "variable or create the file where this program runs."
        )
    return found.strip()
