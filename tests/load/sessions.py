"""Many sessions at once, and what they leave behind in memory."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from websockets.exceptions import InvalidStatus

from tests.browser.dashboard import Started
from tests.load import scans
from tests.load.visitor import Visitor

PAGES = ("worklist", "probabilities", "explanations", "confusion_matrix", "training_curve", "audit")
SAMPLE = "Chest X-ray"
_EVERY_S = 10.0
_GOLDEN = 0.618034  # its multiples spread evenly, however many of a crowd are let in
_FORGET_S = 90  # longer than server.disconnectedSessionTTL
_WARM_S = 5  # without growth


def percentiles(seconds: list[float]) -> dict[str, float]:
    """Count, median, 95th percentile and maximum in seconds."""
    return {
        "n": len(seconds),
        "median_s": float(np.median(seconds)),
        "p95_s": float(np.quantile(seconds, 0.95)),
        "max_s": max(seconds),
    }


async def acting(address: str, sessions: int, duration_s: float) -> dict[str, Any]:
    """Sessions that open a page every ten seconds; every tenth action is a new reading.

    They find a dashboard in use: someone has opened every page and read a scan before. What a
    fresh one costs its first visitor is measured as the cold start.

    Args:
        address: of the dashboard.
        sessions: how many at a time.
        duration_s: how long each goes on.
    """
    first = await Visitor.arrive(address)
    for page in ("", *PAGES, ""):
        await first.open(page)
    await first.press(SAMPLE)
    visitors = await asyncio.gather(*(Visitor.arrive(address) for _ in range(sessions)))
    reruns, readings = await press_in_turn(visitors, duration_s + _EVERY_S)
    everyone = [first, *visitors]
    errors = [error for visitor in everyone for error in visitor.errors]
    await asyncio.gather(*(visitor.leave() for visitor in everyone))
    return {
        "sessions": sessions,
        "seconds": duration_s,
        "errors": len(errors),
        "kinds_of_errors": sorted(set(errors)),
        "reruns": percentiles(reruns),
        "new_readings": percentiles(readings),
    }


async def press_in_turn(
    people: Sequence[Visitor], seconds: float
) -> tuple[list[float], list[float]]:
    """Each opens a page every ten seconds, and not in step; every tenth time it is a new reading.

    Returns:
        Seconds until each page, and until each new reading, was drawn.
    """
    pages: list[float] = []
    readings: list[float] = []
    ends = time.monotonic() + seconds

    async def act(place: int, visitor: Visitor) -> None:
        await asyncio.sleep(_EVERY_S * (place * _GOLDEN % 1))
        turn = place
        while time.monotonic() < ends:
            began = time.monotonic()
            if turn % 10 == 0:
                await visitor.open("")
                readings.append(await visitor.press(SAMPLE))
            else:
                pages.append(await visitor.open(PAGES[turn % len(PAGES)]))
            turn += 1
            await asyncio.sleep(max(0.0, _EVERY_S - (time.monotonic() - began)))

    await asyncio.gather(*(act(place, visitor) for place, visitor in enumerate(people)))
    return pages, readings


async def uploading(dashboard: Started, uploads: int) -> dict[str, Any]:
    """Memory of the dashboard's process over many uploads, and after the sessions have gone."""
    first = await Visitor.arrive(dashboard.address)
    await first.open("")
    await first.upload("first", scans.png(0))
    found = {"after_first_reading": resident_mb(dashboard.pid)}
    half = uploads // 2
    seconds = []
    visitor, errors = first, []
    for number in range(1, uploads):
        if number % 50 == 0:
            errors += visitor.errors
            await visitor.leave()
            visitor = await Visitor.arrive(dashboard.address)
        await visitor.open("")
        seconds.append(await visitor.upload(f"scan {number}", scans.png(number)))
        if number == half:
            found[f"after_{half}"] = resident_mb(dashboard.pid)
    found[f"after_{uploads}"] = resident_mb(dashboard.pid)
    errors += visitor.errors
    await visitor.leave()
    await asyncio.sleep(_FORGET_S)
    found["after_sessions_have_gone"] = resident_mb(dashboard.pid)
    start = found["after_first_reading"]
    return {
        "uploads": uploads,
        "resident_mb": found,
        "growth": found["after_sessions_have_gone"] / start - 1,
        "upload_to_result_without_browser": percentiles(seconds),
        "errors": len(errors),
    }


async def crowding(dashboard: Started, sessions: int) -> dict[str, Any]:
    """More people at once than are served: who is let in, how long they wait, what is given back.

    Args:
        dashboard: a fresh one.
        sessions: how many come at once; each opens a page three times.
    """
    first = await Visitor.arrive(dashboard.address)
    for page in ("", *PAGES, ""):
        await first.open(page)
    await first.press(SAMPLE)  # loads the model, which is measured as the cold start
    found = {"before": resident_mb(dashboard.pid)}
    seconds: list[float] = []

    async def come(place: int) -> Visitor | None:
        try:
            visitor = await Visitor.arrive(dashboard.address)
        except InvalidStatus:
            return None  # a browser is told so by a page
        for turn in range(3):
            # Those let in are the first of the crowd: by their place alone all would press in step.
            await asyncio.sleep(_EVERY_S * (place * _GOLDEN % 1 if turn == 0 else 1))
            seconds.append(await visitor.open(PAGES[(place + turn) % len(PAGES)]))
        return visitor

    everyone = await asyncio.gather(*(come(place) for place in range(sessions)))
    inside = [visitor for visitor in everyone if visitor is not None]
    found["full"] = resident_mb(dashboard.pid)
    errors = sum(len(visitor.errors) for visitor in inside)
    await asyncio.gather(*(visitor.leave() for visitor in (first, *inside)))
    await asyncio.sleep(_FORGET_S)
    found["after_all_have_gone"] = resident_mb(dashboard.pid)
    return {
        "sessions": sessions,
        "let_in": len(inside) + 1,
        "pages": percentiles(seconds),
        "errors": errors,
        "resident_mb": found,
    }


def resident_mb(pid: int) -> float:
    """Resident memory of a process in MB, as Linux counts it."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1000
    raise RuntimeError("this measure needs Linux's /proc")


async def warmed_up(pid: int) -> None:
    """Waits until a process has loaded what its first reading needs: it grows no more."""
    quiet, last = 0, 0.0
    while quiet < _WARM_S:
        await asyncio.sleep(1)
        now = resident_mb(pid)
        quiet, last = (quiet + 1 if abs(now - last) < 1 else 0), now


def run(work: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    """Runs one of the measures above from code that is not asynchronous."""

    async def whole() -> dict[str, Any]:
        return await work()

    return asyncio.run(whole())
