"""The receiver: lets in whom it knows, says stored when it is, and nobody silent stops others."""

import socket
import ssl
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from pynetdicom import AE
from pynetdicom.association import Association

from arncnn.pacs import receiver
from arncnn.pacs.spool import Spool
from arncnn.store import LOCAL_USER, Store
from arncnn.store.source import SourceSettings
from tests.pacs import objects
from tests.pacs.orthanc import free_port

_DX = "1.2.840.10008.5.1.4.1.1.1.1"
_ECHO = "1.2.840.10008.1.1"
_SELF_SIGNED = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout - -out -"


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    number = free_port()
    monkeypatch.setenv("ARNCNN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ARNCNN_PACS_LISTEN", f"127.0.0.1:{number}")
    return number


@pytest.fixture
def store(port: int) -> Iterator[Store]:
    opened = Store.open()
    opened.sources.add(LOCAL_USER, "CR", SourceSettings(ae_title="CR1", host="127.0.0.1"))
    yield opened
    opened.close()


@pytest.fixture
def server(store: Store) -> Iterator[Any]:
    made = receiver.listening(store)
    yield made
    _close(made)


def _close(server: Any) -> None:
    server.ae._servers.append(server)  # whom its shutdown takes out again
    server.shutdown()


def _associate(
    port: int, *, calling: str = "CR1", called: str = "ARNCNN", tls: ssl.SSLContext | None = None
) -> Association:
    entity = AE(ae_title=calling)
    entity.add_requested_context(_DX)
    entity.add_requested_context(_ECHO)
    entity.acse_timeout = entity.dimse_timeout = entity.connection_timeout = 10
    how = {"tls_args": (tls, "localhost")} if tls else {}
    return entity.associate("127.0.0.1", port, ae_title=called, **how)


def _send(association: Association, data: bytes) -> int:
    return int(association.send_c_store(dcmread(BytesIO(data))).Status)


def test_what_it_says_is_stored_is_on_the_disk_as_it_came(server: Any, port: int) -> None:
    association = _associate(port)
    assert association.send_c_echo().Status == 0
    assert _send(association, objects.radiograph(1)) == 0
    (file,) = Spool().waiting(10)
    association.release()
    kept = dcmread(file.path)
    assert kept.SOPInstanceUID == dcmread(BytesIO(objects.radiograph(1))).SOPInstanceUID
    assert kept.PixelData == dcmread(BytesIO(objects.radiograph(1))).PixelData


@pytest.mark.parametrize(
    ("who", "diagnostic"), [({"calling": "STRANGER"}, 3), ({"called": "OTHER"}, 7)]
)
@pytest.mark.attack
def test_who_is_not_known_or_calls_us_otherwise_is_rejected(
    server: Any, port: int, who: dict[str, str], diagnostic: int
) -> None:
    association = _associate(port, **who)
    assert association.is_rejected
    assert association.acceptor.primitive.diagnostic == diagnostic


@pytest.mark.attack
def test_a_known_title_from_another_address_is_rejected(
    server: Any, store: Store, port: int
) -> None:
    store.sources.add(LOCAL_USER, "MR", SourceSettings(ae_title="MR1", host="192.0.2.1"))
    assert _associate(port, calling="MR1").is_rejected


def test_a_full_spool_says_so_and_keeps_nothing_of_what_came(
    server: Any, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNCNN_PACS_SPOOL_MB", "0.001")
    association = _associate(port)
    assert _send(association, objects.radiograph(1)) == 0xA700
    monkeypatch.setenv("ARNCNN_PACS_SPOOL_MB", "10")
    assert _send(association, objects.radiograph(1)) == 0
    association.release()
    assert len(Spool().waiting(10)) == 1


@pytest.mark.attack
def test_half_a_transfer_and_a_silent_connection_leave_nothing_and_stop_nobody(
    server: Any, port: int
) -> None:
    with socket.create_connection(("127.0.0.1", port)):  # says nothing
        half = _associate(port)
        raw = half.dul.socket.socket
        raw.sendall(b"\x04\x00\x00\x00\xff\xff\x00\x00")  # the beginning of a P-DATA
        raw.shutdown(socket.SHUT_RDWR)
        association = _associate(port)
        assert _send(association, objects.radiograph(1)) == 0
        association.release()
    assert len(Spool().waiting(10)) == 1


@pytest.mark.attack
def test_a_silent_tls_client_does_not_hold_up_the_next(
    store: Store, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = tmp_path / "both.pem"
    made = subprocess.run(
        ["openssl", *_SELF_SIGNED.split()], capture_output=True, check=True, timeout=30
    )
    pem.write_bytes(made.stdout)
    monkeypatch.setenv("ARNCNN_PACS_TLS", str(pem))
    server = receiver.listening(store)
    context = ssl.create_default_context(cafile=str(pem))
    try:
        with socket.create_connection(("127.0.0.1", port)):  # never begins its handshake
            association = _associate(port, tls=context)
            assert association.is_established
            assert _send(association, objects.radiograph(1)) == 0
            association.release()
        assert not _associate(port).is_established  # without TLS
    finally:
        _close(server)
