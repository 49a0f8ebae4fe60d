"""What comes from the network: whose bytes are taken and how many, and what a browser may do."""

import asyncio
import http.client
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from starlette.exceptions import HTTPException
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from arncnn.errors import PermissionDenied
from arncnn.intake.limits import MAX_RECEIVED_BYTES, MAX_UPLOAD_BYTES, MIB
from pages.ui import door, server, workarounds
from tests import event_loop
from tests.browser.dashboard import TOKEN, Started, started
from tests.load.sessions import resident_mb, warmed_up
from tests.load.visitor import Visitor
from tests.waiting import wait_until

pytestmark = pytest.mark.attack
RECONNECT_S = 3
ACCOUNTS = """
[auth]
redirect_uri = "http://localhost:{port}/oauth2callback"
cookie_secret = "not known to visitors"
client_id = "dashboard"
client_secret = "not known either"
server_metadata_url = "http://localhost:1/.well-known/openid-configuration"
"""


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    settings = {
        "ARNCNN_MAX_SESSIONS": "4",
        "STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": str(RECONNECT_S),
    }
    with started(tmp_path_factory.mktemp("local"), settings) as dashboard:
        yield dashboard


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    folder = tmp_path_factory.mktemp("clinic")
    with started(folder, secrets=lambda port: ACCOUNTS.format(port=port)) as dashboard:
        yield dashboard


