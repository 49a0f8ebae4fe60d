"""Kills our process, its receiver and a real Orthanc while objects come and answers go.

``python -m tests.chaos.pacs --kills 300 --objects 2000``; with ``--kills 0`` the rate
is measured, and with ``--rate 20`` whether so many a second are borne and after how long each is
answered.
Half of the objects are sent to us by C-STORE, half are stored in Orthanc and pulled. At the end
each object that was acknowledged must be read once, and its report be in Orthanc once and say what
the case says.
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import psutil
import requests
from pydicom import dcmread
from pynetdicom import AE

from arncnn.store.source import Answer, Source
from tests.chaos.pacs_found import Found, compare
from tests.pacs import objects, orthanc
from tests.pacs.conftest import Ours, at_work

_DX = "1.2.840.10008.5.1.4.1.1.1.1"
_PATIENCE_S = 900.0
_WATCHED = 1000  # answers between two looks at the memory
_ASSOCIATION = 20  # objects sent on one


class Campaign:
    """One campaign in a folder of its own."""

    def __init__(self, ours: Ours, archive: orthanc.Orthanc, seed: int) -> None:
        self._ours, self._archive = ours, archive
        self._chance = random.Random(seed)
        self._acknowledged: set[str] = set()
        self._stop = threading.Event()
        self.found = Found(kills={"worker": 0, "receiver": 0, "Orthanc": 0})

    def run(self, objects_: int, kills: int, rate: float | None = None) -> Found:
        """Sends, kills, waits until all is settled, and compares.

        Args:
            objects_: sent in all.
            kills: of whatever is at work.
            rate: objects sent a second; None sends as fast as they are taken.
        """
        self._each_s = 2 / rate if rate else 0.0  # of each of the two that send
        web = {"url": self._archive.dicom_web, "orthanc_url": self._archive.root}
        self._source = self._ours.add(
            "Archive", **web, credential="env:ARCHIVE_LOGIN", answer=Answer.STOW
        )
        sender = self._ours.add(
            "Device",
            **{**web, "orthanc_url": ""},
            is_followed=False,
            credential="env:ARCHIVE_LOGIN",
            ae_title="DEVICE",
            host="127.0.0.1",
            answer=Answer.STOW,
        )
        self._wait_for_receiver()
        started = time.time()
        halves = list(range(objects_ // 2)), list(range(objects_ // 2, objects_))
        threads = [
            threading.Thread(target=self._send, args=(halves[0],)),
            threading.Thread(target=self._put, args=(halves[1],)),
        ]
        watching = threading.Thread(target=self._watch, args=((self._source, sender), objects_))
        for thread in (*threads, watching):
            thread.start()
        self._kill(kills, threads)
        for thread in threads:
            thread.join()
        self._settle((self._source, sender), objects_)
        self._stop.set()
        watching.join()
        self.found.objects = len(self._acknowledged)
        compare(self.found, self._ours, self._archive, self._acknowledged, started)
        return self.found

    def _wait_for_receiver(self) -> None:
        until = time.monotonic() + 180
        while "Running" not in self._ours.said() and time.monotonic() < until:
            time.sleep(0.2)

    def _send(self, numbers: Sequence[int]) -> None:
        """By C-STORE, again and again until each is acknowledged."""
        waiting, started = list(numbers), time.monotonic()
        while waiting:
            entity = AE(ae_title="DEVICE")
            entity.add_requested_context(_DX)
            entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 20
            association = entity.associate("127.0.0.1", self._ours.port, ae_title="ARNCNN")
            for number in waiting[:_ASSOCIATION] if association.is_established else ():
                data = dcmread(BytesIO(objects.radiograph(number)))
                self._pace(started, len(numbers) - len(waiting))
                try:
                    status = association.send_c_store(data).get("Status")
                except (RuntimeError, ValueError):
                    break
                if status != 0:
                    break
                self._acknowledged.add(str(data.SOPInstanceUID))
                waiting.remove(number)
            if association.is_established:
                association.release()
            else:
                time.sleep(0.3)

    def _put(self, numbers: Sequence[int]) -> None:
        """Into Orthanc, again and again until each is acknowledged."""
        started = time.monotonic()
        for count, number in enumerate(numbers):
            data = objects.radiograph(number)
            self._pace(started, count)
            while True:
                try:
                    self._archive.put(data)
                    break
                except requests.RequestException:
                    time.sleep(0.3)
            self._acknowledged.add(objects.uids(data)[2])

    def _pace(self, started: float, count: int) -> None:
        time.sleep(max(0.0, started + count * self._each_s - time.monotonic()))

    def _kill(self, kills: int, threads: Sequence[threading.Thread]) -> None:
        for number in range(kills):
            time.sleep(self._chance.uniform(0.3, 2.5))
            what = self._chance.choices(("worker", "receiver", "Orthanc"), (2, 4, 4))[0]
            if what == "Orthanc":
                self._archive.kill()
                self._archive.start()
            elif what == "worker":
                self._ours.kill()
                self._ours.start()
                if self._chance.random() < 0.7:  # else it is killed while it starts, too
                    time.sleep(self._chance.uniform(5, 25))
            else:
                for child in self._receivers():
                    child.send_signal(signal.SIGKILL)
            self.found.kills[what] += 1
            if number % 10 == 9:
                _say(f"{number + 1} kills, {len(self._acknowledged)} objects acknowledged")

    def _receivers(self) -> list[psutil.Process]:
        if self._ours.process is None:
            return []
        try:
            inside = psutil.Process(self._ours.process.pid).children()
            return [each for each in inside if "receive" in each.cmdline()]
        except psutil.Error:
            return []

    def _settle(self, sources: Sequence[Source], objects_: int) -> None:
        """Waits until every object is answered, as long as answers go on coming."""
        sent, until = self._sent(sources), time.monotonic() + _PATIENCE_S
        while sent < objects_ and time.monotonic() < until:
            time.sleep(1.0)
            if (now := self._sent(sources)) > sent:
                sent, until = now, time.monotonic() + _PATIENCE_S

    def _sent(self, sources: Sequence[Source]) -> int:
        return sum(self._ours.queue(source).sent for source in sources)

    def _watch(self, sources: Sequence[Source], objects_: int) -> None:
        """Notes the memory of our two processes as answers go."""
        step = min(_WATCHED, objects_ // 2)
        following = step
        while not self._stop.wait(1.0):
            if following <= objects_ - step / 2 and self._sent(sources) >= following:
                following += step
                self._note_memory()
        self._note_memory()

    def _note_memory(self) -> None:
        ours = self._ours.process
        self.found.memory_mb.append(_resident_mb([psutil.Process(ours.pid)] if ours else []))
        self.found.receiver_mb.append(_resident_mb(self._receivers()))
        _say(f"memory {self.found.memory_mb[-1]} MB, receiver {self.found.receiver_mb[-1]} MB")


def _resident_mb(processes: Sequence[psutil.Process]) -> float:
    try:
        return round(sum(each.memory_info().rss for each in processes) / 1e6, 1)
    except psutil.Error:  # killed just now
        return 0.0


def campaign(
    folder: Path, *, objects_: int, kills: int, seed: int = 0, rate: float | None = None
) -> Found:
    """One campaign in a new folder."""
    with orthanc.running(folder / "orthanc") as archive, at_work(folder / "home") as ours:
        return Campaign(ours, archive, seed).run(objects_, kills, rate)


def _say(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()


def main() -> int:
    """Run one campaign and print what it found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--objects", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rate", type=float, help="objects sent a second; else as fast as taken")
    arguments = parser.parse_args()
    if not orthanc.is_here():
        _say("Orthanc with its DICOMweb plugin and dcmtk are not installed; nothing was tried.")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        found = campaign(
            Path(folder),
            objects_=arguments.objects,
            kills=arguments.kills,
            seed=arguments.seed,
            rate=arguments.rate,
        )
    sys.stdout.write(json.dumps({**vars(found), "load": os.getloadavg()[0]}) + "\n")
    return 0 if found.is_well else 1


if __name__ == "__main__":
    raise SystemExit(main())
