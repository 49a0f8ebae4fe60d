"""DICOM's own services towards an archive: C-ECHO and C-STORE, by pynetdicom."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from pydicom import dcmread
from pynetdicom import AE, build_context
from pynetdicom.association import Association

from arncnn.pacs import settings
from arncnn.pacs.peer_error import PeerError
from arncnn.store.source import SourceSettings

_CONNECT_S, _NEGOTIATE_S, _SILENT_S = 5.0, 10.0, 20.0
_VERIFICATION = "1.2.840.10008.1.1"
_CALLING, _CALLED = 0x03, 0x07  # PS3.8 table 9-21, diagnostics
_NOT_SUPPORTED = 0x0122  # PS3.7 annex C, SOP class not supported
_WARNINGS = range(0xB000, 0xC000)  # PS3.4 table B.2-1: stored, with remarks
_NO_ROOM = range(0xA700, 0xA800)

for _name in ("pynetdicom", "pydicom"):  # what they log quotes header values
    logging.getLogger(_name).setLevel(logging.CRITICAL)


def echo(source: SourceSettings) -> None:
    """Pass when the archive answers C-ECHO.

    Raises:
        PeerError: the sentence says why not.
    """
    with _association(source, [_VERIFICATION]) as association:
        if association.send_c_echo().get("Status") != 0:
            raise PeerError("It accepted the connection and did not answer the echo.")


def store(source: SourceSettings, bodies: Sequence[bytes]) -> Iterator[str]:
    """Gives objects to the archive, one association for all; yields the UID of each it took.

    Raises:
        PeerError: the next object was not taken, or the archive cannot be reached.
    """
    datasets = [dcmread(BytesIO(body)) for body in bodies]
    classes = sorted({str(each.SOPClassUID) for each in datasets})
    with _association(source, classes) as association:
        for each in datasets:
            try:
                status = association.send_c_store(each).get("Status")
            except (ValueError, RuntimeError):
                raise PeerError(
                    "The archive does not accept objects of this kind (structured reports "
                    "or images). Configure it to accept them, or switch answers off.",
                    needs_person=True,
                ) from None
            if status is None:
                raise PeerError("The archive ended the connection before it confirmed storage.")
            if status in _NO_ROOM:
                raise PeerError("The archive is out of storage (A700). It will be tried again.")
            if status != 0 and status not in _WARNINGS:
                raise PeerError(
                    f"The archive refuses the answer (status {status:04X}).",
                    needs_person=status == _NOT_SUPPORTED,
                )
            yield str(each.SOPInstanceUID)


@contextmanager
def _association(source: SourceSettings, classes: Sequence[str]) -> Iterator[Association]:
    entity = AE(ae_title=settings.ae_title())
    entity.connection_timeout, entity.acse_timeout = _CONNECT_S, _NEGOTIATE_S
    entity.dimse_timeout = entity.network_timeout = _SILENT_S
    association = entity.associate(
        source.host,
        source.port,
        contexts=[build_context(each) for each in classes],
        ae_title=source.ae_title,
    )
    if not association.is_established:
        raise _not_established(source, association)
    try:
        yield association
    finally:
        if association.is_established:
            association.release()


def _not_established(source: SourceSettings, association: Association) -> PeerError:
    place = f"{source.host}:{source.port}"
    if association.is_rejected:
        answer: Any = association.acceptor.primitive
        why = (getattr(answer, "result_source", None), getattr(answer, "diagnostic", None))
        if why == (1, _CALLED):
            sentence = f"{place} does not answer to this AE title. Check its AE title."
        elif why == (1, _CALLING):
            sentence = (
                f"{place} does not know our AE title ({settings.ae_title()}). Configure it there."
            )
        else:
            sentence = f"{place} rejects the association. It may have too many at present."
        return PeerError(sentence, needs_person=why[0] == 1)
    if association.acceptor.primitive is not None:
        return PeerError(
            f"{place} accepts none of the kinds of objects that we would send.", needs_person=True
        )
    return PeerError(
        f"Nothing answers DICOM at {place} within {_NEGOTIATE_S:.0f} s. Check the address "
        "and port, and whether it is running."
    )
