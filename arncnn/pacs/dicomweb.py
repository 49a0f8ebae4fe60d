"""DICOMweb by requests: QIDO-RS, WADO-RS, STOW-RS, and Orthanc's own list of changes.

Addresses are built here from UIDs that were checked. Every call has a limit of time to connect, of
silence and of time in all, and of size; what is idempotent is tried again with jitter. Nothing of
an answer's text goes into a sentence: it may quote patient data.
"""

import json
import random
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import requests

from arncnn.intake.limits import MAX_FILE_BYTES, MIB
from arncnn.pacs import settings
from arncnn.pacs.peer_error import PeerError

_CONNECT_S, _SILENT_S = 5.0, 15.0
_IN_ALL_S = 120.0
_TRIES, _PAUSE_S = 3, 0.4
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_MOST_JSON = 32 * MIB
_PART = 1 << 16
_UID = re.compile(r"[0-9.]{1,64}\Z")
_ANY_SYNTAX = 'multipart/related; type="application/dicom"; transfer-syntax=*'
_BOUNDARY = "arncnn-7f3a9c1e5b"

Json = Any


class DicomWeb:
    """One archive's DICOMweb services; for one thread at a time."""

    def __init__(self, url: str, credential: str = "") -> None:
        """Serves an archive.

        Args:
            url: root of its services.
            credential: names where user and password, or a token, lie.

        Raises:
            UsageError: there is nothing under the credential's name.
        """
        self._url = url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy, no .netrc: the settings say it all
        found = settings.secret(credential)
        user, colon, password = found.partition(":")
        if colon:
            self._session.auth = (user, password)
        elif found:
            self._session.headers["Authorization"] = f"Bearer {found}"

    def search(self, level: str, **filters: str) -> list[dict[str, Json]]:
        """QIDO-RS: what fits.

        Args:
            level: a path such as "studies" or "studies/1.2/series".
            filters: by keyword; ``limit`` and ``offset`` too.
        """
        found = self._json(f"/{level}", filters)
        return [each for each in found if isinstance(each, dict)] if found else []

    def instance(self, study: str, series: str, sop: str) -> bytes:
        """WADO-RS: one object as it is stored, not transcoded."""
        path = f"/studies/{_checked(study)}/series/{_checked(series)}/instances/{_checked(sop)}"
        body, kind = self._get(path, {}, _ANY_SYNTAX, MAX_FILE_BYTES)
        return _first_part(body, kind)

    def metadata(self, study: str, series: str, sop: str) -> dict[str, Json] | None:
        """WADO-RS: what an object says, without its pixels; None where it is not there."""
        path = f"/studies/{_checked(study)}/series/{_checked(series)}/instances/{_checked(sop)}"
        try:
            found = self._json(f"{path}/metadata", {})
        except NotThereError:
            return None
        return found[0] if isinstance(found, list) and found else None

    def store(self, study: str, body: bytes) -> int:
        """STOW-RS: gives an object; the HTTP status, which says little: read back and compare.

        Raises:
            PeerError: it cannot be reached, or refuses us.
        """
        head = f"--{_BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        data = head + body + f"\r\n--{_BOUNDARY}--\r\n".encode()
        kind = f'multipart/related; type="application/dicom"; boundary={_BOUNDARY}'
        headers = {"Content-Type": kind, "Accept": "application/dicom+json"}
        response = self._ask("POST", f"/studies/{_checked(study)}", headers=headers, data=data)
        with response:
            _read(response, _MOST_JSON)
        if response.status_code in (401, 403):
            raise _refused(response.status_code)
        return int(response.status_code)

    def changes(self, since: int, limit: int) -> dict[str, Json]:
        """Orthanc's changes after a number, where the address is Orthanc's own root."""
        found = self._json("/changes", {"since": str(since), "limit": str(limit)}, "*/*")
        if not isinstance(found, dict):
            raise PeerError("The Orthanc address does not answer with a list of changes.")
        return found

    def resource(self, path: str) -> dict[str, Json] | None:
        """One of Orthanc's resources as it describes it; None where it is gone."""
        try:
            found = self._json(path, {}, "*/*")
        except NotThereError:
            return None
        return found if isinstance(found, dict) else None

    def _json(
        self, path: str, filters: Mapping[str, str], accept: str = "application/dicom+json"
    ) -> Json:
        body, _ = self._get(path, filters, accept, _MOST_JSON)
        if not body:
            return None
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise PeerError(
                "The service at this address is not a DICOMweb service. Check the path "
                "(Orthanc's is /dicom-web)."
            ) from None

    def _get(
        self, path: str, filters: Mapping[str, str], accept: str, most: int
    ) -> tuple[bytes, str]:
        for number in range(1, _TRIES + 1):
            try:
                response = self._ask("GET", path, headers={"Accept": accept}, params=filters)
                with response:
                    if response.status_code not in _PASSING:
                        return self._taken(response, most), response.headers.get("Content-Type", "")
                raise PeerError(
                    f"The archive reports an internal error (HTTP {response.status_code}). "
                    "It will be tried again."
                )
            except PeerError as error:
                if number == _TRIES or error.needs_person or isinstance(error, NotThereError):
                    raise
                time.sleep(_PAUSE_S * 2**number * random.random())
        raise AssertionError  # the loop returns or raises

    def _taken(self, response: requests.Response, most: int) -> bytes:
        status = response.status_code
        if status in (200, 206):
            return _read(response, most)
        if status == 204:
            return b""
        if status in (401, 403):
            raise _refused(status)
        if status == 404:
            raise NotThereError(
                "Nothing was found at this address (HTTP 404). Check the path (Orthanc's "
                "DICOMweb is at /dicom-web)."
            )
        raise PeerError(f"The archive refuses the request (HTTP {status}).")

    def _ask(self, method: str, path: str, **how: Any) -> requests.Response:
        try:
            return self._session.request(
                method,
                f"{self._url}{path}",
                timeout=(_CONNECT_S, _SILENT_S),
                stream=True,
                allow_redirects=False,
                **how,
            )
        except requests.RequestException as error:
            raise _unreachable(self._url, error) from None


