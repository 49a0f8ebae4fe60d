"""Reading a data set's files from folders and archives, whatever is wrong with them."""

import gzip
import io
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from arncnn.data import source
from arncnn.data.source import members
from arncnn.errors import DataError
from arncnn.labels import MOST_CLASSES


def tar(path: Path, *entries: tarfile.TarInfo | tuple[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as stream:
        for entry in entries:
            if isinstance(entry, tuple):
                info = tarfile.TarInfo(entry[0])
                info.size = len(entry[1])
                stream.addfile(info, io.BytesIO(entry[1]))
            else:
                stream.addfile(entry)
    return path


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def test_tar_zip_and_folder_hold_the_same_members(tmp_path: Path) -> None:
    files = {"Set/A/1.jpeg": b"one", "Set/B/2.png": b"two"}
    archive = tar(tmp_path / "set.tar.gz", *files.items())
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as stream:
        for name, data in files.items():
            stream.writestr(name, data)
            (tmp_path / "up" / name).parent.mkdir(parents=True)
            (tmp_path / "up" / name).write_bytes(data)
    found = [list(members(place)) for place in (archive, tmp_path / "set.zip", tmp_path / "up")]
    assert found[0] == found[1] == found[2]
    assert [(m.root, m.path, m.data) for m in found[0]] == [
        ("Set", "A/1.jpeg", b"one"),
        ("Set", "B/2.png", b"two"),
    ]


@pytest.mark.attack
@pytest.mark.parametrize("name", ["/A/1.jpeg", "../A/1.jpeg", "A/../../1.jpeg", "A\\..\\1.jpeg"])
def test_a_name_that_leaves_the_archive_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="outside itself"):
        list(members(tar(tmp_path / "a.tar.gz", (name, b"x"))))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as stream:
        stream.writestr(name, b"x")
    with pytest.raises(DataError, match="outside itself"):
        list(members(tmp_path / "a.zip"))


@pytest.mark.attack
@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE])
def test_links_and_devices_in_an_archive_are_refused(tmp_path: Path, kind: bytes) -> None:
    archive = tar(tmp_path / "a.tar.gz", special("A/1.jpeg", kind, "/etc/passwd"))
    with pytest.raises(DataError, match="link or a device"):
        list(members(archive))


@pytest.mark.attack
def test_a_symbolic_link_in_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "A").mkdir()
    (tmp_path / "secret").write_bytes(b"x")
    (tmp_path / "A" / "1.jpeg").symlink_to(tmp_path / "secret")
    with pytest.raises(DataError, match="symbolic link"):
        list(members(tmp_path))


@pytest.mark.attack
def test_a_file_that_is_too_large_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "MAXIMUM_FILE_BYTES", 10)
    with pytest.raises(DataError, match="at most 10 bytes"):
        list(members(tar(tmp_path / "a.tar.gz", ("A/1.jpeg", b"x" * 11))))


def test_a_truncated_archive_says_that_it_is_not_whole(tmp_path: Path) -> None:
    whole = tar(tmp_path / "a.tar.gz", *((f"A/{n}.jpeg", bytes([n]) * 999) for n in range(200)))
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(whole.read_bytes()[:-200])
    with pytest.raises(DataError, match="not a whole tar or ZIP archive"):
        list(members(cut))


def test_a_file_that_is_no_archive_says_so(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("hello")
    with pytest.raises(DataError, match="not a whole tar or ZIP archive"):
        list(members(tmp_path / "note.txt"))


def test_a_missing_source_names_the_settings_to_check(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Check ARNCNN_DATA or --from"):
        list(members(tmp_path / "nothing"))


def test_a_folder_without_images_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Expected <Class>/<file>"):
        list(members(tmp_path))


def test_an_image_outside_a_class_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "1.jpeg").write_bytes(b"x")
    with pytest.raises(DataError, match="outside any class folder"):
        list(members(tmp_path))


def test_hidden_files_and_other_kinds_of_files_are_passed_over(tmp_path: Path) -> None:
    archive = tar(
        tmp_path / "a.tar.gz",
        ("A/._1.jpeg", b"mac"),
        ("__MACOSX/A/1.jpeg", b"mac"),
        ("A/README.txt", b"words"),
        ("A/1.JPG", b"picture"),
    )
    assert [member.path for member in members(archive)] == ["A/1.JPG"]


@pytest.mark.attack
def test_more_classes_than_a_model_can_have_are_refused_early(tmp_path: Path) -> None:
    names = [(f"{number:06}/1.png", b"x") for number in range(100_000)]
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as stream:
        for name, data in names:
            stream.writestr(name, data)
    read = 0
    with pytest.raises(DataError, match="more than 1,000 classes"):
        for _ in members(tmp_path / "many.zip"):
            read += 1
    assert read == MOST_CLASSES
    few = tar(tmp_path / "few.tar.gz", *names[:MOST_CLASSES])
    assert len(list(members(few))) == MOST_CLASSES


def _longer_than_any_name(kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = kind, 6 * 2**30
    return info


@pytest.mark.attack
@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_a_header_is_not_read_into_memory_whatever_its_size(tmp_path: Path, kind: bytes) -> None:
    with gzip.open(tmp_path / "bomb.tar.gz", "wb", compresslevel=1) as stream:
        stream.write(_longer_than_any_name(kind).tobuf(tarfile.USTAR_FORMAT))
        for _ in range(64):
            stream.write(bytes(2**20))
    tracemalloc.start()
    with pytest.raises(DataError, match="not a whole tar or ZIP archive"):
        list(members(tmp_path / "bomb.tar.gz"))
    assert tracemalloc.get_traced_memory()[1] < 10 * 2**20
    tracemalloc.stop()


@pytest.mark.attack
def test_an_archive_that_never_ends_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "MAXIMUM_BYTES", 2**20)
    files = [(f"A/{number}.txt", bytes(2**19)) for number in range(3)]
    with zipfile.ZipFile(tmp_path / "endless.zip", "w", zipfile.ZIP_DEFLATED) as stream:
        for name, data in files:
            stream.writestr(name.replace(".txt", ".png"), data)
    for archive in (tar(tmp_path / "endless.tar.gz", *files), tmp_path / "endless.zip"):
        with pytest.raises(DataError, match="more than 1,048,576 bytes"):
            list(members(archive))


@pytest.mark.attack
def test_an_archive_of_another_kind_ends_in_a_sentence(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as stream:
        stream.writestr("A/1.png", b"x" * 100)
    content = (tmp_path / "a.zip").read_bytes()
    for place, byte in ((6, 1), (8, 97)):  # encrypted; compressed by a method that nobody knows
        changed = bytearray(content)
        changed[place] = byte
        changed[content.index(b"PK\x01\x02") + place + 2] = byte
        (tmp_path / "a.zip").write_bytes(changed)
        with pytest.raises(DataError, match="not a whole tar or ZIP archive"):
            list(members(tmp_path / "a.zip"))


def test_what_the_disk_does_not_give_ends_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "A").mkdir()
    (tmp_path / "A" / "1.png").write_bytes(b"x")

    def fail(_path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", fail)
    with pytest.raises(DataError, match="cannot be read"):
        list(members(tmp_path))
