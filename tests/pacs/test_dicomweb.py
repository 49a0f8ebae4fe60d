"""DICOMweb against a server that misbehaves: a sentence for each failure, in bounded time."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from arncnn.errors import UsageError
from arncnn.pacs import dicomweb, sender
from arncnn.pacs.dicomweb import DicomWeb
from arncnn.pacs.peer_error import PeerError
from tests.pacs import objects
from tests.pacs.orthanc import free_port

Answer = Callable[[BaseHTTPRequestHandler], None]


class _Server(ThreadingHTTPServer):
    answer: Answer
    asked = 0


@pytest.fixture
def server() -> Iterator[_Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.server.asked += 1
            self.server.answer(self)

        def log_message(self, *_args: object) -> None: ...

    made = _Server(("127.0.0.1", 0), Handler)
    made.daemon_threads = True
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dicomweb, "_SILENT_S", 1.5)
    monkeypatch.setattr(dicomweb, "_PAUSE_S", 0.01)


def _says(status: int, body: bytes = b"", kind: str = "application/dicom+json") -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


def _half(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "5000")
    request.end_headers()
    request.wfile.write(b"half")


def _web(server: _Server) -> DicomWeb:
    return DicomWeb(f"http://127.0.0.1:{server.server_address[1]}/dicom-web")


@pytest.mark.parametrize(
    ("answer", "sentence", "tries", "needs_person"),
    [
        (lambda _request: time.sleep(4), "sent nothing for", 3, False),
        (_says(503), "an internal error .HTTP 503", 3, False),
        (_says(401), "refuses our user name and password", 1, True),
        (_says(404), "Check the path", 1, False),
        (_says(200, b"<html>"), "not a DICOMweb service", 1, False),
        (_half, "before it was complete", 3, False),
    ],
    ids=["hung", "its fault", "credentials", "path", "no service", "half"],
)
def test_each_failure_is_a_sentence_and_only_what_may_pass_is_tried_again(
    server: _Server, answer: Answer, sentence: str, tries: int, needs_person: bool
) -> None:
    server.answer = answer
    with pytest.raises(PeerError, match=sentence) as raised:
        _web(server).search("studies")
    assert (server.asked, raised.value.needs_person) == (tries, needs_person)


def test_nobody_there_and_a_credential_that_is_not_there_are_told() -> None:
    with pytest.raises(PeerError, match="Nothing answers at"):
        DicomWeb(f"http://127.0.0.1:{free_port()}").search("studies")
    with pytest.raises(UsageError, match="credential that the source refers to"):
        DicomWeb("http://127.0.0.1:1", "env:ARNCNN_NOT_SET")


@pytest.mark.attack
def test_an_archive_cannot_steer_us_to_other_addresses_by_its_uids(server: _Server) -> None:
    with pytest.raises(PeerError, match="not a valid UID"):
        _web(server).instance("1.2", "../../admin", "1.2")
    assert server.asked == 0


def test_what_counts_is_what_the_archive_holds_not_what_it_says(server: _Server) -> None:
    from io import BytesIO

    from pydicom import dcmread

    ours = objects.radiograph(1)
    held = dcmread(BytesIO(ours)).to_json_dict(bulk_data_threshold=1 << 20)
    server.answer = _says(200, json.dumps([held]).encode())
    sender._read_back(_web(server), ours, 400)  # refused by its word, stored all the same
    held["0020000E"]["Value"] = ["1.2.3"]
    server.answer = _says(200, json.dumps([held]).encode())
    with pytest.raises(PeerError, match="a different object under the UID") as raised:
        sender._read_back(_web(server), ours, 200)
    assert raised.value.needs_person
    server.answer = _says(404)
    with pytest.raises(PeerError, match="does not have it"):
        sender._read_back(_web(server), ours, 200)
    with pytest.raises(PeerError, match="HTTP 409") as raised:
        sender._read_back(_web(server), ours, 409)
    assert raised.value.needs_person
