"""The resident process: receives, pulls, reads and answers until it is stopped.

One thread reads; each source has one that pulls and one that sends, so that an archive that hangs
holds up nothing but itself; the receiver is a process of its own. What goes wrong at a source is
kept as a sentence that the page *Sources* shows.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import arncnn
from arncnn.cases.service import CaseService
from arncnn.errors import ArncnnError
from arncnn.pacs import settings
from arncnn.pacs.pull import Puller
from arncnn.pacs.reading import InboxReader
from arncnn.pacs.sender import send_due
from arncnn.pacs.spool import Spool
from arncnn.pacs.taking_in import take_in
from arncnn.store import Store
from arncnn.store.roles import PACS
from arncnn.store.source import Answer, Inbox, Source
from arncnn.store.sources import TROUBLE

_LOOK_EVERY_S = 0.2
_SOURCES_EVERY_S = 2.0
_PULL_EVERY_S = 2.0
_AFTER_TROUBLE_S = 10.0
_RECEIVER_ANEW_S = 2.0
_IDLE_S = 3.0
_TURN_S = 0.0005  # of a thread that computes: those that send wait that long after every answer

Report = Callable[[str], object]


class Work:
    """The process's life."""

    def __init__(self, store: Store, report: Report) -> None:
        """Prepares; nothing is taken in yet.

        Args:
            store: of the sources.
            report: told in sentences what happens; no patient data.
        """
        self._store = store
        self._report = report
        self._spool = Spool()
        self._service = CaseService(store)
        self._reader = InboxReader(self._service, self._spool)
        self._stopped = threading.Event()
        self._followers: dict[str, tuple[Source, list[_Follower]]] = {}
        self._receiver: subprocess.Popen[bytes] | None = None
        self._receiver_at = float("-inf")

    def run(self, *, until_idle: bool = False) -> None:
        """Works until interrupted, or until nothing is left to do.

        Raises:
            ArncnnError: there is no model to read with.
        """
        self._spool.sweep(self._store.pacs.bodies(PACS))
        sys.setswitchinterval(_TURN_S)
        try:
            self._keep_receiving()  # what comes while the model loads lies in the spool
            self._service.get_ready()
            self._report("Running: receiving scans, reading and answering.")
            self._loop(until_idle=until_idle)
        finally:
            self._stopped.set()
            if self._receiver is not None:
                self._receiver.kill()
                self._receiver.wait()

    def _loop(self, *, until_idle: bool) -> None:
        looked_at, idle_since = float("-inf"), time.monotonic()
        sources: Mapping[str, Source] = {}
        while True:
            now = time.monotonic()
            try:
                if now >= looked_at + _SOURCES_EVERY_S:
                    sources = {each.id: each for each in self._store.sources.list(PACS)}
                    self._follow(sources)
                    self._keep_receiving()
                    looked_at = now
                done = self._read(sources)
                self._service.let_expire()
            except ArncnnError as error:  # the store is busy, or no model can be used now
                self._report(str(error))
                done = 0
                self._stopped.wait(_AFTER_TROUBLE_S)
            if done:
                idle_since = time.monotonic()
            elif until_idle and time.monotonic() > idle_since + _IDLE_S and self._is_idle():
                return
            else:
                self._stopped.wait(_LOOK_EVERY_S)

    def _read(self, sources: Mapping[str, Source]) -> int:
        paused = [each.id for each in sources.values() if each.is_paused]
        taken = take_in(self._store, self._spool, sources)
        read = self._reader.read_waiting(sources, paused)
        return taken + read + self._reader.read_quiet_series(sources, paused)

    def _is_idle(self) -> bool:
        waiting = self._store.pacs.inbox(PACS, Inbox.GATHERING, limit=1)
        queues = self._store.sources.queues(PACS).values()
        return not waiting and not any(each.waiting + each.answers for each in queues)

    def _follow(self, sources: Mapping[str, Source]) -> None:
        """One thread to pull and one to send for each source, made anew when it was changed."""
        for source_id, (known, followers) in list(self._followers.items()):
            if sources.get(source_id) != known:
                for each in followers:
                    each.stop()
                del self._followers[source_id]
        for source_id, source in sources.items():
            if source_id not in self._followers and not source.is_paused:
                followers = [
                    _Follower(self._store, self._spool, source, kind)
                    for kind in ("pull", "send")
                    if _has(source, kind)
                ]
                self._followers[source_id] = source, followers

    def _keep_receiving(self) -> None:
        if settings.listen() is None:
            return
        if self._receiver is not None and self._receiver.poll() is None:
            return
        if time.monotonic() < self._receiver_at + _RECEIVER_ANEW_S:
            return
        self._receiver_at = time.monotonic()
        self._receiver = subprocess.Popen(  # it ends when its standard input does: with us
            [sys.executable, "-m", "arncnn", "pacs", "receive"],
            stdin=subprocess.PIPE,
            cwd=Path(arncnn.__file__).parent.parent,
        )


def _has(source: Source, kind: str) -> bool:
    if kind == "pull":
        return bool(source.settings.url)
    return source.settings.answer is not Answer.NONE


class _Follower:
    """A thread that pulls from a source or sends to it, again and again."""

    def __init__(self, store: Store, spool: Spool, source: Source, kind: str) -> None:
        self._store, self._spool, self._source, self._kind = store, spool, source, kind
        self._stopped = threading.Event()
        threading.Thread(target=self._run, name=f"{kind} {source.id}", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _run(self) -> None:
        puller: Puller | None = None
        while not self._stopped.is_set():
            wait_s = _PULL_EVERY_S if self._kind == "pull" else _LOOK_EVERY_S
            try:
                if self._kind == "send":
                    done = send_due(self._store, self._spool, self._source)
                else:
                    puller = puller or Puller(self._store, self._spool, self._source)
                    done = puller.pull()
                if done:
                    wait_s = 0.0
                if done or self._kind == "pull":
                    self._tell("")
            except ArncnnError as error:
                self._tell(str(error))
                wait_s = _AFTER_TROUBLE_S if self._kind == "pull" else _SOURCES_EVERY_S
            except Exception as error:  # noqa: BLE001 - a follower outlives whatever a peer does
                self._tell(f"Unexpected ({type(error).__name__}); it will be tried again.")
                wait_s = _AFTER_TROUBLE_S
            self._stopped.wait(wait_s)

    def _tell(self, sentence: str) -> None:
        """Keeps how it stands with the source, where that has changed."""
        name = f"{TROUBLE}:{self._kind}"
        with suppress(ArncnnError):
            if (self._store.pacs.cursor(PACS, self._source.id, name) or "") != sentence:
                self._store.pacs.move(PACS, self._source.id, name, sentence or None)
