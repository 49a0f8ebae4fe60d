"""From what a browser sends to files on the disk that can be read one after another."""

from collections.abc import Sequence
from io import BytesIO

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from arncnn.samples import Sample
from arncnn.spool import Batch, Given
from arncnn.store import Actor
from pages.ui import resources


def spool(actor: Actor, given: Sequence[UploadedFile]) -> Batch:
    """Copies an upload to disk and frees the memory that it was received in.

    Raises:
        IntakeError: the upload exceeds its quota; the memory is freed all the same.
    """
    try:
        files = [Given(file, file.name, file.size) for file in given]
        return resources.spool().add(actor.name, files)
    finally:
        _forget(given)


def sample(actor: Actor, chosen: Sample) -> Batch:
    """A sample, taken the same way as an upload."""
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
