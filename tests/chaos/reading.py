"""Kill the workers of a reading on Ray, and the command too, and count every file's rows.

``python -m tests.chaos.reading --files 100000 --kills 20`` makes a folder of small JPEGs (hard
links of a few hundred, some of them cut off), has ``read --engine ray`` read it on a cluster of
this machine, and kills a worker with SIGKILL again and again while it reads; ``--stops`` times the
whole command is killed and started again. Then every file must have exactly one row, in the order
of ``read``, and the row that ``read`` without Ray gives for the same bytes. With ``--faults`` the
files come from a store that fails (``tests.chaos.faulty_store``): those that it does not bring are
left unread, and the command is given again until none is; the store is mended before the last time,
after all kills. JSON goes to standard output; ``--out``
keeps it.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil

from arncnn.experiments import targets
from arncnn.inference.read_paths import read_paths
from arncnn.inference.reader import Reader
from arncnn.intake import expand
from arncnn.models.bundle import golden_images
from tests.chaos import faulty_store

ROOT = Path(__file__).resolve().parents[2]
_CONTENTS = 211  # different files; a prime, so that shards do not repeat each other
_EVERY_BAD = 50  # of them, one is cut off
_IN_FOLDER = 1000
_NUMBERS = {"probabilities", "logits", "entropy", "novelty_p_value", "with_header"}
_WITHIN = 1e-5  # of a probability
_LOOK_AGAIN_S = 0.1


@dataclass(frozen=True)
class Result:
    """What a campaign found."""

    machine: dict[str, Any]
    files: int
    kills: int
    stops: int
    lost: int
    doubled: int
    out_of_order: int
    different: int
    unread: int  # files that runs left for the next one
    seconds: float
    files_per_second: float

    @property
    def is_whole(self) -> bool:
        """Whether every file has its one row."""
        return not (self.lost or self.doubled or self.out_of_order or self.different)


def make(folder: Path, files: int, seed: int = 0) -> dict[str, int]:
    """Small JPEGs in folders of a thousand; the number of the content that each has."""
    chance, drawn = np.random.default_rng(seed), golden_images()
    contents = folder.with_name(f"{folder.name}-contents")
    contents.mkdir(parents=True)
    for number in range(_CONTENTS):
        noisy = drawn[number % len(drawn)] + chance.normal(0, 4, drawn[0].shape)
        data = cv2.imencode(".jpg", noisy.clip(0, 255).astype(np.uint8))[1].tobytes()
        is_bad = number % _EVERY_BAD == _EVERY_BAD - 1
        (contents / f"{number}.jpg").write_bytes(data[: len(data) // 3] if is_bad else data)
    have = {}
    for number in range(files):
        inner = folder / f"{number // _IN_FOLDER}"
        inner.mkdir(parents=True, exist_ok=True)
        (inner / f"{number}.jpg").hardlink_to(contents / f"{number % _CONTENTS}.jpg")
        have[str(inner / f"{number}.jpg")] = number % _CONTENTS
    return have


def campaign(
    work: Path,
    *,
    files: int,
    kills: int,
    stops: int = 0,
    form: str = "jsonl",
    faults: bool = False,
    seed: int = 0,
    say: Callable[[str], object] = lambda sentence: None,
) -> Result:
    """Read a made folder under kills and compare what came out; see the module."""
    machine = targets.machine()
    scans, out = work / "scans", work / "out"
    have = make(scans, files, seed)
    say(f"{files:,} files made")
    began = time.monotonic()
    source, environment = str(scans), alone()
    if faults:
        source = f"{faulty_store.PROTOCOL}://{scans}"
        environment["PYTHONPATH"] = str(faulty_store.install(work / "site"))
    words = command(source, out, *(["--parquet"] if form == "parquet" else []))
    done = _read_under_kills(words, environment, out, kills, stops, random.Random(seed), say)
    took = time.monotonic() - began
    rows = [{**row, "path": row["path"].removeprefix(source.removesuffix(str(scans)))}
            for row in rows_of(out, form)]  # fmt: skip
    seen = Counter(row["path"] for row in rows)
    order = [item.label for item in expand([scans])]
    found = Result(
        machine=machine,
        files=files,
        kills=done["kill"],
        stops=done["stop"],
        lost=len(have.keys() - seen.keys()),
        doubled=sum(count - 1 for count in seen.values()),
        out_of_order=sum(row["path"] != label for row, label in zip(rows, order, strict=False)),
        different=_different(rows, have, work / "scans-contents"),
        unread=done["unread"],
        seconds=round(took, 1),
        files_per_second=round(files / took, 1),
    )
    return found


def command(scans: Path | str, out: Path | str, *more: str) -> list[str]:
    """The words of a reading on Ray."""
    words = ["-m", "arncnn", "read", str(scans), "--engine", "ray", "--out", str(out)]
    return [sys.executable, *words, *more]


def alone() -> dict[str, str]:
    """An environment without a cluster: the reading starts one of its own."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("RAY_", "ARNCNN_RAY"))}


