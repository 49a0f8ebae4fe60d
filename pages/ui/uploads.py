"""From what a browser sends to files on the disk that can be read one after another."""

from collections.abc import Sequence
from io import BytesIO

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from arncnn.errors import ArncnnError
from arncnn.samples.catalogue import Sample
from arncnn.store import Actor, roles
from arncnn.uploads.spool import Given
from arncnn.uploads.upload import Upload
from pages.ui import resources


def spool(actor: Actor, given: Sequence[UploadedFile]) -> Upload:
    """Copies an upload to disk and frees the memory that it was received in.

    A click elsewhere may end this page's run at any call of Streamlit's. The memory is
    therefore freed only once the files are on the disk: until then the next run finds them.

    Raises:
        PermissionDenied: who may not read scans leaves none on the disk.
        IntakeError: the upload exceeds its quota. The memory is freed all the same.
    """
    files = [Given(file, file.name, file.size) for file in given]
    try:
        roles.check(actor, "case.add")
        work = resources.spool().add(actor.name, files)
    except ArncnnError:
        _forget(given)
        raise
    _forget(given)
    return work


def sample(actor: Actor, chosen: Sample) -> Upload:
    """A sample, taken the same way as an upload.

    Raises:
        PermissionDenied: as for an upload.
    """
    roles.check(actor, "case.add")
    content = chosen.read()
    return resources.spool().add(actor.name, [Given(BytesIO(content), chosen.title, len(content))])


def _forget(given: Sequence[UploadedFile]) -> None:
    """Without this, Streamlit holds an upload until its session ends."""
    context = get_script_run_ctx()
    if context is None:
        return
    manager = context.uploaded_file_mgr
    if isinstance(manager, MemoryUploadedFileManager):
        for file in given:
            manager.remove_file(session_id=context.session_id, file_id=file.file_id)
