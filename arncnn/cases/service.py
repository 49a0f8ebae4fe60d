"""CaseService: a file's bytes go in, a kept case comes out, and lies open to be looked at.

This is the one way of a scan: opened in the sandbox, read by the model in service, compared
with the images that model learnt from, kept in the store. Importing it loads no TensorFlow:
that waits until a scan is to be read, or until somebody asks for the model to be made ready.
"""

import math
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from threading import Lock

from arncnn import config
from arncnn.cases import whole_scan
from arncnn.cases.loaded_model import LoadedModel
from arncnn.cases.open_case import OPEN_CASES, CaseCache, OpenCase
from arncnn.errors import ArncnnError, StoreError
from arncnn.inference.series import SLICES, SeriesAnswer
from arncnn.intake import Item, sandbox
from arncnn.models.bundle import ModelBundle
from arncnn.store import RETENTION, Actor, Store, outside_anchor
from arncnn.store.case import Case, NewCase
from arncnn.store.roles import requires
from arncnn.uploads.spool import Given, Spool
from arncnn.uploads.upload import Upload

_EXPIRY_EVERY_S = _SAME_VIEW_S = 3600.0
_MOST_NOTED = 10_000


class CaseService:
    """Reads what people give and opens what was read. Safe for use by many threads.

    Attributes:
        store: where cases are kept.
        spool: what was given and waits to be read.
    """

    def __init__(
        self,
        store: Store,
        *,
        loading: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """Serves a store.

        Args:
            store: where cases are kept.
            loading: entered around the loading of a model into memory.
        """
        self.store = store
        self.spool = Spool()
        self._loading = loading
        self._cases = CaseCache()
        self._lock = Lock()
        self._serving: tuple[int, ModelBundle] | None = None
        self._loaded: dict[str, LoadedModel] = {}  # by its sum: one at a time
        self._noted: dict[tuple[str, str], float] = {}  # monotonic seconds, by person and case
        self._whole: dict[tuple[str, str], SeriesAnswer] = {}  # by file and model
        self._expires_at = 0.0  # seconds, of the monotonic clock

    def bundle(self) -> ModelBundle:
        """The model in service, verified, without its network: the promoted or the bundled one.

        Raises:
            ModelError: there is none, or it was altered.
        """
        token = self.store.models.serving_token()
        known = self._serving
        if known is None or known[0] != token:
            registered = self.store.models.serving()
            folder = registered.folder if registered else config.default_model()
            known = self._serving = (token, ModelBundle.open(folder))
        return known[1]

    @property
    def is_ready(self) -> bool:
        """Whether the model in service is loaded."""
        return self.bundle().identity.sha256 in self._loaded

    def get_ready(self) -> None:
        """Loads the model in service and what reads files, before a scan asks for them.

        Raises:
            ModelError: there is none, or it was altered.
        """
        sandbox.shared().start()  # loads the decoders while TensorFlow loads here
        _ = self.model().training_images

    def model(self) -> LoadedModel:
        """The model in service, ready to read; another model in service is loaded at once.

        Raises:
            ModelError: there is none, or it was altered.
        """
        bundle = self.bundle()
        sha256 = bundle.identity.sha256
        with self._lock:
            if sha256 not in self._loaded:
                with self._loading():
                    self._loaded = {sha256: LoadedModel.open(bundle.folder)}
            return self._loaded[sha256]

    @requires("case.add")
    def accept(self, actor: Actor, given: Sequence[Given]) -> Upload:
        """Copies what somebody gives to the disk, to be read file by file.

        Raises:
            IntakeError: the upload exceeds its quota.
        """
        return self.spool.add(actor.owner, given)

    def read_next(self, actor: Actor, upload: Upload, *, most: int = 1) -> bool:
        """Reads and keeps an upload's next files; a bad file is an outcome like any other.

        Args:
            actor: who reads.
            upload: what was given.
            most: files read in one batch, where the upload has as many left.

        Returns:
            Whether files are left.

        Raises:
            ModelError: no model can be used; the files go on waiting.
            PermissionDenied: the person may not read scans now; the files go on waiting.
        """
        with upload.turn() as is_working:  # another page or dashboard may be reading it, too
            if not is_working:
                return False
            for found in self.read_all(actor, upload.items[len(upload.outcomes) :][:most]):
                if isinstance(found, ArncnnError):
                    upload.record(None, str(found))
                else:
                    upload.record(found.case.id, None, has_frames=found.case.frames > 1)
                    self._cases.hold(found.case, upload)
            return upload.is_working

    @requires("case.add")  # before a file is opened or the network asked
    def read(self, actor: Actor, item: Item, *, frame: int | None = None) -> OpenCase:
        """Reads a file and keeps the case.

        Args:
            item: the file.
            frame: from 0; None takes the middle one.

        Raises:
            ArncnnError: the file cannot be read, or the case cannot be stored.
        """
        (found,) = self._read_all(actor, [item], frame)
        if isinstance(found, ArncnnError):
            raise found
        return found

    @requires("case.add")
    def read_all(self, actor: Actor, items: Sequence[Item]) -> list[OpenCase | ArncnnError]:
        """Reads files in one batch and keeps the cases; for each the case, or why there is none.

        Raises:
            ModelError: no model can be used.
            PermissionDenied: the person may not read scans now.
        """
        return self._read_all(actor, items, None)

    def _read_all(
        self, actor: Actor, items: Sequence[Item], frame: int | None
    ) -> list[OpenCase | ArncnnError]:
        from arncnn.cases.batch import look_at  # brings OpenCV

        looked = look_at(items, frame)
        seen = [one for one in looked if not isinstance(one, ArncnnError)]
        if not seen:
            return [one for one in looked if isinstance(one, ArncnnError)]
        model = self.model()
        readings = model.reader.read_prepared([one.prepared for one in seen])
        news = [
            one.new_case(reading, model.training_images)
            for one, reading in zip(seen, readings, strict=True)
        ]
        kept = iter(zip(readings, self._keep_all(actor, news), strict=True))
        found: list[OpenCase | ArncnnError] = []
        for one in looked:
            if isinstance(one, ArncnnError):
                found.append(one)
                continue
            reading, case = next(kept)
            if isinstance(case, ArncnnError):
                found.append(case)
                continue
            self._noted[actor.owner, case.id] = time.monotonic()  # adding it has a line of its own
            if len(seen) > 1:
                reading = replace(reading, features=reading.features.apart())
            opened = OpenCase(case, reading, model, one.display, one.scan, one.item)
            found.append(self._cases.put(opened))
        return found

    def _keep_all(self, actor: Actor, news: Sequence[NewCase]) -> Sequence[Case | ArncnnError]:
        """Keeps cases together; where that fails, each by itself, so that one stops no other."""
        try:
            return self.store.cases.add_all(actor, news)
        except StoreError as error:
            if len(news) == 1:
                return [error]
            return [self._keep_all(actor, [new])[0] for new in news]

    def open(self, actor: Actor, case_id: str) -> OpenCase:
        """A case to look at: as it lies open, or read again from its kept pixels.

        Raises:
            ArncnnError: it does not exist, was altered, or may not be seen.
        """
        case, opened = self.at_hand(actor, case_id)
        if opened is not None:
            return opened
        from arncnn.cases.reopening import reopen  # brings TensorFlow

        pixels, model = self.store.cases.pixels(actor, case_id), self.model()
        reading = reopen(model.reader, case, pixels)
        scan = self.store.cases.scan(actor, case_id)
        return self._cases.put(OpenCase(case, reading, model, pixels.display, scan))

    def at_hand(self, actor: Actor, case_id: str) -> tuple[Case, OpenCase | None]:
        """A case, and as it lies open if it does; nothing is read again for it."""
        case = self.store.cases.get(actor, case_id)
        self._note_opened(actor, case_id)
        return case, self._cases.get(case.id, self.bundle().identity.sha256)

    def slices(self, actor: Actor, opened: OpenCase) -> tuple[SeriesAnswer | None, int]:
        """What the kept slices of a case's series show together, and which of them it is, from 1.

        Raises:
            ArncnnError: they may not be seen.
        """
        around = self.store.series.around(actor, opened.case)
        kept = [case for case in around if not case.is_localizer]
        place = next((n for n, case in enumerate(kept, 1) if case.id == opened.case.id), 0)
        if opened.case.model_sha256 != opened.reading.model.sha256:
            return None, place  # another model's readings have classes of their own
        reader = opened.model.reader
        return whole_scan.of_slices(kept, reader.labels, reader.temperature), place

    @requires("case.add")
    def frames(
        self, actor: Actor, opened: OpenCase, done: whole_scan.Done, *, most: int = SLICES
    ) -> SeriesAnswer:
        """What the frames of a case's file, at hand, show together: read once, then remembered.

        Args:
            done: told how many frames are read, and of how many; what it raises ends the reading.
            most: how many are read, evenly spaced; where more are remembered, those are given.

        Raises:
            ArncnnError: a frame cannot be read.
        """
        key = opened.case.scan_sha256, opened.reading.model.sha256
        if not (known := self._whole.get(key)) or len(known.slices) < min(most, opened.case.frames):
            found = whole_scan.of_frames(opened, done, most=most)
            while len(self._whole) >= OPEN_CASES:
                self._whole.pop(next(iter(self._whole)))
            self._whole[key] = found
        return self._whole[key]

    def known_frames(self, opened: OpenCase) -> SeriesAnswer | None:
        """What ``frames`` has found, if it was asked."""
        return self._whole.get((opened.case.scan_sha256, opened.reading.model.sha256))

    def delete(self, actor: Actor, case_ids: Sequence[str]) -> None:
        """Deletes cases from the store and from memory, all of them or none.

        Raises:
            ArncnnError: one does not exist, or may not be deleted.
        """
        self.store.cases.delete_all(actor, case_ids)
        for case_id in case_ids:
            self._cases.drop(case_id)

    def refused(self, name: str, action: str, sentence: str) -> None:
        """Keeps in the audit that somebody was refused an action."""
        self.store.refused(name, action, sentence)

    def _note_opened(self, actor: Actor, case_id: str) -> None:
        """One line of the audit a person, case and while, however often the page is drawn."""
        key, now = (actor.owner, case_id), time.monotonic()
        if now < self._noted.get(key, -math.inf) + _SAME_VIEW_S:
            return
        self.store.audit.note(actor.name, "case.open", f"cases:{case_id}")
        if len(self._noted) >= _MOST_NOTED:
            self._noted.clear()
        self._noted[key] = now

    def let_expire(self) -> None:
        """Deletes the cases that the retention setting says are too old, once an hour."""
        now = time.monotonic()
        if now >= self._expires_at:
            self.store.cases.expire(RETENTION)
            with suppress(StoreError):  # `verify` tells of an anchor that cannot be written
                outside_anchor.note(self.store, is_daily=True)
            self._expires_at = now + _EXPIRY_EVERY_S