def rows_of(out: Path, form: str = "jsonl") -> list[dict[str, Any]]:
    """All rows of all parts, in the order of the parts."""
    rows: list[dict[str, Any]] = []
    for part in sorted(out.glob(f"part-*.{form}")):
        if form == "parquet":
            from pyarrow import parquet

            rows += parquet.read_table(part).to_pylist()
        else:
            rows += map(json.loads, part.read_text().splitlines())
    return rows


def is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two rows say the same of files of other names."""
    if any(one[key] != other[key] for key in other.keys() - _NUMBERS - {"path"}):
        return False
    if other["status"] != "read":
        return True
    both = [(one["probabilities"], other["probabilities"])]
    both.append((one["with_header"]["probabilities"], other["with_header"]["probabilities"]))
    return all(abs(a[label] - b[label]) <= _WITHIN for a, b in both for label in b)


def _read_under_kills(
    words: list[str],
    environment: dict[str, str],
    out: Path,
    kills: int,
    stops: int,
    chance: random.Random,
    say: Callable[[str], object],
) -> Counter[str]:
    """Until the command has ended well; kills of workers, stops of it, and files left unread."""
    events = ["kill"] * kills + ["stop"] * stops
    chance.shuffle(events)
    done = Counter[str]()
    reading = _started(words, environment, out)
    due: int | None = None
    while (code := reading.poll()) is None or (code and (left := _left_unread(out))):
        if code:
            done["unread"] += left
            say(f"{left} files left unread; again")
            if not events:
                faulty_store.mend(out.with_name("scans"))
            reading = _started(words, environment, out)
        time.sleep(_LOOK_AGAIN_S)
        if not events or (planned := _planned(out)) is None:
            continue
        parts = len({path.stem.split("-")[1] for path in out.glob("[pu]*-[0-9]*")})
        if due is None:
            due = parts + chance.randint(0, max(1, (planned - parts) // (len(events) + 1)))
        if parts < due or not _one_killed(reading, events[-1], chance):
            continue
        kind, due = events.pop(), None
        done[kind] += 1
        say(f"{kind} {done[kind]} at {parts} of {planned} shards")
        if kind == "stop":
            reading.wait()
            reading = _started(words, environment, out)
    if reading.returncode:
        raise AssertionError(f"the reading failed: {(out.parent / 'log').read_text()[-2000:]}")
    _left_unread(out)  # standard output is one JSON object, whatever was killed
    return done


def _started(words: list[str], environment: dict[str, str], out: Path) -> subprocess.Popen[bytes]:
    with (out.parent / "log").open("ab") as log, (out.parent / "told").open("wb") as told:
        return subprocess.Popen(words, cwd=ROOT, env=environment, stdout=told, stderr=log)


def _left_unread(out: Path) -> int:
    """How many files the run that has just ended says it left."""
    told = (out.parent / "told").read_text()
    return int(json.loads(told)["unread"]) if told else 0


def _planned(out: Path) -> int | None:
    with suppress(OSError):
        return len(json.loads((out / "plan.json").read_bytes())["shards"])
    return None


def _one_killed(reading: subprocess.Popen[bytes], kind: str, chance: random.Random) -> bool:
    """Kill a worker, or the command with its cluster; False while there is no worker."""
    with suppress(psutil.NoSuchProcess):
        below = psutil.Process(reading.pid).children(recursive=True)
        workers = [process for process in below if "ShardReader" in " ".join(process.cmdline())]
        if workers and kind == "kill":
            chance.choice(workers).send_signal(signal.SIGKILL)
            return True
        if workers:
            for process in (psutil.Process(reading.pid), *below):
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGKILL)
            return True
    return False


def _different(rows: list[dict[str, Any]], have: Mapping[str, int], contents: Path) -> int:
    """How many rows are not what ``read`` gives for the same bytes without Ray."""
    expected = {
        int(Path(line["path"]).stem): line for line in read_paths(Reader.open(), [contents])
    }
    return sum(
        row["path"] in have and not is_same(row, expected[have[row["path"]]]) for row in rows
    )


def main() -> int:
    """Runs the campaign; 0 when every file has its one row."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.reading", description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--stops", type=int, default=1)
    parser.add_argument("--form", choices=("jsonl", "parquet"), default="jsonl")
    parser.add_argument("--faults", action="store_true", help="read from a store that fails")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--table", type=Path, help="of the targets, to put the result into")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = campaign(
            Path(name),
            files=asked.files,
            kills=asked.kills,
            stops=asked.stops,
            form=asked.form,
            faults=asked.faults,
            say=lambda sentence: sys.stderr.write(f"{sentence}\n"),
        )
    text = json.dumps(asdict(found), indent=1) + "\n"
    if asked.out is not None:
        asked.out.write_text(text, encoding="utf-8")
    if asked.table is not None:
        for sentence in targets.write(asked.table, "chaos-ray", asdict(found)):
            sys.stderr.write(f"{sentence}\n")
    sys.stdout.write(text)
    return 0 if found.is_whole and found.kills == asked.kills else 1


if __name__ == "__main__":
    sys.exit(main())