class NotThereError(PeerError):
    """The archive has no such thing."""


def _read(response: requests.Response, most: int) -> bytes:
    """The body, within limits of size and of time in all."""
    until = time.monotonic() + _IN_ALL_S
    found = bytearray()
    try:
        for part in response.iter_content(_PART):
            found += part
            if len(found) > most:
                raise PeerError(
                    "The archive sends more than can be received at once.", needs_person=True
                )
            if time.monotonic() > until:
                raise PeerError("The archive sends too slowly; the transfer was cancelled.")
    except requests.RequestException:
        raise PeerError("The archive ended the transfer before it was complete.") from None
    stated = response.headers.get("Content-Length", "")
    is_plain = stated.isdecimal() and not response.headers.get("Content-Encoding")
    if is_plain and len(found) < int(stated):
        raise PeerError("The archive ended the transfer before it was complete.")
    return bytes(found)


def _unreachable(url: str, error: requests.RequestException) -> PeerError:
    place = urlsplit(url).netloc.rpartition("@")[2]
    if isinstance(error, requests.exceptions.SSLError):
        return PeerError(
            f"The certificate of {place} is not trusted, or it does not use TLS.", needs_person=True
        )
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return PeerError(f"{place} does not answer within {_CONNECT_S:.0f} s. Check the address.")
    if isinstance(error, requests.exceptions.ReadTimeout):
        return PeerError(
            f"{place} accepted the connection and then sent nothing for {_SILENT_S:.0f} s."
        )
    if isinstance(error, requests.exceptions.ConnectionError):
        return PeerError(
            f"Nothing answers at {place}. Check the address and whether the archive is running."
        )
    return PeerError(f"{place} cannot be reached. Check the address.")


def _refused(status: int) -> PeerError:
    return PeerError(
        f"The archive refuses our user name and password (HTTP {status}). Check the "
        "credential that the source refers to.",
        needs_person=True,
    )


def _checked(uid: str) -> str:
    if not _UID.match(uid):
        raise PeerError("The archive sent a value that is not a valid UID.", needs_person=True)
    return uid


def _first_part(body: bytes, kind: str) -> bytes:
    """The first part of a multipart answer; a body that is DICOM itself is taken as it is."""
    if body[128:132] == b"DICM":
        return body
    found = re.search(r'boundary="?([^";,]+)', kind)
    if not found:
        raise PeerError("The archive's answer holds no DICOM object.")
    mark = b"--" + found[1].encode("latin-1")
    start = body.find(b"\r\n\r\n", body.find(mark))
    end = body.find(b"\r\n" + mark, start)
    if body.find(mark) < 0 or start < 0 or end < 0:
        raise PeerError("The archive ended the transfer before it was complete.")
    return body[start + 4 : end]


def value(found: Mapping[str, Json], tag: str) -> str:
    """The first value of a tag in DICOM JSON, as text; "" without one."""
    element = found.get(tag)
    values: Sequence[Json] = element.get("Value", ()) if isinstance(element, dict) else ()
    first = values[0] if isinstance(values, list) and values else ""
    if isinstance(first, dict):
        first = first.get("Alphabetic", "")
    return str(first) if isinstance(first, (str, int, float)) else ""
