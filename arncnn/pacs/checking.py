"""Is a source reached? Each way of reaching it is tried, with a sentence for what came of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from arncnn.errors import ArncnnError
from arncnn.store.source import SourceSettings


@dataclass(frozen=True)
class Checked:
    """One way that was tried.

    Attributes:
        way: such as "DICOMweb".
        is_well: whether it answered as it should.
        sentence: what came of it.
    """

    way: str
    is_well: bool
    sentence: str


def check(settings: SourceSettings) -> Iterator[Checked]:
    """Tries each way, one after the other."""
    if settings.url:
        yield _tried("DICOMweb", settings, _search, "It answers a search.")
    if settings.orthanc_url:
        yield _tried("Orthanc's changes", settings, _changes, "It lists changes.")
    if settings.ae_title and settings.port:
        yield _tried("C-ECHO", settings, _echo, "It answers the echo.")
    elif settings.ae_title:
        sentence = "No port is given, so it cannot be tested. It may send to us."
        yield Checked("C-ECHO", is_well=True, sentence=sentence)


def _tried(
    way: str, settings: SourceSettings, ask: Callable[[SourceSettings], None], well: str
) -> Checked:
    try:
        ask(settings)
    except ArncnnError as error:
        return Checked(way, is_well=False, sentence=str(error))
    return Checked(way, is_well=True, sentence=well)


def _search(settings: SourceSettings) -> None:
    from arncnn.pacs.dicomweb import DicomWeb

    DicomWeb(settings.url, settings.credential).search("studies", limit="1")


def _changes(settings: SourceSettings) -> None:
    from arncnn.pacs.dicomweb import DicomWeb

    DicomWeb(settings.orthanc_url, settings.credential).changes(0, 1)


def _echo(settings: SourceSettings) -> None:
    from arncnn.pacs import dimse

    dimse.echo(settings)
