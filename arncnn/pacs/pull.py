"""Pulls from an archive: what Orthanc says has changed, what a search finds, what people ask for.

Every object is fetched once: what has a row in the inbox, or is an answer of our own, is passed by.
"""

import time
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from arncnn.errors import StoreError
from arncnn.pacs.dicomweb import DicomWeb, value
from arncnn.pacs.spool import Spool, SpoolFullError
from arncnn.pacs.taking_in import is_without_picture
from arncnn.store import Store
from arncnn.store.roles import PACS
from arncnn.store.source import Source
from arncnn.store.sources import WANTED

_CHANGES, _RECONCILED = "changes", "reconciled"
_AT_ONCE = 200
_DAY_S = 86_400.0
_SEARCH_EVERY_S = 60.0
_SOP_CLASS, _SOP, _STUDY, _SERIES = "00080016", "00080018", "0020000D", "0020000E"
_LAST_DAYS = 2

Instance = tuple[str, str, str]
"""UIDs of study, series and object."""


class Puller:
    """Follows one source; for one thread at a time."""

    def __init__(self, store: Store, spool: Spool, source: Source) -> None:
        self._store = store
        self._spool = spool
        self._source = source
        settings = source.settings
        self._web = DicomWeb(settings.url, settings.credential)
        self._orthanc = (
            DicomWeb(settings.orthanc_url, settings.credential) if settings.orthanc_url else None
        )
        self._searched_at = float("-inf")
        self._parents: dict[str, tuple[str, str]] = {}
        self._fetched: set[str] = set()  # since this process started; rows follow soon

    def pull(self) -> int:
        """Fetches what is new; how many objects.

        Raises:
            PeerError: the archive cannot be reached or does not do as asked.
            StoreError: the spool is full: it is gone on with later.
        """
        count = self._pull_wanted()
        if not self._source.settings.is_followed:
            return count
        now = time.monotonic()
        if self._orthanc is not None:
            count += self._follow_changes(self._orthanc)
        elif now >= self._searched_at + _SEARCH_EVERY_S:
            count += self._search(_LAST_DAYS)
            self._searched_at = now
        if self._is_due():
            count += self._search(None)
            self._store.pacs.move(PACS, self._source.id, _RECONCILED, str(time.time()))
        return count

    def _is_due(self) -> bool:
        last = self._store.pacs.cursor(PACS, self._source.id, _RECONCILED)
        return last is None or time.time() >= float(last) + _DAY_S

    def _pull_wanted(self) -> int:
        count = 0
        for series, study in self._store.pacs.wanted(PACS, self._source.id).items():
            found = self._web.search(f"studies/{study}/series/{series}/instances")
            count += self._fetch(_instances(found, study, series))
            self._store.pacs.move(PACS, self._source.id, f"{WANTED}{series}", None)
        return count

    def _follow_changes(self, orthanc: DicomWeb) -> int:
        """What Orthanc stored since the last time. Types are told apart here: 1.10 does not."""
        kept = self._store.pacs.cursor(PACS, self._source.id, _CHANGES)
        since, count = int(kept or 0), 0
        while True:
            found = orthanc.changes(since, _AT_ONCE)
            last = int(found.get("Last", since))
            if last < since:  # the archive was made anew: its numbers began again
                self._store.pacs.move(PACS, self._source.id, _RECONCILED, None)
                since = 0
                self._store.pacs.move(PACS, self._source.id, _CHANGES, "0")
                continue
            new = [
                str(change.get("ID"))
                for change in found.get("Changes", ())
                if change.get("ChangeType") == "NewInstance"
            ]
            named = [each for each in (self._named(orthanc, one) for one in new) if each]
            count += self._fetch(named)
            if last != since:
                self._store.pacs.move(PACS, self._source.id, _CHANGES, str(last))
            since = last
            if found.get("Done", True):
                return count

    def _named(self, orthanc: DicomWeb, identity: str) -> Instance | None:
        """The UIDs of one of Orthanc's instances; None where it is gone."""
        instance = orthanc.resource(f"/instances/{identity}")
        parent = str(instance.get("ParentSeries", "")) if instance else ""
        if instance is None or not parent:
            return None
        if parent not in self._parents:
            series = orthanc.resource(f"/series/{parent}") or {}
            study = orthanc.resource(f"/studies/{series.get('ParentStudy', '')}") or {}
            self._parents[parent] = (
                str(study.get("MainDicomTags", {}).get("StudyInstanceUID", "")),
                str(series.get("MainDicomTags", {}).get("SeriesInstanceUID", "")),
            )
        uid = str(instance.get("MainDicomTags", {}).get("SOPInstanceUID", ""))
        return (*self._parents[parent], uid)

    def _search(self, days: int | None) -> int:
        """All objects of studies of the last days, or of all studies."""
        filters = {}
        if days is not None:
            first = date.today() - timedelta(days=days)
            filters["StudyDate"] = f"{first:%Y%m%d}-"
        count = 0
        for study in self._pages("studies", filters):
            uid = value(study, _STUDY)
            for series in self._pages(f"studies/{uid}/series", {}):
                number = value(series, _SERIES)
                path = f"studies/{uid}/series/{number}/instances"
                count += self._fetch(_instances(list(self._pages(path, {})), uid, number))
        return count

    def _pages(self, level: str, filters: dict[str, str]) -> Iterable[dict[str, object]]:
        offset = 0
        while True:
            page = {"limit": str(_AT_ONCE), "offset": str(offset)}
            found = self._web.search(level, **filters, **page)
            yield from found
            offset += len(found)
            if len(found) < _AT_ONCE:
                return

    def _fetch(self, instances: Sequence[Instance]) -> int:
        new = [each for each in instances if each[2] not in self._fetched]
        known = self._store.pacs.known_objects(PACS, [each[2] for each in new])
        count = 0
        for study, series, uid in new:
            if uid in known:
                continue
            body = self._web.instance(study, series, uid)
            try:
                self._spool.add(self._source.id, body)
            except SpoolFullError as error:
                raise StoreError(f"{error} Fetching continues when there is space.") from None
            self._fetched.add(uid)
            count += 1
        return count


def _instances(found: Sequence[dict[str, object]], study: str, series: str) -> list[Instance]:
    return [
        (study, series, value(each, _SOP))
        for each in found
        if not is_without_picture(value(each, _SOP_CLASS))
    ]
