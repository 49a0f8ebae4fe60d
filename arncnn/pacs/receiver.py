"""Receiver: a Storage SCP. What it says it has stored is on the disk.

It runs in a process of its own, so that neither a slow sender nor a decoder's fault waits for the
other. Only known AE titles from their addresses are let in, and only by our own AE title. TLS
handshakes are done in each association's own thread: in pynetdicom's they run in the loop that
accepts, where one silent client stops all others.
"""

import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from pydicom import uid
from pynetdicom import AE, evt
from pynetdicom.transport import ThreadedAssociationServer

from arncnn.errors import ArncnnError, UsageError
from arncnn.pacs import settings
from arncnn.pacs.spool import Spool, SpoolFullError
from arncnn.store import Store
from arncnn.store.roles import PACS
from arncnn.store.source import Source

_SUCCESS, _OUT_OF_RESOURCES = 0x0000, 0xA700  # PS3.4 table B.2-1
_NOT_RECOGNISED = (0x01, 0x01, 0x03)  # PS3.8 table 9-21: permanent, user, calling AE title
_SILENT_S, _NEGOTIATE_S = 30.0, 15.0
_MOST_ASSOCIATIONS = 32
_KNOWN_FOR_S = 2.0

# Compressed first: what is sent as it lies in an archive need not be transcoded, which some
# senders cannot and then leave out.
_SYNTAXES = [
    uid.JPEG2000Lossless,
    uid.JPEG2000,
    uid.JPEGLSLossless,
    uid.JPEGLSNearLossless,
    uid.JPEGLosslessSV1,
    uid.JPEGLossless,
    uid.JPEGExtended12Bit,
    uid.JPEGBaseline8Bit,
    uid.RLELossless,
    uid.DeflatedExplicitVRLittleEndian,
    uid.ExplicitVRLittleEndian,
    uid.ImplicitVRLittleEndian,
    uid.ExplicitVRBigEndian,
]
_VERIFICATION = "1.2.840.10008.1.1"

for _name in ("pynetdicom", "pydicom"):  # what they log quotes header values
    logging.getLogger(_name).setLevel(logging.CRITICAL)


class _Server(ThreadedAssociationServer):
    """Accepts without waiting for a handshake."""

    def get_request(self) -> tuple[socket.socket, Any]:
        if self.socket is None:  # closed meanwhile
            raise OSError
        client, address = self.socket.accept()
        client.settimeout(_SILENT_S)
        if self.ssl_context is not None:
            client = self.ssl_context.wrap_socket(
                client, server_side=True, do_handshake_on_connect=False
            )
        return client, address


class Peers:
    """Who may send, looked up in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._known: tuple[float, tuple[Source, ...]] = (float("-inf"), ())

    def find(self, ae_title: str, address: str) -> Source | None:
        """The source of an AE title at an address; None where nobody may send from there."""
        return next(
            (
                source
                for source in self._sources()
                if source.settings.ae_title == ae_title.strip()
                and not source.is_paused
                and address in _addresses(source.settings.host)
            ),
            None,
        )

    def _sources(self) -> tuple[Source, ...]:
        with self._lock:
            at, found = self._known
            if time.monotonic() >= at + _KNOWN_FOR_S:
                found = self._store.sources.list(PACS)
                self._known = (time.monotonic(), found)
            return found


def _addresses(host: str) -> set[str]:
    try:
        return {str(info[4][0]) for info in socket.getaddrinfo(host, None)}
    except OSError:
        return set()


def serve(store: Store, report: Callable[[str], object]) -> None:
    """Receives until standard input ends, which it does with the process that started this.

    Raises:
        UsageError: the address cannot be listened on.
    """
    server = listening(store)
    if server is None:
        return
    report(f"Receiving at {server.server_address[0]}:{server.server_address[1]}.")
    sys.stdin.buffer.read()
    os._exit(0)  # at once, whoever is sending: what was not acknowledged is sent again


def listening(store: Store) -> Any:
    """A server at work in threads of its own; None where nothing is to be received.

    Raises:
        UsageError: the address cannot be listened on.
    """
    address = settings.listen()
    if address is None:
        return None
    entity = AE(ae_title=settings.ae_title())
    entity.require_called_aet = True
    entity.maximum_associations = _MOST_ASSOCIATIONS
    entity.network_timeout, entity.acse_timeout = _SILENT_S, _NEGOTIATE_S
    entity.dimse_timeout = _SILENT_S
    entity.add_supported_context(_VERIFICATION)
    for sop_class in _storage_classes():
        entity.add_supported_context(sop_class, _SYNTAXES)
    peers, spool = Peers(store), Spool()
    handlers: list[Any] = [
        (evt.EVT_REQUESTED, partial(_let_in, peers)),
        (evt.EVT_C_STORE, partial(_keep, peers, spool)),
        (evt.EVT_C_ECHO, lambda _event: _SUCCESS),
    ]
    try:
        server = entity.make_server(
            address,
            ssl_context=settings.tls(),
            evt_handlers=handlers,
            server_class=_Server,
        )
    except OSError as error:
        raise UsageError(
            f"Cannot receive at {address[0]}:{address[1]} ({error.strerror}). Set another "
            "address in ARNCNN_PACS_LISTEN."
        ) from None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _storage_classes() -> list[str]:
    """Every class of stored objects that pydicom knows, retired ones too."""
    return [
        number
        for number, (name, kind, *_rest) in uid.UID_dictionary.items()
        if kind == "SOP Class" and "Storage" in name and "Commitment" not in name
    ]


def _let_in(peers: Peers, event: Any) -> None:
    """Rejects who is not known. The requestor's own field of its AE title is empty here yet."""
    association = event.assoc
    calling = association.requestor.primitive.calling_ae_title
    try:
        known = peers.find(calling, association.requestor.address)
    except ArncnnError:
        known = None
    if known is None:
        association.acse.send_reject(*_NOT_RECOGNISED)
        association.kill()


def _keep(peers: Peers, spool: Spool, event: Any) -> int:
    requestor = event.assoc.requestor
    try:
        source = peers.find(requestor.ae_title, requestor.address)
        if source is None:  # paused since
            return _OUT_OF_RESOURCES
        spool.add(source.id, event.encoded_dataset())
    except (SpoolFullError, ArncnnError):
        return _OUT_OF_RESOURCES
    return _SUCCESS
