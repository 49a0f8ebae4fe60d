"""Throws damaged PNG, JPEG, DICOM and ZIP files at the intake and counts what becomes of them.

``python -m tests.fuzz.intake --count 100000`` runs until that many files, or ``--seconds``,
are over; ``--first`` continues a campaign at a file's number. Each must be read or refused
with a reason, and this process must neither end nor grow. Prints a JSON report; exits with 1
when a promise is broken.
"""

import argparse
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from arncnn.errors import IntakeError
from arncnn.intake import expand, sandbox
from arncnn.intake.reasons import REASONS
from tests.fuzz.mutate import mutated, seeds

MOST_GROWTH_MB = 50.0
MOST_CHILD_MB = 512.0
MOST_SECONDS = 1.0
_WARM_UP = 200  # files until imports, pools and caches have settled


@dataclass
class Report:
    """What a campaign found.

    Attributes:
        files: damaged files tried; a ZIP counts once, whatever is in it.
        outcomes: "read" or the code of the reason, one for each file of a ZIP.
        faults: children ended for a fault; each was replaced, and its file refused.
    """

    files: int = 0
    first: int = 0
    seconds: float = 0.0
    files_per_s: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    faults: int = 0
    slowest_s: float = 0.0
    slowest_file: int = 0
    over_a_second: int = 0
    child_peak_mb: float = 0.0
    parent_start_mb: float = 0.0
    parent_end_mb: float = 0.0
    broken: list[str] = field(default_factory=list)


def resident_mb() -> float:
    """This process's memory now, in MB."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:  # not Linux: the peak instead
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
    return pages * resource.getpagesize() / (1 << 20)


def damaged(first: int, seed: int) -> Iterator[tuple[int, str, bytes]]:
    """Numbered damaged files without end; a number always gives the same file."""
    sound = seeds()
    kinds = ("png", "jpeg", "dicom", "dicom", "zip")
    number = first
    while True:
        chance = random.Random(f"{seed}/{number}")
        kind = kinds[number % len(kinds)]
        yield number, kind, mutated(chance.choice(sound[kind]), chance)
        number += 1


def campaign(count: int, seconds: float, *, first: int = 0, seed: int = 0) -> Report:
    """Runs ``count`` files or ``seconds``, whichever is over first."""
    report = Report(first=first)
    box = sandbox.shared()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="arncnn-fuzz-") as folder:
        path = Path(folder) / "file"
        for number, kind, data in damaged(first, seed):
            if report.files >= count or time.monotonic() - begun >= seconds:
                break
            path.write_bytes(data)
            started = time.monotonic()
            for item in expand([path]):
                report.outcomes[_outcome(item.open, number, report)] += 1
            took = time.monotonic() - started
            if report.files and took > report.slowest_s:  # the first one waits for the start
                report.slowest_s, report.slowest_file = took, number
            report.over_a_second += bool(report.files and took > MOST_SECONDS)
            report.files += 1
            report.kinds[kind] += 1
            if report.files == min(_WARM_UP, count // 2 or 1):
                report.parent_start_mb = resident_mb()
    report.seconds = time.monotonic() - begun
    report.files_per_s = report.files / max(report.seconds, 1e-9)
    report.parent_end_mb = resident_mb()
    box.rest()
    report.faults, report.child_peak_mb = box.faults, box.peak_kib / 1024
    if report.parent_end_mb - report.parent_start_mb > MOST_GROWTH_MB:
        report.broken.append("this process grew")
    if report.child_peak_mb > MOST_CHILD_MB:
        report.broken.append("a child held too much memory")
    return report


def _outcome(read: object, number: int, report: Report) -> str:
    try:
        read()  # type: ignore[operator]
    except IntakeError as error:
        if error.code not in REASONS or error.code == "sandbox":
            report.broken.append(f"file {number}: {error.code}")
        return error.code
    except Exception as error:  # noqa: BLE001 - finding these is the campaign's purpose
        report.broken.append(f"file {number}: {type(error).__name__}")
        return "unhandled"
    return "read"


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.intake", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="arncnn-fuzz-home-") as home:
        os.environ["ARNCNN_HOME"] = home
        report = campaign(
            arguments.count, arguments.seconds, first=arguments.first, seed=arguments.seed
        )
    print(json.dumps(vars(report), indent=2))
    return 1 if report.broken else 0


if __name__ == "__main__":
    sys.exit(main())
