"""Hostile code in the decoding child finds every door shut; without the walls they open."""

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from arncnn.errors import IntakeError
from arncnn.intake import walls
from arncnn.intake.sandbox import BOOT, Sandbox
from tests.intake import made

pytestmark = [
    pytest.mark.attack,
    pytest.mark.skipif(sys.platform != "linux", reason="the walls are Linux's"),
]

# Each file's text says what the decoder is made to do. It gives a scan when that worked.
HOSTILE = """
import ctypes, io, os, signal, socket
from arncnn.intake import worker
libc = ctypes.CDLL(None, use_errno=True)
honest = worker.decode
good = GOOD
def call(number, *arguments):
    if libc.syscall(number, *arguments) < 0: raise OSError(ctypes.get_errno(), "")
def decode(source, frame, key):
    text = source.getvalue().decode("latin-1")
    if text.startswith("do "):
        exec(text[3:], globals())
        source = io.BytesIO(good)
    return honest(source, frame, key)
worker.decode = decode
"""
DOORS = {
    "a kept file is read": "open({secret!r}, 'rb').read()",
    "a folder is listed": "assert os.listdir({folder!r})",
    "its rights are changed": "os.chmod({secret!r}, 0o666)",
    "its time is changed": "os.utime({secret!r})",
    "it is removed": "os.rename({secret!r}, {secret!r} + '.x')",
    "a file is made": "os.open({folder!r} + '/made', os.O_CREAT | os.O_WRONLY)",
    "the parent's environment is read": "open('/proc/{parent}/environ', 'rb').read()",
    "the parent's memory is opened": "open('/proc/{parent}/mem', 'rb')",
    "the parent is signalled": "os.kill({parent}, 0)",
    "every process is signalled": "os.kill(-1, 0)",
    "the parent is traced": "libc.ptrace(16, {parent}, 0, 0) and 1 / 0",
    "the parent's limits are set": "import resource as r; r.prlimit({parent}, r.RLIMIT_CPU)",
    "a socket is opened": "socket.socket().connect(('127.0.0.1', {port}))",
    "a local socket is opened": "socket.socket(socket.AF_UNIX)",
    "a process is forked": "os.fork() or os._exit(0)",
    "a program is run": "os.fork() or os.execv('/bin/true', ['true'])",
    "kernel memory is mapped": "call(425, 4, ctypes.create_string_buffer(120))",  # io_uring_setup
    "a namespace is made": "call({unshare}, 0x10000000)",
}
OPEN_WITHOUT_ROOT_OR_KERNEL_OPTIONS = set(DOORS) - {
    "the parent is traced",  # Yama may forbid it
    "kernel memory is mapped",  # often switched off
    "a namespace is made",  # often switched off
    "every process is signalled",  # it would, and so is not tried
    "a process is forked",  # the limit on processes holds for all but root
    "a program is run",
}


def boot(prefix: str = "") -> str:
    hostile = HOSTILE.replace("GOOD", repr(made.dicom()))
    changed = BOOT.replace("from arncnn.intake import worker;", f"exec({prefix + hostile!r});")
    assert changed != BOOT
    return changed


@pytest.fixture(scope="module")
def walled() -> Iterator[Sandbox]:
    sandbox = Sandbox(boot())
    yield sandbox
    sandbox.close()


@pytest.fixture(scope="module")
def open_ground() -> Iterator[Sandbox]:
    unlimited = "import resource; resource.setrlimit = lambda *_: None\n"
    sandbox = Sandbox(
        boot(f"{unlimited}from arncnn.intake import walls\nwalls.shut = lambda *_: None\n")
    )
    yield sandbox
    sandbox.close()


@pytest.fixture
def deed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[bytes]:
    """The text of a file that makes the decoder try a door."""
    secret = tmp_path / "kept"
    secret.write_bytes(b"PATIENT^NAME")
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield (
            "do "
            + DOORS[request.param].format(
                secret=str(secret),
                folder=str(tmp_path),
                parent=os.getpid(),
                port=server.getsockname()[1],
                unshare=272 if os.uname().machine == "x86_64" else 97,
            )
        ).encode()


@pytest.mark.skipif(bool(walls.missing()), reason="this kernel lacks Landlock or seccomp")
@pytest.mark.parametrize("deed", DOORS, indirect=True)
def test_every_door_is_shut(walled: Sandbox, deed: bytes) -> None:
    with pytest.raises(IntakeError) as caught:
        walled.decode([deed], len(deed), None)
    assert caught.value.code == "damaged"


@pytest.mark.parametrize("deed", sorted(OPEN_WITHOUT_ROOT_OR_KERNEL_OPTIONS), indirect=True)
def test_without_walls_the_same_deeds_succeed(open_ground: Sandbox, deed: bytes) -> None:
    assert open_ground.decode([deed], len(deed), None).pixels.size


def test_nothing_of_the_parent_is_left_in_the_child(walled: Sandbox) -> None:
    deed = (
        b"do assert not os.environ and [fd for fd in range(3, 256) "
        b"if not libc.fcntl(fd, 1) < 0].__len__() == 1"
    )
    assert walled.decode([deed], len(deed), None).pixels.size


def test_an_honest_file_is_read_behind_the_walls(walled: Sandbox) -> None:
    data = made.dicom()
    assert walled.decode([data], len(data), None).pixels.size


def test_a_machine_without_walls_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walls, "_landlock_version", lambda: 0)
    monkeypatch.setattr(walls, "_has_seccomp", lambda: False)
    assert len(walls.missing()) == 2
    assert all(sentence.endswith(".") for sentence in walls.missing())
