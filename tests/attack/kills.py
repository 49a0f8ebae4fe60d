"""Kill promotions, sign-ins, backups and restores at random moments; nothing is lost or half.

``python -m tests.attack.kills --kills 100``: each round forks a process that does them in a random
order and writes down what the store acknowledged, and gives it SIGKILL after some of them and a
random moment more. Then the store must verify and serve the model promoted last, or the one whose
promotion was under way; each person has one account; each backup that is there restores whole; and
a home into which a restore was killed holds nothing or all.
"""

import argparse
import itertools
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from arncnn.errors import StoreError
from arncnn.store import Store
from arncnn.store.backup import backup, restore
from arncnn.store.users import Identity
from arncnn.store.verify import verify
from tests.store.made_up import ADA, ANNA, APOLLO, TILDA, model_folder, new_case

_ACTIONS = ("promote", "sign_in", "backup", "restore")
_CASES = 6
_MOST_DONE = 6  # actions that a victim lives for: the kill waits for no clock
_MOMENT_S = 0.1  # then up to this long, which lands inside the action after them


@contextmanager
def opened(home: Path) -> Iterator[Store]:
    """The store of a home."""
    os.environ["ARNCNN_HOME"] = str(home)
    store = Store.open()
    try:
        yield store
    finally:
        store.close()


class Campaign:
    """Rounds against one home.

    Attributes:
        moments: what was under way when the kill came.
        acknowledged: how many actions were.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.moments: Counter[str] = Counter()
        self.acknowledged = 0
        self._home, self._log = folder / "home", folder / "said.jsonl"
        self._tars, self._homes = folder / "backups", folder / "restored"
        self._chance = random.Random(seed)
        self._people: set[str] = set()
        with opened(self._home) as store:
            store.cases.add_all(ANNA, [new_case(number) for number in range(_CASES)])
            made = [model_folder(folder / f"model-{number}", number) for number in range(2)]
            self._models = [store.models.register(TILDA, model).sha256 for model in made]
            for sha256 in self._models:
                store.models.judge(TILDA, sha256, {"passes": True, "why": []})
            store.models.promote(APOLLO, self._models[0], "the first")
            self._serving = {self._models[0]}
            self._tars.mkdir()
            backup(store, ADA, self._tars / "whole.tar")

    def round(self, number: int) -> None:
        """One victim, killed, and what it leaves looked at."""
        self._log.write_bytes(b"")
        victim = os.fork()  # this process has one thread; starting anew would cost a second a kill
        if victim == 0:
            try:
                self._act_forever(number, random.Random(self._chance.random()))
            finally:
                os._exit(1)  # never on into what is its parent's
        done = self._chance.randint(1, _MOST_DONE)
        while self._log.read_bytes().count(b'"done"') < done:
            if os.waitpid(victim, os.WNOHANG)[0]:
                raise AssertionError("the victim ended by itself")
            time.sleep(0.002)
        time.sleep(self._chance.random() * _MOMENT_S)
        os.kill(victim, signal.SIGKILL)
        if os.waitpid(victim, 0)[1] != signal.SIGKILL:
            raise AssertionError("the victim ended by itself")
        self._check(self._heard())

    def _act_forever(self, number: int, chance: random.Random) -> None:
        handle = os.open(self._log, os.O_WRONLY | os.O_APPEND)

        def say(word: str, action: str, about: str) -> None:
            line = {"said": word, "action": action, "about": about}
            os.write(handle, (json.dumps(line) + "\n").encode())

        for step in itertools.count():
            action = chance.choice(_ACTIONS)
            name = f"{number}-{step}"
            about = chance.choice(self._models) if action == "promote" else name
            say("begun", action, about)
            self._act(action, about)
            say("done", action, about)

    def _act(self, action: str, about: str) -> None:
        with opened(self._homes / about if action == "restore" else self._home) as store:
            if action == "promote" and store.models.in_service() != about:
                store.models.promote(APOLLO, about, "again")
            elif action == "sign_in":
                store.users.sign_in(_person(about))
            elif action == "backup":
                backup(store, ADA, self._tars / f"{about}.tar")
            elif action == "restore":
                restore(store, ADA, self._tars / "whole.tar")

    def _heard(self) -> list[dict[str, str]]:
        """What was acknowledged; the last line may be what was under way."""
        lines = [
            json.loads(line) for line in self._log.read_text().splitlines(True) if "\n" in line
        ]
        done = [line for line in lines if line["said"] == "done"]
        self.acknowledged += len(done)
        self._people |= {line["about"] for line in done if line["action"] == "sign_in"}
        for line in lines:
            if line["action"] == "promote":
                before = self._serving if line["said"] == "begun" else set()
                self._serving = before | {line["about"]}
        under_way = lines[-1]["said"] == "begun"
        self.moments[lines[-1]["action"] if under_way else "between two"] += 1
        return lines

    def _check(self, lines: list[dict[str, str]]) -> None:
        with opened(self._home) as store:
            _require_intact(store, "the store")
            serving = store.models.in_service()
            if serving not in self._serving:
                raise AssertionError(f"{serving} serves, promoted was {self._serving}")
            self._serving = {serving}
            names = Counter(user.name for user in store.users.list(ADA))
        lost = {name for name in self._people if not names[f"{name}@clinic.example"]}
        doubled = [name for name, count in names.items() if count > 1]
        if lost or doubled:
            raise AssertionError(f"accounts lost: {lost}, doubled: {doubled}")
        done = {(line["action"], line["about"]) for line in lines if line["said"] == "done"}
        for action, about in {(line["action"], line["about"]) for line in lines}:
            if action == "backup":
                self._check_backup(self._tars / f"{about}.tar", is_done=(action, about) in done)
            elif action == "restore":
                self._check_restored(self._homes / about, is_done=(action, about) in done)

    def _check_backup(self, file: Path, *, is_done: bool) -> None:
        if is_done and not file.exists():
            raise AssertionError("a backup that was acknowledged is not there")
        if file.exists():
            with opened(self._homes / "proof") as store:
                restore(store, ADA, file)  # raises when it is not whole
                _require_intact(store, "a restored backup")
            shutil.rmtree(self._homes / "proof")
            file.unlink()

    def _check_restored(self, home: Path, *, is_done: bool) -> None:
        try:
            with opened(home) as store:
                found = store.cases.list(ANNA).total
                if found not in ({_CASES} if is_done else {0, _CASES}):
                    raise AssertionError(f"a restore left {found} of {_CASES} cases")
                if found:
                    _require_intact(store, "a restored store")
        except StoreError as error:  # files of a killed restore, and no row that names them
            if is_done:
                raise AssertionError(f"a restored store does not open: {error}") from error
        shutil.rmtree(home, ignore_errors=True)


def _person(name: str) -> Identity:
    later = time.time() + 3600
    return Identity("https://id.example", name, f"{name}@clinic.example", True, later)


def _require_intact(store: Store, what: str) -> None:
    found = verify(store, ADA)
    if not found.is_intact:
        raise AssertionError(f"{what} does not verify: {found.problems}")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    asked = parser.parse_args()
    os.environ.pop("ARNCNN_DATABASE", None)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="arncnn-kills-") as folder:
        campaign = Campaign(Path(folder), asked.seed)
        for number in range(asked.kills):
            campaign.round(number)
    told = {
        "kills": asked.kills,
        "seed": asked.seed,
        "moments": dict(campaign.moments),
        "acknowledged": campaign.acknowledged,
        "lost": 0,
        "seconds": round(time.monotonic() - begun, 1),
    }
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
