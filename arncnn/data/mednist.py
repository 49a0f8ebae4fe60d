"""Medical MNIST, or any other image-folder data set, prepared once and opened at once.

Medical MNIST was gathered from TCIA, the RSNA Bone Age Challenge and the NIH Chest
X-ray set, and made available by Dr. Bradley J. Erickson (Mayo Clinic) under CC BY-SA 4.0.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from arncnn import config
from arncnn.data import decoding, pack, registry
from arncnn.data.dataset import Dataset
from arncnn.data.download import download, md5
from arncnn.data.registry import RegisteredDataSet, data_folder
from arncnn.data.source import members
from arncnn.errors import DataError
from arncnn.files import lock, write_durably
from arncnn.labels import MEDICAL_MNIST
from arncnn.progress import Progress

NAME = "MedNIST"
URL = (
    "https://github.com/Project-MONAI/MONAI-extra-test-data/releases/download/0.8.1/MedNIST.tar.gz"
)
MD5 = "0bc7306e7427e00ad1c5526a6677552d"  # of the archive at URL, as MONAI publishes it
COUNTS = {
    "AbdomenCT": 10_000,
    "BreastMRI": 8_954,
    "CXR": 10_000,
    "ChestCT": 10_000,
    "Hand": 10_000,
    "HeadCT": 10_000,
}
SHA256 = "b93e92809f486fd87db6e8dada51ce65b3217ff204f2eb0e0d9928dd8e25ba8b"
"""`Dataset.sha256` of the whole Medical MNIST."""
ENTRY = RegisteredDataSet(
    name="Medical MNIST",
    source="TCIA, the RSNA Bone Age Challenge and the NIH Chest X-ray set, gathered and made "
    "available by Dr. Bradley J. Erickson (Mayo Clinic)",
    licence="CC BY-SA 4.0",
    sha256=SHA256,
    folder=f"{NAME}-{SHA256[:12]}",
    images=sum(COUNTS.values()),
    classes=COUNTS,
    terms=MEDICAL_MNIST,
)
"""Medical MNIST as the registry would have it; it is known everywhere and in no file."""

DataAvailability = Literal["prepared", "unread", "remote", "missing"]
"""Ready; on this machine but not read yet; to be fetched; named, but not there."""

_SOURCES = "sources.json"  # which source became which pack, so that nothing is read twice


def load(source: str | Path | None = None, progress: Progress | None = None) -> Dataset:
    """The data set, prepared when it is not yet.

    Args:
        source: archive, folder, URL or the name of a registered data set; None takes
            ``ARNCNN_DATA``, else Medical MNIST as prepared earlier, else downloads it.
        progress: told the stage and how far it is.

    Raises:
        DataError: the source is missing, incomplete, unsafe or not what its name says.
    """
    chosen = str(source) if source is not None else config.data_source()
    ready = _known(chosen)
    if ready is None:
        with preparing(progress):
            ready = _known(chosen) or _prepare(chosen or URL, progress)
    return _opened(chosen, ready)


def prepared(source: str | Path | None = None) -> Dataset | None:
    """The data set when it is on this machine and prepared, else None; never takes long."""
    chosen = str(source) if source is not None else config.data_source()
    ready = _known(chosen)
    return None if ready is None else _opened(chosen, ready)


def availability(source: str | Path | None = None) -> DataAvailability:
    """Where the data set stands before a training asks for it; never takes long."""
    chosen = str(source) if source is not None else config.data_source()
    if _known(chosen) is not None:
        return "prepared"
    if chosen is None or _is_url(chosen):
        return "remote"
    return "unread" if Path(chosen).expanduser().exists() else "missing"


def is_medical_mnist(dataset: Dataset) -> bool:
    """Whether this is the whole Medical MNIST, byte for byte."""
    return dataset.sha256 == SHA256


def of_sum(sha256: str) -> Dataset | None:
    """The data set of that sum where it is on this machine and prepared, else None.

    It is looked for where ``ARNCNN_DATA`` says, in the registry, and among the packs.
    """
    entry = registry.of(sha256)
    if entry is not None and registry.pack_of(entry) is not None:
        return registry.opened(entry)
    for folder in sorted(data_folder().glob(f"*-{sha256[:12]}*")):
        if (folder / pack.INDEX).is_file():
            found = pack.open_pack(folder)
            if found.sha256 == sha256:
                return found
    return None


@contextmanager
def preparing(progress: Progress | None) -> Iterator[Path]:
    """The folder of packs; within it no other process prepares data, others wait."""

    def on_wait() -> None:
        if progress:
            progress("waiting for another process that is preparing the data", 0, None)

    parent = data_folder()
    with lock(parent / ".lock", float("inf"), on_wait):
        for left_over in parent.glob(".packing-*"):  # of a killed run: the lock says none is alive
            shutil.rmtree(left_over, ignore_errors=True)
        yield parent


def _opened(source: str | None, folder: Path) -> Dataset:
    entry = None if source is None else registry.find(source)
    return pack.open_pack(folder) if entry is None else registry.opened(entry)


def _known(source: str | None) -> Path | None:
    """The pack that a source became, when it did and both are unchanged."""
    if source is None:
        name = f"{NAME}-{SHA256[:12]}"
    elif (entry := registry.find(source)) is not None:
        name = entry.folder
    else:
        name = _sources().get(_key(source), "")
    folder = data_folder() / name
    return folder if name and (folder / pack.INDEX).is_file() else None


def _sources() -> dict[str, str]:
    path = data_folder() / _SOURCES
    try:
        return dict(json.loads(path.read_text()))
    except (FileNotFoundError, ValueError):
        return {}  # it only saves work: without it the source is read again


def _remember(source: str, folder: Path) -> None:
    path = data_folder() / _SOURCES
    entries = {**_sources(), _key(source): folder.name}
    write_durably(path, json.dumps(entries, indent=1).encode())


def _key(source: str) -> str:
    """What identifies a source without reading it: the address, or place, size and time."""
    if _is_url(source):
        return source
    path = Path(source).expanduser().resolve()
    digest = hashlib.sha256(decoding.DECODING)  # what was decoded otherwise is read again
    for item in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if item.is_file():
            state = item.stat()
            digest.update(f"{item} {state.st_size} {state.st_mtime_ns}\n".encode())
    return f"{path}#{digest.hexdigest()[:16]}"


def _prepare(source: str, progress: Progress | None) -> Path:
    parent = data_folder()
    if (entry := registry.find(source)) is not None:
        raise DataError(f"The files of the data set “{entry.name}” are missing; add it again.")
    if not _is_url(source):
        path = Path(source).expanduser()
        fallback = path.name.split(".")[0] or "data"
        key_before = _key(source)
        folder = _pack(path, fallback, parent, progress)
        if _key(source) == key_before:
            _remember(source, folder)
        return folder
    name = Path(urlsplit(source).path).name or "data"
    downloads = parent / "downloads"
    downloads.mkdir(mode=0o700, exist_ok=True)
    archive = downloads / f"{hashlib.sha256(source.encode()).hexdigest()[:12]}-{name}"
    if not archive.is_file():
        download(source, archive, progress)
    if source == URL and (arrived := md5(archive)) != MD5:
        archive.unlink()
        raise DataError(
            f"The archive from {URL} has MD5 {arrived}, expected {MD5}. It was changed on the "
            "way; try again, or name a local copy with ARNCNN_DATA or --from."
        )
    folder = _pack(archive, name.split(".")[0], parent, progress)
    _remember(source, folder)
    archive.unlink()  # the pack holds all of it
    return folder


def _pack(path: Path, fallback: str, parent: Path, progress: Progress | None) -> Path:
    is_archive = path.is_file()

    def check(root: str, counts: dict[str, int]) -> str:
        if is_archive and root == NAME and counts != COUNTS:
            raise DataError(_not_whole(counts))
        return NAME if counts == COUNTS else (root.replace("/", "-") or fallback)

    expected = sum(COUNTS.values()) if path.name.startswith(NAME) else None
    is_known = expected is not None and _is_whole(path, progress)
    return pack.write(members(path), parent, check, progress, expected, is_known=is_known)


def _is_whole(path: Path, progress: Progress | None) -> bool:
    """Whether all files are Medical MNIST's, byte for byte, before one is decoded."""
    digests: dict[str, str] = {}
    for number, member in enumerate(members(path), start=1):
        digests[member.path] = hashlib.sha256(member.data).hexdigest()
        if progress and number % 500 == 0:
            progress("checking", number, sum(COUNTS.values()))
    paths = sorted(digests)
    return pack.content_sha256(paths, (digests[name] for name in paths)) == SHA256


def _not_whole(counts: dict[str, int]) -> str:
    wrong = [
        f"{label}: {counts.get(label, 0):,} instead of {COUNTS.get(label, 0):,}"
        for label in sorted(COUNTS | counts)
        if counts.get(label, 0) != COUNTS.get(label, 0)
    ]
    return (
        f"The archive is named {NAME} but is not the whole Medical MNIST "
        f"({'; '.join(wrong)}). Download it again; to load a part of it, use a folder with "
        "another name."
    )


def _is_url(source: str) -> bool:
    return source.startswith(("https://", "http://"))
