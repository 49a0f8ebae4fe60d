"""Kill writers of the store at random moments and prove that nothing acknowledged was lost.

``python -m tests.chaos.store --kills 100`` runs the campaign. Each round starts a process that
adds cases, corrects and deletes, and writes down what the store acknowledged; after a random
number of acknowledgements, and a random moment more, it gets SIGKILL. Then the store must
verify, and hold exactly what was acknowledged (what was under way at the kill may be there or
not, but never in part).
"""

import argparse
import itertools
import json
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from arncnn.store import Store
from arncnn.store.verify import verify
from tests.store.made_up import ADA, ANNA, BERT, new_case

_MOST_LINES = 10  # acknowledgements that a writer lives for: the kill waits for no clock
_MOMENT_S = 0.05  # then up to this long, which lands inside the action after them


@dataclass
class Acknowledged:
    """What the store said was done, over all rounds."""

    kept: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    corrected: set[str] = field(default_factory=set)
    lines: int = 0

    def hear(self, line: str) -> None:
        try:
            said = json.loads(line)
        except ValueError:  # cut off by the kill: not acknowledged
            return
        self.lines += 1
        case_id = said["case"]
        if said["did"] == "keep":
            self.kept.add(case_id)
        elif said["did"] == "delete":
            self.kept.discard(case_id)
            self.deleted.add(case_id)
        else:
            self.corrected.add(case_id)


def write_forever(first: int, log: Path) -> None:
    """The victim: act, and say so only after the store has returned."""
    handle = os.open(log, os.O_WRONLY | os.O_APPEND)

    def say(did: str, case_id: str = "") -> None:
        os.write(handle, (json.dumps({"did": did, "case": case_id}) + "\n").encode())

    store = Store.open()
    say("ready")
    for number in itertools.count(first):
        kept = store.cases.add(ANNA, new_case(number))
        say("keep", kept.id)
        if number % 3 == 0:
            store.corrections.submit(BERT, kept.id, label="Hand")
            say("correct", kept.id)
        if number % 4 == 0:
            say("deleting", kept.id)
            store.cases.delete(ANNA, kept.id)
            say("delete", kept.id)


def campaign(kills: int, home: Path, seed: int = 0) -> Acknowledged:
    """Kill that many writers, checking after each; give what was acknowledged in all."""
    chance = random.Random(seed)
    done = Acknowledged()
    for kill in range(kills):
        deleting = _one_round(kill, chance, done, home)
        _check(done, deleting)
    return done


def _one_round(kill: int, chance: random.Random, done: Acknowledged, home: Path) -> set[str]:
    """Start a writer, kill it; give the cases whose deletion was under way."""
    log = home / "acknowledged.jsonl"
    log.write_bytes(b"")
    writer = os.fork()  # this process has one thread; starting anew would cost a second a kill
    if writer == 0:
        write_forever(kill * 100_000, log)
    lines = chance.randint(1, _MOST_LINES)
    while log.read_bytes().count(b"\n") < lines:
        if os.waitpid(writer, os.WNOHANG)[0]:
            raise AssertionError("the writer ended by itself")
        time.sleep(0.002)
    time.sleep(chance.random() * _MOMENT_S)
    os.kill(writer, signal.SIGKILL)
    if os.waitpid(writer, 0)[1] != signal.SIGKILL:
        raise AssertionError("the writer ended by itself")
    deleting = set()
    for line in log.read_text().splitlines():
        if '"ready"' in line:
            continue
        if '"deleting"' in line and line.endswith("}"):
            deleting.add(json.loads(line)["case"])
        else:
            done.hear(line)
    return deleting


def _check(done: Acknowledged, deleting: set[str]) -> None:
    store = Store.open()
    found = verify(store, ADA)
    if not found.is_intact:
        raise AssertionError(f"the store does not verify: {found.problems}")
    there = {case.id for page in range(1000) for case in _page(store, page)}
    lost = done.kept - there - deleting
    if lost:
        raise AssertionError(f"acknowledged and lost: {lost}")
    if done.deleted & there:
        raise AssertionError("deleted and back again")
    for case_id in done.corrected & there:
        if not store.corrections.of_case(ANNA, case_id).corrections:
            raise AssertionError("a correction was lost")
    done.kept &= there  # an unacknowledged deletion may have happened
    store.close()


def _page(store: Store, page: int) -> tuple:
    return store.cases.list(ANNA, offset=page * 1000, limit=1000).cases


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["ARNCNN_HOME"] = home
        started = time.monotonic()
        done = campaign(arguments.kills, Path(home), arguments.seed)
        result = {
            "kills": arguments.kills,
            "seed": arguments.seed,
            "acknowledged": done.lines,
            "kept": len(done.kept),
            "lost": 0,
            "seconds": round(time.monotonic() - started, 1),
        }
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
