"""Two dashboards behind nginx, on one PostgreSQL and one home: ``python -m tests.load.scale``.

All on one machine, the visitors too, whose share of the processors is stated. First many people
are connected and some of them press something every ten seconds; then one dashboard is killed
while they do, and who was there comes back, as a browser does by a reload, and must find the
case that was open. JSON goes to standard output; ``--out`` adds it to what is kept.

It needs nginx and PostgreSQL's server (Debian: ``nginx-light postgresql``) and psycopg.
"""

import argparse
import asyncio
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.browser.dashboard import ROOT, Started, free_port, started
from tests.load import stored
from tests.load.sessions import PAGES, SAMPLE, percentiles, press_in_turn, resident_mb
from tests.load.visitor import Visitor
from tests.store.postgresql_server import Server, program

_FORGET_S = 90  # longer than server.disconnectedSessionTTL
_COOKIE = "arncnn_visitor"
_LOST = (ConnectionClosed, InvalidHandshake, OSError, TimeoutError)

_AROUND = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 2048; }}
http {{
access_log off;
client_body_temp_path {folder}/body;
proxy_temp_path {folder}/proxy;
{written}
}}
"""


def missing() -> str | None:
    """What this machine lacks for it, in a sentence."""
    lacks = [name for name in ("nginx",) if shutil.which(name) is None]
    lacks += [] if program("initdb") else ["PostgreSQL's server"]
    try:
        import psycopg  # noqa: F401
    except ImportError:
        lacks.append("psycopg")
    return f"This machine lacks {', '.join(lacks)}." if lacks else None


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, list[Started]]]:
    """The address of nginx, and the dashboards behind it, on one database and one home."""
    with ExitStack() as stack:
        database = Server(_made(folder / "database"), "UTF8")
        database.start()
        stack.callback(database.stop)
        shared = {
            "ARNCNN_DATABASE": database.url.replace("postgresql:", "postgresql+psycopg:"),
            "ARNCNN_HOME": str(folder / "home"),
            "ARNCNN_MAX_SESSIONS": "400",
        }
        behind = [
            stack.enter_context(started(_made(folder / f"dashboard {number}"), shared))
            for number in (1, 2)
        ]
        port = free_port()
        written = folder / "nginx.conf"
        written.write_text(_configuration(folder, port, [one.address for one in behind]))
        nginx = subprocess.Popen(["nginx", "-c", str(written), "-p", str(folder)])
        stack.callback(_stop, nginx)
        _wait_for(port)
        yield f"http://localhost:{port}", behind


async def in_use(
    address: str,
    behind: list[Started],
    *,
    connected: int,
    active: int,
    seconds: float,
    forget_s: float = _FORGET_S,
) -> dict[str, Any]:
    """People connected, some of them pressing, then one dashboard killed.

    Args:
        address: of nginx.
        behind: the dashboards.
        connected: people, of whom each has opened a page.
        active: of them, how many press something every ten seconds.
        seconds: how long they do so.
        forget_s: after the last has gone, how long until memory is looked at once more.
    """
    firsts = [await Visitor.arrive(one.address) for one in behind]
    for first in firsts:  # a fresh dashboard's first visitor is measured as the cold start
        for page in ("", *PAGES, ""):
            await first.open(page)
        await first.press(SAMPLE)
        await first.leave()
    memory = {"before": _resident(behind)}
    cookies = [f"{_COOKIE}={uuid.uuid4().hex}" for _ in range(connected)]  # as nginx makes them
    people = [await Visitor.arrive(address, cookie) for cookie in cookies]
    for visitor in people:
        await visitor.open("")
    memory["full"] = _resident(behind)
    own, others = _own_seconds(), _processor_seconds(behind)
    began = time.monotonic()
    pages, readings = await press_in_turn(people[:active], seconds)
    took = time.monotonic() - began
    own, others = _own_seconds() - own, _processor_seconds(behind) - others
    back = await _killed(address, behind, people[:active], cookies)
    errors = [error for visitor in people for error in visitor.errors]
    await asyncio.gather(*(_gone(visitor) for visitor in people))
    await asyncio.sleep(forget_s)
    memory["after_all_have_gone"] = _resident(behind)
    return {
        "dashboards": len(behind),
        "cores": os.cpu_count(),
        "connected": connected,
        "active": active,
        "seconds": took,
        "pages": percentiles(pages),
        "new_readings": percentiles(readings),
        "errors": len(errors),
        "kinds_of_errors": sorted(set(errors)),
        "processors": {
            "visitors_share": own / (took * (os.cpu_count() or 1)),
            "dashboards_share": others / (took * (os.cpu_count() or 1)),
        },
        "one_killed": back,
        "resident_mb": memory,
    }


async def _killed(
    address: str, behind: list[Started], people: list[Visitor], cookies: list[str]
) -> dict[str, Any]:
    """Each has a case open; one dashboard dies; who was there reloads and looks at the case."""
    for visitor in people:
        await visitor.open("")
        await visitor.press(SAMPLE)
    queries = [visitor.query for visitor in people]
    os.kill(behind[0].pid, signal.SIGKILL)
    seconds, lost = [], 0
    for number, visitor in enumerate(people):
        try:
            await visitor.again()
            continue
        except _LOST:
            began = time.monotonic()
        back = await Visitor.arrive(address, cookies[number])
        await back.open("probabilities", queries[number])
        seconds.append(time.monotonic() - began)
        is_there = any(SAMPLE in text for text in back.texts) and not back.errors
        lost += not (queries[number] and is_there)
        people[number] = back
    return {
        "came_back": len(seconds),
        "cases_lost": lost,
        **({"to_the_case": percentiles(seconds)} if seconds else {}),
    }


async def _gone(visitor: Visitor) -> None:
    with suppress(*_LOST):
        await visitor.leave()


def _resident(behind: list[Started]) -> list[float]:
    return [resident_mb(one.pid) for one in behind if psutil.pid_exists(one.pid) and _alive(one)]


def _alive(one: Started) -> bool:
    return psutil.Process(one.pid).status() != psutil.STATUS_ZOMBIE


def _processor_seconds(behind: list[Started]) -> float:
    return sum(
        process.cpu_times().user + process.cpu_times().system
        for one in behind
        for process in (psutil.Process(one.pid), *psutil.Process(one.pid).children(recursive=True))
    )


def _own_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(timeout=30)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError("nginx did not start")


def _configuration(folder: Path, port: int, addresses: list[str]) -> str:
    """README's own lines, with other ports."""
    (written,) = re.findall(r"```nginx\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    ports = [address.rpartition(":")[2] for address in addresses]
    for stated, used in zip(("8500", "8501", "8502"), (str(port), *ports), strict=True):
        assert written.count(f":{stated}") == 1
        written = written.replace(f":{stated}", f":{used}")
    return _AROUND.format(folder=folder, written=written)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def main() -> int:
    """Measures; 0 when no case was lost and no page failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.scale", description=__doc__)
    parser.add_argument("--connected", type=int, default=300)
    parser.add_argument("--active", type=int, default=50, help="of them")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--out", type=Path, help="add it to that file, under 'scale'")
    asked = parser.parse_args()
    if (lacks := missing()) is not None:
        sys.stderr.write(lacks + "\n")
        return 1
    with tempfile.TemporaryDirectory() as name, served(Path(name)) as (address, behind):
        found = asyncio.run(
            in_use(
                address,
                behind,
                connected=asked.connected,
                active=asked.active,
                seconds=asked.seconds,
            )
        )
    if asked.out is not None:
        stored.add(asked.out, {"scale": found})
    json.dump(found, sys.stdout, indent=1)
    return 1 if found["errors"] or found["one_killed"]["cases_lost"] else 0


if __name__ == "__main__":
    sys.exit(main())
