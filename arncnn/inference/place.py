"""Place: a folder, or an fsspec address, whose files are there whole or not at all."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from arncnn.files import make_private, sync
from arncnn.intake import remote


@dataclass(frozen=True)
class Place:
    """A folder, or an fsspec address, where results are kept.

    Attributes:
        address: of it; a folder's is absolute.
    """

    address: str

    def names(self) -> set[str]:
        """The files in it that are whole."""
        try:
            if remote.is_address(self.address):
                files, root = remote.store_of(self.address)
                files.invalidate_cache()
                found = [str(name).rsplit("/", 1)[-1] for name in files.ls(root, detail=False)]
            else:
                found = [path.name for path in Path(self.address).iterdir()]
        except FileNotFoundError:
            return set()
        return {name for name in found if not name.startswith(".")}

    def read(self, name: str, start: int = 0, stop: int | None = None) -> bytes:
        """Bytes of a file from ``start`` to before ``stop``, or to its end."""
        if remote.is_address(self.address):
            files, root = remote.store_of(self.address)
            return bytes(files.cat_file(f"{root}/{name}", start=start, end=stop))
        with (Path(self.address) / name).open("rb") as file:
            file.seek(start)
            return file.read(-1 if stop is None else stop - start)

    def write(self, name: str, data: bytes) -> None:
        """Keep bytes as a file of this name."""
        with self.writing(name) as file:
            file.write(data)

    def remove(self, name: str) -> None:
        """Remove a file; nothing when it is gone already."""
        with suppress(FileNotFoundError):
            if remote.is_address(self.address):
                files, root = remote.store_of(self.address)
                files.rm_file(f"{root}/{name}")
            else:
                (Path(self.address) / name).unlink()

    @contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        """A file that has its name once it is whole; one of that name is replaced."""
        unfinished = f".{name}.{secrets.token_hex(4)}"
        if remote.is_address(self.address):
            files, root = remote.store_of(self.address)
            files.makedirs(root, exist_ok=True)
            with files.open(f"{root}/{unfinished}", "wb") as file:
                yield file
            files.mv(f"{root}/{unfinished}", f"{root}/{name}")
            return
        folder = Path(self.address)
        make_private(folder)
        with (folder / unfinished).open("wb") as file:
            yield file
        sync(folder / unfinished)
        (folder / unfinished).replace(folder / name)
        sync(folder)
