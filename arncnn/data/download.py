"""Download one file, going on where an earlier attempt stopped."""

import hashlib
import http.client
import time
import urllib.error
import urllib.request
from pathlib import Path

from arncnn.errors import DataError
from arncnn.progress import Progress

_BLOCK = 1 << 18
_TIMEOUT_S = 60
_PAUSES_S = (0.0, 1.0, 3.0, 10.0)  # before each attempt; a broken line often mends in seconds
_RANGE_NOT_SATISFIABLE = 416


def download(url: str, target: Path, progress: Progress | None = None) -> Path:
    """The file at ``url``, whole, as ``target``.

    What has arrived is kept in ``<target>.part`` and continued by a Range request, in
    this call after a dropped line and in a later call after a kill.

    Raises:
        DataError: the server cannot be reached, refuses, or keeps dropping the line.
    """
    if not url.startswith(("https://", "http://")):
        raise DataError("Only http and https addresses can be downloaded.")
    part = target.with_name(target.name + ".part")
    reason = ""
    for pause in _PAUSES_S:
        time.sleep(pause)
        try:
            if _continue(url, part, progress):
                part.replace(target)
                return target
            reason = "the connection closed before the file was complete"
        except urllib.error.HTTPError as error:
            if error.code == _RANGE_NOT_SATISFIABLE and part.exists():
                part.unlink()  # what is there is no beginning of what the server has
                reason = "the file on the server has changed"
                continue
            raise DataError(_failed(url, f"the server answered {error.code}")) from error
        except (OSError, http.client.HTTPException) as error:
            reason = str(getattr(error, "reason", None) or error or type(error).__name__)
    raise DataError(_failed(url, reason))


def md5(path: Path) -> str:
    """Hex MD5 of a file: for comparison with a published sum, not for security."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _continue(url: str, part: Path, progress: Progress | None) -> bool:
    """One attempt; True when the file is whole."""
    there = part.stat().st_size if part.exists() else 0
    tag_file = part.with_name(part.name + ".etag")
    request = urllib.request.Request(url)  # noqa: S310  the scheme was checked
    if there:
        request.add_header("Range", f"bytes={there}-")
        if tag_file.exists():
            request.add_header("If-Range", tag_file.read_text())
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
        resumed = answer.status == http.HTTPStatus.PARTIAL_CONTENT
        if resumed and not answer.headers.get("Content-Range", "").startswith(f"bytes {there}-"):
            part.unlink()  # another range than the one asked for: begin again
            return False
        length = answer.headers.get("Content-Length")
        done = there if resumed else 0
        total = done + int(length) if length else None
        tag = answer.headers.get("ETag", "")
        if tag and not tag.startswith("W/"):  # If-Range takes strong tags only
            tag_file.write_text(tag)
        else:
            tag_file.unlink(missing_ok=True)
        with part.open("ab" if resumed else "wb") as stream:
            while block := answer.read(_BLOCK):
                stream.write(block)
                done += len(block)
                if progress:
                    progress("downloading", done, total)
    if total is not None and done != total:
        return False
    tag_file.unlink(missing_ok=True)
    return True


def _failed(url: str, reason: str) -> str:
    return (
        f"{url} could not be downloaded: {reason}. Check the connection and try again (the "
        "download resumes), or specify a local copy with ARNCNN_DATA or --from."
    )
