"""What an object of a PACS is called. Runs in the sandbox only (see ``worker``).

The one exception to ``attributes``: an answer that goes back to where the object came from has to
name its patient, study and image. Everything else of the header stays behind as ever.
"""

from io import BytesIO

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from arncnn.intake import allowed, dicom_file, gzip_file, sniff
from arncnn.intake.refusals import refuse


def collect(source: BytesIO) -> dict[str, str]:
    """The values of ``allowed.IDENTITY`` as they are written, empty where there are none.

    Args:
        source: the whole file.

    Raises:
        IntakeError: it is no DICOM file, or cannot be read.
    """
    if sniff.kind(source.read(sniff.HEAD)) == "gzip":
        source = gzip_file.unpack(source)
    source.seek(0)
    if sniff.kind(source.read(sniff.HEAD)) != "dicom":
        raise refuse("unknown_kind")
    source.seek(0)
    header = dicom_file.read(source).dataset
    longest = allowed.LONGEST_IDENTITY + 1  # so that what is too long is seen to be so
    return {keyword: _text(header, keyword)[:longest] for keyword in sorted(allowed.IDENTITY)}


def _text(header: Dataset, keyword: str) -> str:
    """The value as it is written, of several with their backslashes; empty without one."""
    value = header.get(keyword)
    parts = value if isinstance(value, MultiValue) else [value]
    return "\\".join("" if part is None else str(part) for part in parts)
