"""A data set's ZIP goes to the disk as it arrives; the page gets a ticket for it, once."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.exceptions import HTTPException

from arncnn.errors import IntakeError, PermissionDenied
from arncnn.intake.limits import MIB
from pages.ui import data_set_upload, server, workarounds
from tests import event_loop
from tests.browser.dashboard import Started, started
from tests.load.sessions import resident_mb, warmed_up
from tests.load.visitor import Visitor
from tests.pages.test_server import _put

pytestmark = pytest.mark.attack

HEAD = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="set.zip"\r\n\r\n'
TAIL = b"\r\n--edge--\r\n"


class _App:
    """Stands for Streamlit: keeps what it is given and answers."""

    def __init__(self, status: int = 204) -> None:
        self.body, self.length, self._status = b"", b"", status

    async def __call__(self, scope: dict, receive, send) -> None:
        self.length = dict(scope["headers"]).get(b"content-length", b"")
        more = True
        while more:
            message = await receive()
            self.body += message["body"]
            more = message["more_body"]
        await send({"type": "http.response.start", "status": self._status, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def _send(app: _App, blocks: list[bytes], *, breaks_off: bool = False) -> int:
    sent: list[dict] = []
    left = list(blocks)

    async def receive() -> dict:
        if not left:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": left.pop(0), "more_body": breaks_off or bool(left)}

    async def send(message: dict) -> None:
        sent.append(message)

    kind = (b"content-type", b"multipart/form-data; boundary=edge")
    scope = {
        "type": "http",
        "method": "PUT",
        "path": "/_stcore/upload_file/tilda/1",
        "headers": [(b"host", b"localhost"), kind, (b"transfer-encoding", b"chunked")],
    }
    event_loop.run(server.Gate(app)(scope, receive, send))
    return sent[0]["status"]


@pytest.fixture(autouse=True)
def allowed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workarounds, "held_bytes", dict)
    monkeypatch.setattr(workarounds, "is_open", lambda session: True)
    monkeypatch.setattr(workarounds, "is_host_allowed", lambda host: True)
    allowance = server.Allowance(lambda: None, 4 * MIB, to_disk=True)
    monkeypatch.setattr(server, "_allowances", {"tilda": allowance})


def _waiting() -> list[Path]:
    return sorted(data_set_upload.folder().iterdir())


def test_the_file_lies_on_the_disk_and_the_page_gets_it_by_its_ticket_once() -> None:
    app, content = _App(), bytes(range(256)) * 4096 + b"\r\n--edg"
    whole = HEAD + content + TAIL
    assert _send(app, [whole[at : at + 5000] for at in range(0, len(whole), 5000)]) == 204
    (file,) = _waiting()
    assert file.read_bytes() == content and not file.stat().st_mode & 0o077
    assert app.body == HEAD + file.name.encode() + TAIL
    assert app.length == str(len(app.body)).encode()
    given = SimpleNamespace(getvalue=file.name.encode)
    assert data_set_upload.take(given).read_bytes() == content
    with pytest.raises(IntakeError, match="Upload the ZIP again"):
        data_set_upload.take(given)


@pytest.mark.parametrize(
    ("blocks", "breaks_off", "status"),
    [
        ([HEAD, *[bytes(MIB)] * 6, TAIL], False, 413),
        ([HEAD + b"half"], True, 400),
        ([HEAD + b"no end"], False, 400),
        ([b"no multipart at all"], False, 400),
        ([HEAD + b"one\r\n" + HEAD + b"two" + TAIL], False, 400),
    ],
    ids=["too large", "breaks off", "no end", "nonsense", "two files"],
)
def test_what_is_refused_leaves_nothing_behind(
    blocks: list[bytes], breaks_off: bool, status: int
) -> None:
    assert _send(_App(), blocks, breaks_off=breaks_off) == status
    assert _waiting() == []


def test_what_streamlit_refuses_leaves_nothing_behind() -> None:
    assert _send(_App(status=403), [HEAD + b"x" + TAIL]) == 403
    assert _waiting() == []


def test_who_may_not_train_is_refused_before_a_byte_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse() -> None:
        raise PermissionDenied("This needs the role trainer.")

    allowance = server.Allowance(refuse, MIB, to_disk=True)
    monkeypatch.setattr(server, "_allowances", {"tilda": allowance})
    assert _send(_App(), [HEAD + b"x" + TAIL]) == 403
    assert _waiting() == []


def test_what_waits_on_the_disk_is_bounded_and_goes_after_a_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(data_set_upload, "MAX_DATA_SETS_WAITING", 100)
    (data_set_upload.folder() / "old").write_bytes(bytes(90))
    with pytest.raises(HTTPException, match="waiting to be imported"):
        data_set_upload.check_room(20)
    monkeypatch.setattr(data_set_upload, "_STALE_S", -1.0)
    data_set_upload.check_room(20)
    assert _waiting() == []


@pytest.mark.parametrize("ticket", [b"", b"../../secret", b"0" * 32, b"x" * 32, b"0" * 40])
def test_no_other_ticket_gives_a_file(ticket: bytes) -> None:
    with pytest.raises(IntakeError):
        data_set_upload.take(SimpleNamespace(getvalue=lambda: ticket))


def test_two_hundred_megabytes_go_to_the_disk_and_not_into_memory(tmp_path: Path) -> None:
    async def give(dashboard: Started) -> tuple[int, float]:
        visitor = await Visitor.arrive(dashboard.address)
        await visitor.open("retraining")
        await warmed_up(dashboard.pid)  # what the first reading needs is loaded behind the page
        before = resident_mb(dashboard.pid)
        sent = await asyncio.to_thread(_put, dashboard, visitor, 200 * MIB, is_chunked=True)
        grown = resident_mb(dashboard.pid) - before
        await visitor.leave()
        return sent[0], grown

    folder = tmp_path / "dashboard"
    folder.mkdir()
    with started(folder) as dashboard:
        status, grown = event_loop.run(give(dashboard))
        (file,) = (folder / "home" / "data" / "arriving").iterdir()
        assert status == 204 and grown < 32
        assert file.stat().st_size == 200 * MIB
