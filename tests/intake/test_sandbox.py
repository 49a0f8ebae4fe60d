"""The sandbox with decoders that misbehave: each fault is a typed reason and stays apart."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from arncnn.errors import IntakeError
from arncnn.intake import limits
from arncnn.intake.sandbox import BOOT, Sandbox
from tests.intake import made
from tests.waiting import wait_until

pytestmark = pytest.mark.attack

# Decoders by the first byte of the file; anything else is decoded as always.
MISBEHAVING = """
import io, os, signal, sys
def hang():
    while True: pass
def fill():
    held = []
    while True: held.append(bytearray(1 << 29))
def panic():
    class PanicException(BaseException): pass
    raise PanicException("PATIENT^NAME")
def write():
    with open("/tmp/arncnn-was-here", "wb") as file: file.write(b"x" * 100)
def talk():
    print("PATIENT^NAME"); print("PATIENT^NAME", file=sys.stderr)
    raise ValueError("PATIENT^NAME")
FAULTS = {
    b"0": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    b"1": hang, b"2": fill, b"3": panic, b"4": lambda: os._exit(0), b"5": talk, b"6": write,
    b"7": lambda: [signal.setitimer(signal.ITIMER_PROF, 0), signal.pause()],
}
left = []
NEEDS = {b"8": lambda: left.append(bytearray(60 << 20)), b"9": lambda: bytearray(420 << 20)}
from arncnn.intake import worker
honest = worker.decode
def decode(source, frame, key):
    first = source.getvalue()[:1]
    if first in NEEDS:
        NEEDS[first]()
        return honest(io.BytesIO(source.getvalue()[1:]), frame, key)
    fault = FAULTS.get(first)
    return fault() if fault else honest(source, frame, key)
worker.decode = decode
"""
GOOD = made.dicom()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    boot = BOOT.replace("from arncnn.intake import worker;", f"exec({MISBEHAVING!r});")
    assert boot != BOOT
    made_here = Sandbox(boot)
    yield made_here
    made_here.close()


def refused(sandbox: Sandbox, data: bytes) -> str:
    with pytest.raises(IntakeError) as caught:
        sandbox.decode([data], len(data), None)
    assert "PATIENT" not in str(caught.value)
    return caught.value.code


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (b"0", "crash"),
        (b"1", "time"),
        (b"2", "memory"),
        (b"3", "damaged"),
        (b"4", "crash"),
        (b"5", "damaged"),
        (b"6", "damaged"),
    ],
    ids=["segfault", "endless", "memory", "BaseException", "exit", "output", "writing"],
)
def test_a_fault_is_a_typed_reason_and_the_next_file_is_read(
    sandbox: Sandbox, fault: bytes, code: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert refused(sandbox, fault * 100) == code
    np.testing.assert_array_equal(
        sandbox.decode([GOOD], len(GOOD), None).pixels, made.ramp().astype(np.float32)
    )
    output = capfd.readouterr()
    assert "PATIENT" not in output.out + output.err


def test_a_decoder_that_only_waits_is_given_up_by_the_clock(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "WALL_SECONDS", 0.5)
    monkeypatch.setattr(limits, "WALL_PER_CPU", 0.1)
    sandbox.rest()
    assert refused(sandbox, b"7" * 100) == "time"


def test_a_child_does_its_share_of_files_and_is_replaced(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "FILES_PER_CHILD", 3)
    before = sandbox.faults
    for _ in range(7):
        sandbox.decode([GOOD], len(GOOD), None)
    assert sandbox.faults == before


def test_whether_a_file_is_read_does_not_depend_on_the_files_before(sandbox: Sandbox) -> None:
    sandbox.rest()
    before = sandbox.faults
    for need in "9898889888889":  # "8" leaves 60 MB behind, "9" needs nearly all there is
        data = need.encode() + GOOD
        assert sandbox.decode([data], len(data), None).kind == "dicom"
    assert sandbox.faults == before


def test_a_file_too_large_for_the_memory_is_refused_for_memory() -> None:
    small = "from arncnn.intake import limits; limits.CHILD_MEMORY_BYTES = 20 << 20;"
    sandbox = Sandbox(
        BOOT.replace("worker.serve", f"{small} limits.CHILD_GROWTH_BYTES = 0; worker.serve")
    )
    data = bytes(1 << 20)
    with pytest.raises(IntakeError) as caught:
        sandbox.decode([data] * 60, 60 << 20, None)
    assert caught.value.code == "memory"
    sandbox.close()


def test_many_threads_share_a_few_children(sandbox: Sandbox) -> None:
    wrong: list[object] = []

    def work(number: int) -> None:
        for step in range(4):
            high = 500 + 100 * number + step
            data = made.dicom(made.ramp(high=high))
            pixels = sandbox.decode([data], len(data), None).pixels
            if not np.array_equal(pixels, made.ramp(high=high)):
                wrong.append((number, step))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_fork_server_killed_from_outside_is_replaced() -> None:
    sandbox = Sandbox()
    sandbox.decode([GOOD], len(GOOD), None)
    server = sandbox._server  # the process itself is what this test is about
    assert server is not None
    os.kill(server._process.pid, signal.SIGKILL)
    server._process.wait()
    sandbox._idle.clear()
    assert sandbox.decode([GOOD], len(GOOD), None).kind == "dicom"
    sandbox.close()


def test_bytes_that_stop_coming_do_not_spoil_the_next_file(sandbox: Sandbox) -> None:
    def failing() -> Iterator[bytes]:
        yield GOOD[:1000]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sandbox.decode(failing(), len(GOOD), None)
    assert sandbox.decode([GOOD], len(GOOD), None).kind == "dicom"


@pytest.mark.parametrize("size", [len(GOOD) - 1, len(GOOD) + 1])
def test_a_file_that_changes_while_it_is_read_is_refused(sandbox: Sandbox, size: int) -> None:
    with pytest.raises(IntakeError) as caught:
        sandbox.decode([GOOD], size, None)
    assert caught.value.code == "changed"


@pytest.mark.parametrize(("size", "code"), [(0, "empty"), (limits.MAX_FILE_BYTES + 1, "too_large")])
def test_sizes_are_refused_before_a_child_is_asked(size: int, code: str) -> None:
    untouched = Sandbox()
    with pytest.raises(IntakeError) as caught:
        untouched.decode([], size, None)
    assert caught.value.code == code
    assert untouched._server is None


def _gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def test_children_do_not_outlive_a_killed_parent() -> None:
    script = (
        "import os, sys; from tests.intake import made; from arncnn.intake import sandbox\n"
        "box = sandbox.shared(); data = made.dicom(); box.decode([data], len(data), None)\n"
        "print(box._server._process.pid, box._idle[0]._number, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        server, worker = map(int, parent.stdout.readline().split())
        parent.kill()
    assert wait_until(lambda: _gone(server) and _gone(worker))


def test_the_callers_process_loads_no_decoder() -> None:
    script = (
        "import sys; import arncnn.intake; "
        "print(sorted({'pydicom', 'PIL', 'tensorflow', 'gdcm'} & set(sys.modules)))"
    )
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert output.stdout.strip() == "[]"
