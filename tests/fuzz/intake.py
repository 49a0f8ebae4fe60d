"""Throws damaged pictures, volumes, DICOM files and ZIPs at the intake and counts the outcomes.

``python -m tests.fuzz.intake --count 100000`` (``make fuzz``) shares the files out to
``--workers`` processes, each with sandbox children of its own, in blocks. A finished block is
a line in ``--folder``; the same command goes on where it was stopped, and ends with
``summary.json`` there and on standard output. Each file must be read or refused with a reason,
within a second of processor time and 512 MB of the child; no worker (which stands for the
dashboard: it imports the same intake) may end or grow by more than 50 MB. A file that breaks
a promise is kept under ``reproducers``. Exits with 1 when one is broken.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from arncnn.errors import IntakeError
from arncnn.intake import Item, expand, sandbox
from arncnn.intake.refusals import REASONS
from tests.fuzz import proc
from tests.fuzz.mutate import mutated, seeds

MOST_GROWTH_MB = 50.0
MOST_CHILD_MB = 512.0
MOST_SECONDS = 1.0
BLOCK = 1000
_KINDS = ("png", "jpeg", "dicom", "dicom", "zip", "tiff", "nifti", "enhanced")
_WARM_UP = 200  # files until imports, pools and caches have settled
_ATTEMPTS = 3  # of a slow file: a busy machine makes one slow, a costly file stays slow
_FOLDER = Path(__file__).resolve().parents[2] / "build" / "fuzz"


@dataclass
class Block:
    """What became of a run of files; also their sum over a campaign.

    Attributes:
        first: number of the first file; a number and a seed always give the same file.
        files: damaged files tried; a ZIP counts once, whatever is in it.
        outcomes: "kind: read" or "kind: code of the reason", for every file in a ZIP too.
        faults: children ended for a fault; each was replaced, and its file refused.
        slowest: seconds by the clock and file number.
        busiest: processor seconds of the child and file number.
        largest: most memory of the child in MB and file number.
        grown_mb: of the worker, since it was warm.
        broken: promises that did not hold.
    """

    first: int = 0
    files: int = 0
    seconds: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    faults: int = 0
    slowest: tuple[float, int] = (0.0, -1)
    busiest: tuple[float, int] = (0.0, -1)
    largest: tuple[float, int] = (0.0, -1)
    grown_mb: float = 0.0
    broken: list[str] = field(default_factory=list)

    def add(self, other: "Block") -> None:
        """Sums up; of the extremes the larger one stays."""
        self.files += other.files
        self.seconds += other.seconds
        self.kinds.update(other.kinds)
        self.outcomes.update(other.outcomes)
        self.faults += other.faults
        for name in ("slowest", "busiest", "largest"):
            setattr(self, name, max(tuple(getattr(self, name)), tuple(getattr(other, name))))
        self.grown_mb = max(self.grown_mb, other.grown_mb)
        self.broken += other.broken


class Worker:
    """One process's share of a campaign."""

    def __init__(self, seed: int, folder: Path) -> None:
        self._seed = seed
        self._sound = seeds()
        self._reproducers = folder / "reproducers"
        self._box = sandbox.shared()
        self._done = 0
        self._warm_mb = 0.0

    def run(self, first: int, count: int, path: Path, *, until: float = float("inf")) -> Block:
        """Tries ``count`` files from number ``first`` on, written to ``path`` one by one."""
        block = Block(first=first)
        faults = self._box.faults
        begun = time.monotonic()
        for number in range(first, first + count):
            if time.monotonic() >= until:
                break
            kind = _KINDS[number % len(_KINDS)]
            path.write_bytes(damaged(self._sound[kind], number, self._seed))
            problems = self._one(block, path, kind, number)
            if problems:
                self._reproducers.mkdir(parents=True, exist_ok=True)
                (self._reproducers / f"{number}.{kind}").write_bytes(path.read_bytes())
                block.broken += [f"file {number} ({kind}): {what}" for what in problems]
            block.files += 1
            block.kinds[kind] += 1
            self._done += 1
            if self._done == min(_WARM_UP, max(1, count // 2)):
                self._warm_mb = proc.resident_mb()
        block.seconds = time.monotonic() - begun
        block.faults = self._box.faults - faults
        block.grown_mb = proc.resident_mb() - self._warm_mb if self._warm_mb else 0.0
        if block.grown_mb > MOST_GROWTH_MB:
            block.broken.append(f"the worker grew by {block.grown_mb:.0f} MB")
        return block

    def _one(self, block: Block, path: Path, kind: str, number: int) -> list[str]:
        """Tries one file; what it broke."""
        problems: list[str] = []
        for item in self._items(path, block, kind, problems):
            clock, cpu = self._timed(item, block, kind, problems)
            for _ in range(_ATTEMPTS - 1):
                if clock <= MOST_SECONDS:
                    break
                again = self._timed(item, Block(), kind, [])
                clock, cpu = min(clock, again[0]), min(cpu, again[1])
            peak = proc.take_peak_mb(self._box)
            if self._done:  # the very first one waits for the decoders to be imported
                block.slowest = max(block.slowest, (clock, number))
                block.busiest = max(block.busiest, (cpu, number))
                if cpu > MOST_SECONDS:
                    problems.append(f"took {cpu:.2f} s of a processor")
            block.largest = max(block.largest, (peak, number))
            if peak > MOST_CHILD_MB:
                problems.append(f"held {peak:.0f} MB")
        return problems

    def _items(self, path: Path, block: Block, kind: str, problems: list[str]) -> list[Item]:
        try:
            return list(expand([path]))
        except Exception as error:  # noqa: BLE001 - see _timed
            block.outcomes[f"{kind}: unhandled"] += 1
            problems.append(f"unhandled {type(error).__name__} in the walk")
            return []

    def _timed(
        self, item: Item, block: Block, kind: str, problems: list[str]
    ) -> tuple[float, float]:
        """Opens an item; seconds by the clock, and of the child's processor."""
        cpu, started = proc.cpu_s(self._box), time.monotonic()
        try:
            item.open()
            outcome = "read"
        except IntakeError as error:
            outcome = error.code
            if error.code not in REASONS or error.code == "sandbox":
                problems.append(error.code)
        except Exception as error:  # noqa: BLE001 - finding these is the campaign's purpose
            outcome = "unhandled"
            problems.append(f"unhandled {type(error).__name__}")
        block.outcomes[f"{kind}: {outcome}"] += 1
        return time.monotonic() - started, max(0.0, proc.cpu_s(self._box) - cpu)


def damaged(sound: list[bytes], number: int, seed: int) -> bytes:
    """The damaged file of that number, the same in every run."""
    chance = random.Random(f"{seed}/{number}")
    return mutated(chance.choice(sound), chance)


def work(firsts: Iterator[int], seed: int, folder: Path, *, until: float, count: int) -> None:
    """A worker's life: blocks until there are none, each noted when it is done."""
    worker = Worker(seed, folder)
    handle = os.open(_log(folder, seed), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    with tempfile.TemporaryDirectory(prefix="arncnn-fuzz-") as place:
        for first in firsts:
            block = worker.run(first, min(BLOCK, count - first), Path(place) / "file", until=until)
            if time.monotonic() >= until:
                break  # a block that was cut short is done again
            os.write(handle, (json.dumps(vars(block)) + "\n").encode())
    os.close(handle)


def finished(folder: Path, seed: int) -> dict[int, Block]:
    """The blocks done so far."""
    blocks = {}
    with suppress(FileNotFoundError):
        for line in _log(folder, seed).read_text().splitlines():
            with suppress(ValueError):  # cut short
                block = Block(**json.loads(line))
                block.kinds, block.outcomes = Counter(block.kinds), Counter(block.outcomes)
                blocks[block.first] = block
    return blocks


def _log(folder: Path, seed: int) -> Path:
    return folder / f"blocks-{seed}.jsonl"


def campaign(arguments: argparse.Namespace) -> dict[str, object]:
    """Shares out what is left to do, waits for it, and sums up."""
    arguments.folder.mkdir(parents=True, exist_ok=True)
    begun, before = time.monotonic(), finished(arguments.folder, arguments.seed)
    words = [sys.executable, "-m", "tests.fuzz.intake", "--seed", str(arguments.seed)]
    words += ["--count", str(arguments.count), "--folder", str(arguments.folder)]
    words += ["--seconds", str(arguments.seconds), "--workers", str(arguments.workers)]
    workers = [
        subprocess.Popen([*words, "--share", str(share)]) for share in range(arguments.workers)
    ]
    ended = [worker.wait() for worker in workers]
    total = Block()
    after = finished(arguments.folder, arguments.seed)
    for first in sorted(after):
        if first < arguments.count:
            total.add(after[first])
    total.broken += [
        f"worker {share} ended with {code}" for share, code in enumerate(ended) if code
    ]
    here = sum(block.files for first, block in after.items() if first not in before)
    seconds = time.monotonic() - begun
    summary = {
        **vars(total),
        "worker_seconds": round(total.seconds, 1),
        "seconds_here": round(seconds, 1),
        "files_per_s_here": round(here / max(seconds, 1e-9), 1),
        "workers": arguments.workers,
        "seed": arguments.seed,
        "is_complete": total.files >= arguments.count,
    }
    del summary["first"], summary["seconds"]
    (arguments.folder / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    return summary


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.intake", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=1e9, help="stop then; go on another time")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=_FOLDER)
    parser.add_argument("--share", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.share is None:
        summary = campaign(arguments)
        print(json.dumps(summary, indent=2))
        return 1 if summary["broken"] else 0
    done = finished(arguments.folder, arguments.seed)
    blocks = range(0, arguments.count, BLOCK)
    mine = (b for b in list(blocks)[arguments.share :: arguments.workers] if b not in done)
    until = time.monotonic() + arguments.seconds
    with tempfile.TemporaryDirectory(prefix="arncnn-fuzz-home-") as home:
        os.environ["ARNCNN_HOME"] = home
        work(mine, arguments.seed, arguments.folder, until=until, count=arguments.count)
    return 0


if __name__ == "__main__":
    sys.exit(main())
