"""Every reason why a file is not read: one table of code and sentence.

The codes are stable: they are counted, tested and stored. A sentence says what was
wrong and what to do, and quotes nothing out of the file; the placeholders take
numbers and terms of this package only.
"""

from arncnn.errors import IntakeError

REASONS: dict[str, str] = {
    # What arrived
    "missing": "There is no file here. Check the path and whether the medium is connected.",
    "unreadable": "The file cannot be opened. Check its permissions.",
    "undelivered": "The disk, the network or the store did not deliver the file. Try again later.",
    "not_a_file": "This is not a regular file. Use a file, a folder or a ZIP.",
    "link": "This is a link, and links are not followed. Use the file itself.",
    "too_deep": "Folders are nested more than {limit} deep. Choose an inner folder.",
    "changed": "The file changed while it was being read. Wait until it is complete, then "
    "try again.",
    "empty": "The file is empty. Copy or export it again.",
    "too_large": "The file has {size} MB; at most {limit} MB are read. "
    "Export single frames or a shorter series.",
    "unknown_kind": "The file is damaged or not an image in a supported format (PNG, JPEG, "
    "TIFF, BMP, DICOM, NIfTI). Export it again, as DICOM or PNG.",
    "unsupported_kind": "This is a {kind} file, which is not supported. Save the image as "
    "DICOM, PNG or JPEG.",
    "dicomdir": "This is a DICOMDIR, the table of contents of a disc. Its images are read "
    "from their own files.",
    # What it says about itself
    "no_picture": "The DICOM file holds no image (it is a report, plan or similar). Choose "
    "an image of the study.",
    "header_incomplete": "The header does not say how to read the pixels ({what} missing "
    "or out of range). Export the image again from its source.",
    "contradiction": "The header and the pixel data contradict each other ({what}). Export "
    "the image again from its source.",
    "truncated": "The file ends before its image is complete. Copy or export it again.",
    "too_many_pixels": "The image states {pixels} million pixels; at most {limit} million "
    "are read. Save it smaller.",
    "too_small": "The image is {width} x {height} pixels; at least {limit} on each side "
    "are needed. Use the original, not a thumbnail.",
    "too_many_frames": "The file states {frames} frames; at most {limit} are read. "
    "Export single frames.",
    "frames_too_large": "The frames together take more than {limit} GB. Export single frames.",
    "no_such_frame": "The file has {frames} frames, counted from 0; frame {frame} does not exist.",
    "too_many_elements": "The header has more than {limit} entries, which no scanner "
    "writes. Export the image again from its source.",
    "no_values": "The image holds no numbers that can be shown. Export it again.",
    # What it takes to decode it
    "transfer_syntax": "The pixels are compressed in a way ({name}) that no installed "
    "decoder reads. Export the image uncompressed or as JPEG 2000.",
    "jpeg_12_bit": "The pixels are 12-bit JPEG, which needs the optional GPL decoder "
    "pylibjpeg-libjpeg. Install it, or export the image uncompressed.",
    "inflates_too_far": "The file unpacks to more than {limit} MB. Export it uncompressed "
    "or as single frames.",
    "damaged": "The image cannot be decoded: its data is damaged or in an unusual variant. "
    "Export it again.",
    "time": "Decoding took longer than is allowed for an image of this size. Export it "
    "again in a simpler format, such as PNG or uncompressed DICOM.",
    "memory": "Decoding needs more memory than an image may use. Export single frames or a "
    "smaller image.",
    "crash": "The decoder failed on this file; it runs in isolation, and nothing else was "
    "affected. Export it again in a simpler format.",
    "sandbox": "The protected decoder cannot be started here, so no file can be read. It "
    "needs Linux or macOS and a working installation.",
    # ZIP
    "archive": "This is a ZIP with several files, not a single image. Open it as a batch.",
    "archive_nested": "This is an archive inside an archive, which is not opened. "
    "Unpack the inner one first.",
    "archive_empty": "The ZIP holds no files. Pack the scans again.",
    "archive_damaged": "The ZIP is damaged or incomplete. Pack or copy it again.",
    "archive_entries": "The ZIP holds more than {limit} entries. Pack it in parts.",
    "archive_total": "The ZIP unpacks to more than {limit} MB. Pack it in parts.",
    "archive_overlap": "Parts of the ZIP overlap, which no valid archive does. It is not "
    "opened. Pack the files again.",
    "archive_ratio": "A file in the ZIP would expand more than {limit} times on unpacking, "
    "which no scan does. Pack the scans again.",
    "archive_path": "This entry's name points outside the ZIP. It is not read. "
    "Pack the files again.",
    "archive_link": "This entry of the ZIP is a link or a device file, not a regular file. "
    "Pack the file itself.",
    "archive_encrypted": "This entry of the ZIP is encrypted. Pack it without a password.",
    "archive_method": "This entry of the ZIP is compressed in an unusual way. Pack it with "
    "the standard method (deflate).",
    "archive_length": "This entry of the ZIP does not match its stated length or checksum. "
    "Pack or copy it again.",
}


def refuse(code: str, **details: object) -> IntakeError:
    """The error for a reason of the table.

    >>> refuse("no_such_frame", frames=3, frame=7).code
    'no_such_frame'
    """
    return IntakeError(code, REASONS[code].format(**details))
