"""Files: written whole or not at all, locked by one process, in folders for their owner alone.

A file is written beside its name, flushed to the disk and renamed, and then the folder that
names it is flushed too, see rename(2) and fsync(2).
"""

import fcntl
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_PRIVATE_FOLDER = 0o700
_PRIVATE_FILE, _SHARED_FILE = 0o600, 0o666  # before the umask
_AT_ONCE = 8  # flushes under way together: a journal takes them in one go
_LOOK_AGAIN_S = 0.05  # for a lock that another process holds


def write_durably(path: Path, data: bytes, *, is_private: bool = True) -> None:
    """Write a file so that a crash leaves the old content or the new, never a part.

    Raises:
        OSError: the disk is full or cannot be written; nothing is left behind.
    """
    _write(path, data, is_private=is_private)
    sync(path.parent)


def write_all_durably(files: Mapping[Path, bytes]) -> None:
    """Write private files as ``write_durably`` does, many times faster than one by one.

    A crash leaves each file whole or not there. All are on the disk when this returns.

    Raises:
        OSError: the disk is full or cannot be written; some may have been written.
    """
    if len(files) < 2:
        for path, data in files.items():
            write_durably(path, data)
        return
    with ThreadPoolExecutor(min(_AT_ONCE, len(files))) as pool:
        list(pool.map(_write, files, files.values()))
        list(pool.map(sync, {path.parent for path in files}))


def _write(path: Path, data: bytes, *, is_private: bool = True) -> None:
    """The file's content on the disk under its name, which is not yet."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    rights = _PRIVATE_FILE if is_private else _SHARED_FILE
    handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, rights)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def remove_left_over(path: Path) -> None:
    """Remove what killed writers of that file left; nobody may be writing it now."""
    for temporary in path.parent.glob(f".{path.name}.????????"):
        temporary.unlink(missing_ok=True)


@contextmanager
def writing_new(path: Path) -> Iterator[IO[bytes]]:
    """A private file that has no name until the block has ended well: a kill leaves nothing.

    Where the file system has no files without names, a kill leaves one with a name of its own,
    which the next writer of the same path removes.

    Raises:
        OSError: a file of that name exists, or the disk is full or cannot be written.
    """
    remove_left_over(path)
    temporary: Path | None = None
    try:
        handle = os.open(path.parent, os.O_TMPFILE | os.O_WRONLY, _PRIVATE_FILE)
    except OSError:
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE_FILE)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if temporary is None:
                _name(handle, path)
            else:
                temporary.rename(path)
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
    sync(path.parent)


def _name(handle: int, path: Path) -> None:
    """Give an open file without a name its first one, see open(2) on O_TMPFILE."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.link(f"/proc/self/fd/{handle}", path.name, dst_dir_fd=folder)  # follows the link so
    finally:
        os.close(folder)


def append_durably(path: Path, data: bytes) -> None:
    """Add to a file's end; a crash leaves all of it, a part or none.

    Raises:
        OSError: the disk is full or cannot be written.
    """
    with path.open("ab") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def make_private(folder: Path) -> None:
    """Make a folder and its missing parents, durably, for the owner's eyes only."""
    if not folder.is_dir():
        make_private(folder.parent)
        folder.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)
        sync(folder.parent)


def sync(path: Path) -> None:
    """Make a file's content, or a folder's own entries, durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def lock(
    path: Path, wait_s: float = 0.0, on_wait: Callable[[], None] = lambda: None
) -> Iterator[int | None]:
    """Hold a file's lock for a block; it is the operating system's and ends with its holder.

    Args:
        path: of the file; it is made where it is missing, and stays.
        wait_s: how long to try while another process holds the lock.
        on_wait: called before every further try.

    Yields:
        The open file, by which a process that inherits it holds the lock on; None when another
        process held it all that time.
    """
    file = os.open(path, os.O_CREAT | os.O_RDWR, _PRIVATE_FILE)
    try:
        yield file if _is_locked(file, time.monotonic() + wait_s, on_wait) else None
    finally:
        os.close(file)


def _is_locked(file: int, until_s: float, on_wait: Callable[[], None]) -> bool:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until_s:
                return False
            on_wait()
            time.sleep(_LOOK_AGAIN_S)
        else:
            return True
