"""Without accounts nobody gets in without the start's token, over any way in."""

from pathlib import Path
from typing import Any

import pytest

from pages.ui import door, startup
from pages.ui.door import Door
from tests import event_loop
from tests.pages.operate.acting import ACCOUNTS

TOKEN = "of-this-test"
WAYS = ["/", "/worklist", "/_stcore/host-config", "/_stcore/upload_file/1/2", "/media/1.png"]
pytestmark = pytest.mark.attack


@pytest.fixture(autouse=True)
def given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup, "_token", None)
    monkeypatch.setattr(startup, "_is_published_on_loopback", False)
    monkeypatch.setenv("ARNCNN_TOKEN", TOKEN)


def _ask(
    path: str,
    *,
    query: str = "",
    cookie: tuple[str, str] | None = None,
    kind: str = "http",
    method: str = "GET",
    server: str = "127.0.0.1",
) -> tuple[bool, dict[str, Any]]:
    """Whether the request came through, and the answer's first message."""
    passed, sent = [], []

    async def inside(scope: Any, receive: Any, send: Any) -> None:
        passed.append(scope["path"])

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": f"{kind}.request", "body": b"", "more_body": False}

    headers = [(b"host", b"localhost:8501")]
    if cookie:
        headers.append((b"cookie", f"other=1; {cookie[0]}={cookie[1]}".encode()))
    scope = {
        "type": kind,
        "method": method,
        "scheme": "http",
        "path": path,
        "query_string": query.encode(),
        "headers": headers,
        "server": (server, 8501),
    }
    event_loop.run(Door(inside)(scope, receive, send))
    return bool(passed), (sent[0] if sent else {})


def _header(answer: dict[str, Any], name: str) -> str:
    return dict(answer["headers"]).get(name.encode(), b"").decode()


@pytest.mark.parametrize("path", WAYS)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_nothing_is_reached_without_the_token(path: str, method: str) -> None:
    name, _ = door.cookie(TOKEN)
    for cookie in (None, (name, "guess"), (name, ""), ("arncnn", TOKEN)):
        passed, answer = _ask(path, method=method, cookie=cookie)
        assert not passed and answer["status"] == 401


def test_the_websocket_is_closed_without_the_token() -> None:
    passed, answer = _ask("/_stcore/stream", kind="websocket")
    assert not passed and answer == {"type": "websocket.close", "code": 1008}
    assert _ask("/_stcore/stream", kind="websocket", cookie=door.cookie(TOKEN))[0]


def test_the_token_in_the_address_is_exchanged_for_a_cookie_no_script_reads() -> None:
    query = f"case=1f&token={TOKEN}"
    passed, answer = _ask("/worklist", query=query)
    assert not passed and answer["status"] == 303
    assert _header(answer, "location") == "/worklist?case=1f"
    kept = _header(answer, "set-cookie")
    assert "HttpOnly" in kept and "SameSite=strict" in kept and "Path=/" in kept
    for path in WAYS:
        assert _ask(path, cookie=door.cookie(TOKEN))[0]


@pytest.mark.parametrize("path", ["//evil.example", "/%2f/evil.example", "///evil.example/a"])
def test_the_token_leads_to_no_other_host(path: str) -> None:
    _, answer = _ask(path.replace("%2f", "/"), query=f"token={TOKEN}")
    assert not _header(answer, "location").startswith("//")


def test_a_wrong_token_is_told_so_and_opens_nothing() -> None:
    passed, answer = _ask("/", query="token=guess")
    assert not passed and answer["status"] == 401 and not _header(answer, "set-cookie")


def test_the_health_check_needs_no_token() -> None:
    assert _ask("/_stcore/health")[0]
    assert not _ask("/_stcore/healthy")[0]


def test_a_connection_from_elsewhere_is_refused_even_with_the_token() -> None:
    for server in ("192.0.2.1", "", "0.0.0.0"):
        passed, answer = _ask("/", server=server, cookie=door.cookie(TOKEN))
        assert not passed and answer["status"] == 403


def test_where_people_sign_in_nobody_needs_the_token(secrets_file: Path) -> None:
    secrets_file.write_text(ACCOUNTS)
    assert _ask("/", server="192.0.2.1")[0]


def test_a_container_published_on_loopback_only_needs_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(startup, "_is_published_on_loopback", True)
    assert _ask("/", server="172.17.0.2")[0]


def test_every_start_has_a_token_of_its_own_and_prints_the_address(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ARNCNN_TOKEN")
    tokens = set()
    for _ in range(3):
        monkeypatch.setattr(startup, "_token", None)
        token = startup.token()
        assert token is not None and len(token) >= 32 and startup.token() == token
        assert capsys.readouterr().err.count(f"/?token={token}") == 1
        tokens.add(token)
    assert len(tokens) == 3