def _get(dashboard: Started, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    known = {"Cookie": "=".join(door.cookie(TOKEN)), **headers}
    request = urllib.request.Request(dashboard.address + path, headers=known)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, dict(answer.headers.items()), answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, dict(refused.headers.items()), refused.read().decode()


def _put(dashboard: Started, visitor: Visitor, size: int, *, is_chunked: bool) -> tuple[int, int]:
    """The status of an upload of zeros, and how many bytes were sent until it came."""
    connection = http.client.HTTPConnection(urlsplit(dashboard.address).netloc, timeout=60)
    connection.putrequest("PUT", f"/_stcore/upload_file/{visitor.session_id}/{'0' * 32}")
    for name, value in visitor.upload_headers("border").items():
        connection.putheader(name, value)
    if is_chunked:
        connection.putheader("Transfer-Encoding", "chunked")
    else:
        connection.putheader("Content-Length", str(size))
    connection.endheaders()
    head = b'--border\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    sent = 0
    try:
        while sent < size:
            block = head + bytes(MIB) if not sent else bytes(MIB)
            connection.send(b"%x\r\n%b\r\n" % (len(block), block) if is_chunked else block)
            sent += len(block)
        tail = b"\r\n--border--\r\n"
        connection.send(b"%x\r\n%b\r\n0\r\n\r\n" % (len(tail), tail) if is_chunked else tail)
    except OSError:  # the dashboard has hung up: its answer lies in the buffer
        pass
    try:
        return connection.getresponse().status, sent
    except OSError:
        return 0, sent
    finally:
        connection.close()


@pytest.mark.parametrize("is_chunked", [True, False], ids=["in chunks", "announced"])
def test_the_sign_in_page_takes_no_byte_of_an_upload(clinic: Started, is_chunked: bool) -> None:
    async def attack() -> tuple[int, int]:
        visitor = await Visitor.arrive(clinic.address)
        await visitor.open("")
        try:
            return await asyncio.to_thread(_put, clinic, visitor, 2048 * MIB, is_chunked=is_chunked)
        finally:
            await visitor.leave()

    event_loop.run(attack())
    event_loop.run(warmed_up(clinic.pid))
    before = resident_mb(clinic.pid)
    status, sent = event_loop.run(attack())
    assert status in (0, 401), "0: it hung up before its answer was read"
    assert sent < 64 * MIB
    assert resident_mb(clinic.pid) < before + 16


async def _filling(dashboard: Started) -> tuple[int, float, float]:
    """A person gives a file that is too large and one that is not, and leaves before it is read."""
    visitor = await Visitor.arrive(dashboard.address)
    await visitor.open("")
    await warmed_up(dashboard.pid)
    before = resident_mb(dashboard.pid)
    gigabyte, file = 1024 * MIB, 96 * MIB
    large, sent = await asyncio.to_thread(_put, dashboard, visitor, gigabyte, is_chunked=False)
    await asyncio.to_thread(_put, dashboard, visitor, file, is_chunked=True)
    held = resident_mb(dashboard.pid) - before
    await visitor.leave()
    await asyncio.sleep(RECONNECT_S + 4)
    assert large in (0, 413), "0: it hung up before its answer was read"
    return sent, held, resident_mb(dashboard.pid) - before


def test_a_file_that_is_too_large_is_not_read_and_what_a_closed_session_held_is_freed(
    local: Started,
) -> None:
    sent, held, left = event_loop.run(_filling(local))
    assert sent < 64 * MIB
    assert held > 90 and left < 48


def test_browsers_are_told_what_a_page_may_do(local: Started) -> None:
    for path in ("/", "/worklist", "/_stcore/health", "/media/none.png", "/_stcore/metrics"):
        _, headers, _ = _get(local, path)
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        (scripts,) = [part for part in policy.split("; ") if part.startswith("script-src")]
        assert "unsafe" not in scripts and "http" not in scripts


@pytest.mark.parametrize(
    "path",
    ["metrics", "script-health-check", "agent/openapi.json", "agent/mcp", "none"],
)
def test_what_no_page_needs_is_closed(local: Started, path: str) -> None:
    assert _get(local, f"/_stcore/{path}")[0] == 404


def test_other_sites_and_other_names_are_refused(local: Started) -> None:
    host = urlsplit(local.address).netloc
    for origin in ("http://localhost:9", "https://evil.example", "null", f"http://{host}.evil"):
        assert _get(local, "/_stcore/host-config", Origin=origin)[0] == 403
    assert _get(local, "/", Host="evil.example")[0] == 421
    status, _, settings = _get(local, "/_stcore/host-config", Origin=f"http://{host}")
    assert status == 200 and '"allowedOrigins":[]' in settings, "no page around this one steers it"


@pytest.mark.parametrize("origin", ["http://localhost:9", "http://127.0.0.1", "null", None])
def test_a_websocket_is_opened_for_the_dashboards_own_pages_only(
    local: Started, origin: str | None
) -> None:
    async def knock(origin: str | None) -> None:
        address = local.address.replace("http", "ws", 1) + "/_stcore/stream"
        known = {"Cookie": "=".join(door.cookie(TOKEN))}
        async with connect(
            address, origin=origin, subprotocols=["streamlit"], additional_headers=known
        ):
            pass

    with pytest.raises(InvalidStatus):
        event_loop.run(knock(origin))
    event_loop.run(knock(local.address))


def test_a_full_dashboard_says_so_and_goes_on_serving_who_is_there(local: Started) -> None:
    async def crowd() -> tuple[int, str, int, list[str]]:
        there = [await Visitor.arrive(local.address) for _ in range(4)]
        status, _, said = await asyncio.to_thread(_get, local, "/", Accept="text/html")
        with pytest.raises(InvalidStatus):
            await Visitor.arrive(local.address)
        health = (await asyncio.to_thread(_get, local, "/_stcore/health"))[0]
        await asyncio.gather(*(visitor.open("") for visitor in there))
        await asyncio.gather(*(visitor.leave() for visitor in there))
        return status, said, health, [error for visitor in there for error in visitor.errors]

    status, said, health, errors = event_loop.run(crowd())
    assert status == 503 and "The dashboard is full" in said and "try again" in said
    assert health == 200 and not errors
    assert wait_until(lambda: _get(local, "/", Accept="text/html")[0] == 200)


class _App:
    """Stands for Streamlit: reads a whole body and answers 204."""

    def __init__(self) -> None:
        self.taken = 0

    async def __call__(self, scope: dict, receive, send) -> None:
        more = True
        while more:
            message = await receive()
            self.taken += len(message["body"])
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def _upload(gate: server.Gate, session: str, blocks: list[bytes], length: int | None) -> int:
    """The status of an upload of these blocks; a body that is not read is no upload."""
    sent: list[dict] = []
    left = list(blocks)

    async def receive() -> dict:
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    async def send(message: dict) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost")]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    path = f"/_stcore/upload_file/{session}/1"
    scope = {"type": "http", "method": "PUT", "path": path, "headers": headers}
    try:
        event_loop.run(gate(scope, receive, send))
    except HTTPException as refused:  # within Streamlit's application, which answers with it
        return refused.status_code
    return sent[0]["status"]


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What sessions hold in memory; two of them may upload."""
    holding: Counter[str] = Counter()
    monkeypatch.setattr(workarounds, "held_bytes", lambda: holding)
    monkeypatch.setattr(workarounds, "is_open", lambda session: session in ("ada", "bert"))
    monkeypatch.setattr(workarounds, "is_host_allowed", lambda host: True)
    allowance = server.Allowance(lambda: None, 10 * MIB)
    monkeypatch.setattr(server, "_allowances", {"ada": allowance, "bert": allowance})
    return holding


@pytest.mark.parametrize(
    ("session", "size", "held_by_ada", "held_by_all", "status"),
    [
        ("ada", 1, 0, 0, 204),
        ("unknown", 1, 0, 0, 401),
        ("ada", 12, 0, 0, 413),
        ("ada", 9, MAX_UPLOAD_BYTES // MIB - 9, 0, 204),
        ("ada", 9, MAX_UPLOAD_BYTES // MIB - 7, 0, 413),
        ("bert", 9, MAX_UPLOAD_BYTES // MIB - 7, 0, 204),
        ("ada", 9, 0, MAX_RECEIVED_BYTES // MIB - 8, 429),
    ],
)
@pytest.mark.parametrize("is_announced", [True, False], ids=["announced", "in chunks"])
def test_an_upload_keeps_to_the_bounds_of_its_file_its_session_and_of_all(
    held: Counter[str],
    session: str,
    size: int,
    held_by_ada: int,
    held_by_all: int,
    status: int,
    is_announced: bool,
) -> None:
    held.update({"ada": held_by_ada * MIB, "others": held_by_all * MIB})
    app = _App()
    gate = server.Gate(app)
    length = size * MIB if is_announced else None
    assert _upload(gate, session, [bytes(MIB)] * size, length) == status
    assert app.taken == (size * MIB if status == 204 else app.taken)
    if is_announced and status != 204:
        assert app.taken == 0
    held.clear()
    assert _upload(gate, "ada", [bytes(MIB)] * 9, None) == 204, "what was refused is not counted"


def test_who_may_not_add_cases_any_more_is_told_why(
    held: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise PermissionDenied("This needs the role clinician.")

    monkeypatch.setattr(server, "_allowances", {"ada": server.Allowance(refuse, MIB)})
    app = _App()
    assert _upload(server.Gate(app), "ada", [b"x"], None) == 403
    assert app.taken == 0
