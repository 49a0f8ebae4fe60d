"""Downloads go on where they stopped, against a real server that misbehaves on purpose."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from arncnn.data import download as module
from arncnn.data.download import download, md5
from arncnn.errors import DataError

CONTENT = bytes(range(256)) * 4000


class Server(ThreadingHTTPServer):
    """Serves CONTENT; `drops` is how many answers break off, `ranges` whether Range is honoured."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.drops, self.ranges, self.tag = CONTENT, 0, True, '"one"'
        self.asked: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/set.tar.gz"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        server, wanted = self.server, self.headers.get("Range")
        server.asked.append(wanted)
        if self.path == "/missing":
            self.send_error(404)
            return
        start = 0
        fresh = self.headers.get("If-Range", server.tag) == server.tag
        if wanted and server.ranges and fresh:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(server.content):
                self.send_error(416)
                return
            self.send_response(206)
            whole = len(server.content)
            self.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
        else:
            self.send_response(200)
        body = server.content[start:]
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", server.tag)
        self.end_headers()
        if server.drops:
            server.drops -= 1
            body = body[: len(body) // 2]
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSES_S", (0, 0, 0, 0))


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


def test_a_whole_download_reports_progress_and_leaves_no_part(
    server: Server, tmp_path: Path
) -> None:
    seen: list[tuple[str, int, int | None]] = []
    target = download(server.url, tmp_path / "a", lambda *state: seen.append(state))
    assert target.read_bytes() == CONTENT
    assert seen[-1] == ("downloading", len(CONTENT), len(CONTENT))
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_dropped_line_is_continued_not_begun_again(server: Server, tmp_path: Path) -> None:
    server.drops = 2
    assert download(server.url, tmp_path / "a").read_bytes() == CONTENT
    half = len(CONTENT) // 2
    assert server.asked == [None, f"bytes={half}-", f"bytes={half + half // 2}-"]


def test_a_part_left_by_an_earlier_run_is_continued(server: Server, tmp_path: Path) -> None:
    (tmp_path / "a.part").write_bytes(CONTENT[:1000])
    assert download(server.url, tmp_path / "a").read_bytes() == CONTENT
    assert server.asked == ["bytes=1000-"]


def test_a_server_without_ranges_is_read_from_the_beginning(server: Server, tmp_path: Path) -> None:
    server.ranges = False
    (tmp_path / "a.part").write_bytes(b"other")
    assert download(server.url, tmp_path / "a").read_bytes() == CONTENT


def test_a_file_that_changed_on_the_server_is_not_glued_to_the_old_part(
    server: Server, tmp_path: Path
) -> None:
    (tmp_path / "a.part").write_bytes(b"x" * 1000)
    (tmp_path / "a.part.etag").write_text('"zero"')
    assert download(server.url, tmp_path / "a").read_bytes() == CONTENT


def test_a_part_longer_than_the_file_is_thrown_away(server: Server, tmp_path: Path) -> None:
    (tmp_path / "a.part").write_bytes(b"x" * (len(CONTENT) + 5))
    assert download(server.url, tmp_path / "a").read_bytes() == CONTENT


def test_a_line_that_keeps_dropping_keeps_the_part_and_says_what_to_do(
    server: Server, tmp_path: Path
) -> None:
    server.drops = 99
    with pytest.raises(DataError, match="the download resumes"):
        download(server.url, tmp_path / "a")
    assert (tmp_path / "a.part").stat().st_size > len(CONTENT) // 2
    assert not (tmp_path / "a").exists()


def test_a_refusal_is_reported_at_once(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="answered 404"):
        download(server.url.replace("/set.tar.gz", "/missing"), tmp_path / "a")
    assert len(server.asked) == 1


def test_an_unreachable_server_names_the_local_alternative(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="ARNCNN_DATA or --from"):
        download("http://127.0.0.1:9/a", tmp_path / "a")


def test_other_kinds_of_addresses_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="http and https"):
        download("file:///etc/passwd", tmp_path / "a")


def test_md5_is_the_usual_one(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(CONTENT)
    assert md5(tmp_path / "a") == hashlib.md5(CONTENT).hexdigest()
