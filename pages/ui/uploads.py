"""From what a browser sends to files that can be read one after another."""

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO

from streamlit.runtime.uploaded_file_manager import UploadedFile

from arncnn.intake import Item, expand
from arncnn.samples import Sample
from arncnn.spool import Spool, Spooled
from pages.ui import state


def spool(given: Sequence[UploadedFile]) -> tuple[Item, ...]:
    """Copies uploads to disk and gives the files in them, in order, under their own names.

    Raises:
        IntakeError: the upload or the session exceeds its quota.
    """
    place = _spool()
    kept = [place.add(file, file.name, file.size) for file in given]
    return tuple(item for upload in kept for item in _items(upload))


def sample(chosen: Sample) -> tuple[Item, ...]:
    """A sample, taken the same way as an upload."""
    content = chosen.read()
    return _items(_spool().add(BytesIO(content), chosen.title, len(content)))


def _spool() -> Spool:
    if (place := state.spool()) is None:
        place = Spool()
        state.set_spool(place)
    return place


def _items(upload: Spooled) -> tuple[Item, ...]:
    return tuple(
        replace(item, label=item.label.replace(str(upload.path), upload.name, 1))
        for item in expand([upload.path])
    )
