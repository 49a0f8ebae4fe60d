"""Attack the present state and say in one table what held: ``python -m tests.attack``.

Every test marked ``attack``, then campaigns: what traps cost, damaged files at the intake, kills of
the store's writers, of promotions, sign-ins, backups and restores, of trainings and of the
dashboard, and bits flipped in what is kept. ``--mutants``, ``--kills`` (of each kind) and
``--flips`` scale them. A campaign is cut into parts; what was done stays in ``build/attack`` until
all is over, so that a stopped one goes on where it was. Code that has changed since begins anew.
Exit code 1 when anything broke.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

from tests.attack.table import Row, table

ROOT = Path(__file__).resolve().parent.parent.parent
_FOLDER = ROOT / "build" / "attack"
_KILLS_OF_STORE, _KILLS_OF_DASHBOARD, _FLIPS = 20, 10, 50  # in a part
_OF_MARKED = "attack and not ray and not extra"


@dataclass(frozen=True)
class Part:
    """One process's share of an attack.

    Attributes:
        attack: the row of the table that it adds to.
        name: names its result and its log.
        command: what runs, behind the interpreter's name.
        tried_and_broken: both numbers, from what it printed.
    """

    attack: str
    name: str
    command: tuple[str, ...]
    tried_and_broken: Callable[[str], tuple[int, int]]

    def run(self, state: Path) -> Row:
        """Its result: of an earlier run, else of one now."""
        result = state / f"{self.name}.json"
        if result.exists():
            return Row(**json.loads(result.read_text()))
        begun, log = time.monotonic(), state / f"{self.name}.log"
        with log.open("w") as errors:
            ran = subprocess.run(
                [sys.executable, *self.command],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        with log.open("a") as errors:
            errors.write(ran.stdout)
        try:
            tried, broken = self.tried_and_broken(ran.stdout)
        except (ValueError, KeyError, IndexError):
            tried, broken = 0, 1  # it ended without its figures
        if ran.returncode:
            broken = max(broken, 1)
        row = Row(self.attack, tried, broken, round(time.monotonic() - begun, 1))
        result.with_suffix(".new").write_text(json.dumps(asdict(row)))
        result.with_suffix(".new").replace(result)
        return row


def parts(state: Path, *, mutants: int, kills: int, flips: int, workers: int) -> Iterator[Part]:
    """All of a campaign, what is quick and says most first."""
    marked = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", str(workers))
    marked += ("--dist", "loadfile", "-m", _OF_MARKED)
    yield Part("Tests marked attack", "marked", marked, _of_pytest)
    yield Part("Bombs and traps, a second each", "traps", ("-m", "tests.attack.traps"), _of_traps)
    intake = ("-m", "tests.fuzz.intake", "--count", str(mutants), "--workers", str(workers))
    intake += ("--folder", str(state / "fuzz"))
    yield Part("Damaged files at the intake", "intake", intake, _of_intake)
    for name, seed, size in _cut("flips", flips, _FLIPS):
        flip = ("-m", "tests.attack.flips", "--flips", size, "--seed", seed)
        yield Part("Flipped bits in what is kept", name, flip, _of_flips)
    for name, seed, size in _cut("store", kills, _KILLS_OF_STORE):
        store = ("-m", "tests.chaos.store", "--kills", size, "--seed", seed)
        yield Part("Kills of the store's writers", name, store, _of_kills)
    for name, seed, size in _cut("kills", kills, _KILLS_OF_STORE):
        kill = ("-m", "tests.attack.kills", "--kills", size, "--seed", seed)
        yield Part("Kills of promotion, sign-in, backup, restore", name, kill, _of_kills)
    for name, seed, size in _cut("dashboard", kills, _KILLS_OF_DASHBOARD):
        dashboard = ("-m", "tests.chaos.dashboard", "--kills", size, "--seed", seed)
        yield Part("Kills of the dashboard", name, dashboard, _of_kills)
    if kills:
        jobs = ("-m", "tests.chaos.jobs", "--kills", str(kills), "--real", str(kills // 10))
        jobs += ("--home", str(state / "jobs"))
        yield Part("Kills of trainings and supervisors", "jobs", jobs, _of_jobs)


def _cut(name: str, count: int, size: int) -> Iterator[tuple[str, str, str]]:
    """Name, seed and size of each part."""
    for seed, first in enumerate(range(0, count, size)):
        yield f"{name}-{seed}", str(seed), str(min(size, count - first))


def _of_pytest(printed: str) -> tuple[int, int]:
    words = printed.strip().splitlines()[-1].replace("=", "").replace(",", "").split()
    pairs = [(word.rstrip("s"), count) for count, word in pairwise(words) if count.isdigit()]
    said = Counter({word: int(count) for word, count in pairs})
    broken = said["failed"] + said["error"]
    return said["passed"] + broken, broken


def _of_traps(printed: str) -> tuple[int, int]:
    said = json.loads(printed.splitlines()[-1])
    return said["traps"], len(said["broken"])


def _of_intake(printed: str) -> tuple[int, int]:
    said = json.loads(printed)
    return said["files"], len(said["broken"])


def _of_kills(printed: str) -> tuple[int, int]:
    said = json.loads(printed.splitlines()[-1])
    return said["kills"], said["lost"]


def _of_jobs(printed: str) -> tuple[int, int]:
    said = json.loads(printed)
    return sum(said["kills"].values()), len(said["problems"])


def _of_flips(printed: str) -> tuple[int, int]:
    said = json.loads(printed.splitlines()[-1])
    return said["flips"], len(said["missed"])


def source() -> str:
    """Stands for the code that is attacked, and for that which attacks."""
    digest = hashlib.sha256()
    files = [ROOT / "app.py", *(p for name in ("arncnn", "pages", "tests") for p in _python(name))]
    for file in files:
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _python(name: str) -> list[Path]:
    return sorted((ROOT / name).rglob("*.py"))


def into_chapter(text: str, rows: Sequence[Row]) -> str:
    """The chapter on security with these figures in place of the former ones."""
    begin, end = "<!-- attack -->\n", "<!-- end -->"
    before, _, rest = text.partition(begin)
    return f"{before}{begin}{table(rows)}\n{end}{rest.partition(end)[2]}"


def campaign(todo: Sequence[Part], state: Path) -> list[Row]:
    """A row for each attack, its parts added up."""
    rows: dict[str, Row] = {}
    for number, part in enumerate(todo, start=1):
        sys.stderr.write(f"{number} of {len(todo)}: {part.attack} ({part.name})\n")
        row = part.run(state)
        if row.broken:
            log = (state / f"{part.name}.log").read_text(errors="replace")
            sys.stderr.write(f"{log[-4000:]}\nBROKEN: {' '.join(part.command)}\n")
        rows[part.attack] = rows[part.attack] + row if part.attack in rows else row
    return list(rows.values())


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.attack", description=__doc__)
    parser.add_argument("--mutants", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=10, help="of each kind")
    parser.add_argument("--flips", type=int, default=100)
    parser.add_argument("--workers", type=int, default=2, help="tests, and decoders, at a time")
    parser.add_argument("--folder", type=Path, default=_FOLDER, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help="keep the figures there as JSON")
    parser.add_argument("--chapter", action="store_true", help="put them into ARCHITECTURE.md")
    asked = parser.parse_args(arguments)
    counts = {name: getattr(asked, name) for name in ("mutants", "kills", "flips")}
    state = asked.folder / f"{source()}-{'-'.join(map(str, counts.values()))}"
    state.mkdir(parents=True, exist_ok=True)
    rows = campaign(list(parts(state, **counts, workers=asked.workers)), state)
    print(table(rows))
    if asked.out:
        asked.out.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    if asked.chapter:
        chapter = ROOT / "ARCHITECTURE.md"
        chapter.write_text(into_chapter(chapter.read_text(encoding="utf-8"), rows), "utf-8")
    last = asked.folder / "last"  # its logs, and the files that broke something
    shutil.rmtree(last, ignore_errors=True)
    state.rename(last)
    return 1 if any(row.broken for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
