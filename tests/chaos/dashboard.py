"""Kill the dashboard at random moments of uploads and corrections; nothing acknowledged is lost.

``python -m tests.chaos.dashboard --kills 100``: in each round one visitor gives the real
dashboard ZIPs, another one corrects cases, both over its websocket, and SIGKILL comes at a
random moment. Afterwards the store must verify. Every file of an upload that was taken is
either in the store or in the spool, every file that was shown as read is in the store, and
every correction that was noted is there. At the end, a last start reads all that still waits.
Only the moment of the kill is a time: a busy machine makes it slower, and nothing else.
"""

import argparse
import asyncio
import hashlib
import io
import json
import os
import random
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from websockets.exceptions import WebSocketException

from arncnn.labels import title
from arncnn.store import LOCAL_USER, Store
from arncnn.store.correction import Correction
from arncnn.store.verify import verify
from tests.chaos.forked import Forked, Template, template
from tests.chaos.witness import Promised, Witness
from tests.load.scans import png
from tests.store.made_up import ADA

_FILES = 5  # in one upload
_ACTIONS = 5  # a kill comes after 0 to 4 uploads and corrections
_LOST = (OSError, WebSocketException, EOFError)  # what a visitor meets when the server is gone


class Campaign:
    """Rounds against one home.

    Attributes:
        moments: what the two visitors were doing when the kill came.
    """

    def __init__(self, ready: Template, folder: Path, seed: int) -> None:
        self.moments: Counter[str] = Counter()
        self._ready, self._folder = ready, folder
        self._chance, self._promised = random.Random(seed), Promised()
        self._store = Store.open()
        self._given = 0

    async def run(self, kills: int) -> dict[str, object]:
        """Rehearses without a kill, then kills, with a check after each, and lets it end."""
        cold_s, warm_s = await self._rehearse()
        for _ in range(kills):
            done = self._chance.randrange(_ACTIONS)
            await self._round(done, self._chance.uniform(0.0, warm_s if done else cold_s))
            self.check()
        left = len(self._waiting())
        await self._finish()
        for name, files in self._promised.uploads.items():
            self._promised.read[name] = len(files)
        self.check()
        return {
            "moments": dict(self.moments),
            "uploads_taken": len(self._promised.uploads),
            "files_taken": sum(map(len, self._promised.uploads.values())),
            "corrected_cases": len(self._promised.said),
            "uploads_waiting_after_the_last_kill": left,
            "audit_lines": verify(self._store, ADA).entries,
            "lost": 0,
        }

    async def _rehearse(self) -> tuple[float, float]:
        """An upload and a correction from start to end, twice; how long they take each time."""
        with self._served() as dashboard:
            visitor = await self._arrive(dashboard)
            times = [time.monotonic()]
            for _ in range(2):
                await self._upload(visitor)
                await self._correct(visitor)
                times.append(time.monotonic())
            return times[1] - times[0], times[2] - times[1]

    async def _round(self, done: int, then_s: float) -> None:
        """Kills some seconds after that many actions have been done."""
        with self._served() as dashboard:
            visitors = [await self._arrive(dashboard) for _ in range(2)]
            actions = asyncio.Semaphore(0)
            acting = [
                asyncio.create_task(self._act(visitors[0], self._upload, actions)),
                asyncio.create_task(self._act(visitors[1], self._correct, actions)),
            ]
            counting = asyncio.create_task(_acquired(actions, done))
            await asyncio.wait([counting, *acting], return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait(acting, timeout=then_s, return_when=asyncio.FIRST_COMPLETED)
            is_alone = any(task.done() for task in acting)
            self.moments.update(visitor.doing for visitor in visitors)
            dashboard.kill()
            counting.cancel()
            await asyncio.gather(*acting)
            if is_alone:
                raise AssertionError("the dashboard left a visitor before it was killed")

    async def _act(
        self,
        visitor: Witness,
        action: Callable[[Witness], Awaitable[None]],
        actions: asyncio.Semaphore,
    ) -> None:
        """The same again and again, until the dashboard is gone."""
        with suppress(*_LOST):
            while True:
                await action(visitor)
                actions.release()

    def _served(self) -> "_Served":
        return _Served(self._ready.fork(self._folder / "home", self._folder / "log"))

    async def _arrive(self, dashboard: Forked) -> Witness:
        visitor = await Witness.arrive(dashboard.address)
        visitor.promised = self._promised
        return visitor

    async def _upload(self, visitor: Witness) -> None:
        content = [png(self._given * _FILES + number) for number in range(_FILES)]
        self._given += 1
        files = [hashlib.sha256(data).hexdigest() for data in content]
        await visitor.give(f"upload-{self._given}.zip", _zipped(content), files)

    async def _correct(self, visitor: Witness) -> None:
        cases = self._store.cases.list(LOCAL_USER, limit=200).cases
        await visitor.correct(self._chance.choice(cases).id, self._chance.randrange(1000))

    def _waiting(self) -> set[str]:
        """The names of the uploads in the spool that are not read to the end."""
        lists = self._folder.glob("home/spool/*/*/files.json")
        left = [path for path in lists if not (path.parent / "over").exists()]
        return {name for path in left for _, name in json.loads(path.read_text())}

    def check(self) -> None:
        """Raises AssertionError when a promise was broken."""
        found = verify(self._store, ADA)
        if not found.is_intact:
            raise AssertionError(f"the store does not verify: {found.problems}")
        there = self._scans()
        waiting = self._waiting()
        for name, files in self._promised.uploads.items():
            missing = [file for file in files if file not in there]
            if missing and name not in waiting:
                raise AssertionError(f"{name} was taken, and {len(missing)} of its files are lost")
            if len(files) - len(missing) < self._promised.read.get(name, 0):
                raise AssertionError(f"a file of {name} was shown as read and is not in the store")
        for case_id, answers in self._promised.said.items():
            kept = self._store.corrections.of_case(LOCAL_USER, case_id).corrections
            if not kept or not any(_is(kept[-1], answer) for answer in answers):
                raise AssertionError(f"a correction that was noted is lost: {answers}, {kept}")

    def _scans(self) -> set[str]:
        there: set[str] = set()
        while True:
            page = self._store.cases.list(LOCAL_USER, offset=len(there), limit=1000).cases
            if not page:
                return there
            there |= {case.scan_sha256 for case in page}

    async def _finish(self) -> None:
        """Starts once more and lets it read what waits."""
        with self._served() as dashboard:
            visitor = await self._arrive(dashboard)
            while self._waiting():
                await visitor.open("worklist")


class _Served:
    """A dashboard that answers, gone when the block ends."""

    def __init__(self, dashboard: Forked) -> None:
        self._dashboard = dashboard

    def __enter__(self) -> Forked:
        self._dashboard.wait_until_served()
        return self._dashboard

    def __exit__(self, *error: object) -> None:
        if self._dashboard.is_there():
            self._dashboard.kill()


async def _acquired(actions: asyncio.Semaphore, count: int) -> None:
    for _ in range(count):
        await actions.acquire()


def _is(kept: Correction, answer: str) -> bool:
    if kept.is_right:
        return answer.startswith("Right: ")
    if kept.is_none_of_these:
        return answer.startswith("None of these kinds")
    return answer == title(kept.label or "")


def _zipped(content: list[bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, data in enumerate(content):
            archive.writestr(f"{number}.png", data)
    return out.getvalue()


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, template() as ready:
        os.environ["ARNCNN_HOME"] = str(Path(folder) / "home")
        campaign = Campaign(ready, Path(folder), arguments.seed)
        result = asyncio.run(campaign.run(arguments.kills))
    seconds = round(time.monotonic() - begun, 1)
    told = {"kills": arguments.kills, "seed": arguments.seed, **result, "seconds": seconds}
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
