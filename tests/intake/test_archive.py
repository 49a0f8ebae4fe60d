"""ZIPs: honest ones are read entry by entry, tricky ones refused whole or entry by entry."""

import io
import stat
import struct
import zipfile
import zlib
from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies

from arncnn.errors import IntakeError
from arncnn.intake import archive, limits
from arncnn.intake.refusals import REASONS

pytestmark = pytest.mark.attack


def zipped(
    files: dict[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED
) -> bytearray:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, content in files.items():
            made.writestr(name, content, compress_type=method)
    return bytearray(out.getvalue())


def on_disk(folder: Path, data: bytes) -> Path:
    path = folder / "a.zip"
    path.write_bytes(data)
    return path


def whole_reason(folder: Path, data: bytes) -> str:
    with pytest.raises(IntakeError) as caught:
        archive.entries(on_disk(folder, data))
    return caught.value.code


def only_reason(folder: Path, data: bytes) -> str:
    (entry,) = archive.entries(on_disk(folder, data))
    assert entry.reason is not None
    return entry.reason.code


def content(path: Path, entry: archive.Entry) -> bytes:
    return b"".join(archive.chunks(path, entry))


@hypothesis.given(
    strategies.dictionaries(
        strategies.text("abcdeé/ .", min_size=1, max_size=12).filter(
            lambda name: name.strip("/ .") == name and "//" not in name and "/." not in name
        ),
        strategies.binary(max_size=3000),
        min_size=1,
        max_size=8,
    ),
    strategies.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
)
@hypothesis.settings(
    max_examples=60, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)
def test_what_zipfile_packs_is_read_back(
    tmp_path: Path, files: dict[str | zipfile.ZipInfo, bytes], method: int
) -> None:
    path = on_disk(tmp_path, zipped(files, method))
    found = archive.entries(path)
    assert [entry.name for entry in found] == list(files)
    assert all(entry.reason is None for entry in found)
    assert [content(path, entry) for entry in found] == list(files.values())


@hypothesis.given(
    strategies.lists(strategies.tuples(strategies.integers(0, 700), strategies.binary(max_size=4)))
)
@hypothesis.settings(
    max_examples=200, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)
def test_a_changed_zip_is_read_right_or_refused(
    tmp_path: Path, changes: list[tuple[int, bytes]]
) -> None:
    files: dict[str | zipfile.ZipInfo, bytes] = {"a.png": b"abc" * 300, "b/c.dcm": bytes(500)}
    data = zipped(files)
    for at, new in changes:
        data[at : at + len(new)] = new
    path = on_disk(tmp_path, data)
    try:
        for entry in archive.entries(path):
            if entry.reason is None:
                assert zlib.crc32(content(path, entry)) == entry.checksum
    except IntakeError as error:
        assert error.code in REASONS


@hypothesis.given(strategies.binary(max_size=400))
@hypothesis.settings(
    max_examples=100, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)
def test_any_bytes_behind_a_zips_magic_are_refused_with_a_reason(
    tmp_path: Path, data: bytes
) -> None:
    try:
        archive.entries(on_disk(tmp_path, b"PK\x03\x04" + data + b"PK\x05\x06" + data[:18]))
    except IntakeError as error:
        assert error.code in REASONS


@pytest.mark.parametrize(
    "name",
    ["../a.dcm", "a/../../b.dcm", "/etc/passwd", "..\\a.dcm", "C:\\a.dcm", "C:/a.dcm", "a/.."],
)
def test_names_that_point_outside_are_refused(tmp_path: Path, name: str) -> None:
    assert only_reason(tmp_path, zipped({zipfile.ZipInfo(name): b"x"})) == "archive_path"


def test_an_entry_without_a_name_is_refused_and_the_others_are_listed(tmp_path: Path) -> None:
    data = zipped({zipfile.ZipInfo(""): b"x", "a.png": b"y"})
    nameless, named = archive.entries(on_disk(tmp_path, data))
    assert nameless.reason is not None
    assert nameless.reason.code == "archive_path"
    assert named.reason is None


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_devices_are_refused(tmp_path: Path, mode: int) -> None:
    info = zipfile.ZipInfo("a.dcm")
    info.external_attr = (mode | 0o777) << 16
    assert only_reason(tmp_path, zipped({info: b"/etc/passwd"})) == "archive_link"


@pytest.mark.parametrize("flag", [0x1, 0x41, 0x2001])
def test_encrypted_entries_are_refused(tmp_path: Path, flag: int) -> None:
    data = zipped({"a.dcm": b"x" * 50})
    at = data.index(b"PK\x01\x02")
    struct.pack_into("<H", data, at + 8, flag)
    assert only_reason(tmp_path, data) == "archive_encrypted"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_packing_is_refused(tmp_path: Path, method: int) -> None:
    assert only_reason(tmp_path, zipped({"a.dcm": b"x" * 50}, method)) == "archive_method"


def test_a_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    assert only_reason(tmp_path, zipped({"a.dcm": bytes(8 << 20)})) == "archive_ratio"


def test_a_blank_slice_is_small_enough_to_pass_whatever_its_ratio(tmp_path: Path) -> None:
    (entry,) = archive.entries(on_disk(tmp_path, zipped({"a.dcm": bytes(512 * 512 * 2)})))
    assert entry.reason is None


def test_overlapping_entries_are_refused(tmp_path: Path) -> None:
    data = zipped({"a.dcm": b"x" * 50, "b.dcm": b"y" * 50}, zipfile.ZIP_STORED)
    first, second = data.index(b"PK\x01\x02"), data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    assert whole_reason(tmp_path, data) == "archive_overlap"


def test_an_entry_that_reaches_into_the_table_of_contents_is_refused(tmp_path: Path) -> None:
    data = zipped({"a.dcm": b"x" * 50}, zipfile.ZIP_STORED)
    at = data.index(b"PK\x01\x02")
    struct.pack_into("<II", data, at + 20, 80, 80)
    assert whole_reason(tmp_path, data) == "archive_overlap"


def test_too_many_entries_are_refused_before_they_are_listed(tmp_path: Path) -> None:
    many = {f"{number}.dcm": b"" for number in range(limits.MAX_ARCHIVE_ENTRIES + 1)}
    assert whole_reason(tmp_path, zipped(dict(many))) == "archive_entries"


def test_a_table_of_contents_that_hides_its_number_is_still_counted(tmp_path: Path) -> None:
    many = {f"{number}.dcm": b"" for number in range(limits.MAX_ARCHIVE_ENTRIES + 1)}
    data = zipped(dict(many))
    end = data.rindex(b"PK\x05\x06")
    struct.pack_into("<HH", data, end + 8, 1, 1)
    assert whole_reason(tmp_path, data) == "archive_entries"


def test_a_huge_table_of_contents_is_refused_unread(tmp_path: Path) -> None:
    data = zipped({"a.dcm": b"x"})
    end = data.rindex(b"PK\x05\x06")
    struct.pack_into("<I", data, end + 12, limits.MAX_DIRECTORY_BYTES + 1)
    assert whole_reason(tmp_path, data) == "archive_damaged"


def test_stated_sizes_that_add_up_to_too_much_are_refused(tmp_path: Path) -> None:
    data = zipped({"a.dcm": b"x" * 50, "b.dcm": b"y" * 50})
    for at in (data.index(b"PK\x01\x02"), data.rindex(b"PK\x01\x02")):
        struct.pack_into("<I", data, at + 24, limits.MAX_ARCHIVE_TOTAL // 2 + 1)
    assert whole_reason(tmp_path, data) == "archive_total"


@pytest.mark.parametrize("offset", [16, 24])  # checksum, size
def test_an_entry_with_another_length_or_checksum_is_refused(tmp_path: Path, offset: int) -> None:
    data = zipped({"a.dcm": b"x" * 5000})
    at = data.index(b"PK\x01\x02")
    value = struct.unpack_from("<I", data, at + offset)[0]
    struct.pack_into("<I", data, at + offset, value - 1)
    path = on_disk(tmp_path, data)
    (entry,) = archive.entries(path)
    with pytest.raises(IntakeError) as caught:
        content(path, entry)
    assert caught.value.code == "archive_length"


def test_an_entry_that_grows_beyond_its_stated_size_is_stopped_there(tmp_path: Path) -> None:
    data = zipped({"a.dcm": bytes(64 << 20)})
    at = data.index(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 1000)
    path = on_disk(tmp_path, data)
    (entry,) = archive.entries(path)
    produced = 0
    with pytest.raises(IntakeError, match="does not match its stated length"):
        for chunk in archive.chunks(path, entry):
            produced += len(chunk)
    assert produced <= limits.CHUNK


def test_an_empty_zip_says_so(tmp_path: Path) -> None:
    assert whole_reason(tmp_path, zipped({})) == "archive_empty"


def test_output_that_waits_behind_a_full_chunk_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CHUNK", 64)
    data = bytes(1000) + b"end"
    path = on_disk(tmp_path, zipped({"a.dcm": data}))
    (entry,) = archive.entries(path)
    assert content(path, entry) == data


def test_a_zip_in_parts_or_cut_is_refused(tmp_path: Path) -> None:
    data = zipped({"a.dcm": b"x" * 500})
    assert whole_reason(tmp_path, data[:-30]) == "archive_damaged"
    end = data.rindex(b"PK\x05\x06")
    struct.pack_into("<H", data, end + 4, 1)
    assert whole_reason(tmp_path, data) == "archive_damaged"


def named(raw: bytes, *, system: int = 0, version: int = 20, extra: bytes = b"") -> bytes:
    """A ZIP whose one entry has a name of those bytes, without saying that they are UTF-8."""
    info = zipfile.ZipInfo("x" * len(raw))
    info.create_system, info.create_version, info.extra = system, version, extra
    return bytes(zipped({info: b"content"})).replace(b"x" * len(raw), raw)


def unicode_path(raw: bytes, name: str) -> bytes:
    """The extra field of Info-ZIP (APPNOTE 4.6.9)."""
    field = struct.pack("<BI", 1, zlib.crc32(raw)) + name.encode()
    return struct.pack("<HH", 0x7075, len(field)) + field


@pytest.mark.parametrize(
    ("raw", "origin", "expected"),
    [
        ("Köpfe/été.dcm".encode("cp437"), {}, "Köpfe/été.dcm"),
        ("Köpfe/été.dcm".encode("cp1252"), {"system": 10}, "Köpfe/été.dcm"),
        ("Köpfe.dcm".encode("cp1252"), {"version": 25}, "Köpfe.dcm"),
        ("Köpfe.dcm".encode(), {"system": 3}, "Köpfe.dcm"),
        ("胸部ＣＴ/表ソ.dcm".encode("cp932"), {}, "胸部ＣＴ/表ソ.dcm"),
    ],
)  # fmt: skip
def test_names_of_old_code_pages_are_shown_right(
    tmp_path: Path, raw: bytes, origin: dict[str, int], expected: str
) -> None:
    (entry,) = archive.entries(on_disk(tmp_path, named(raw, **origin)))
    assert entry.name == expected
    assert entry.reason is None


def test_the_unicode_name_beside_an_old_one_counts_where_it_is_of_that_name(tmp_path: Path) -> None:
    raw = "Köpfe".encode("cp437")
    for of, expected in ((raw, "Κεφ"), (b"other", "Köpfe")):
        data = named(raw, extra=unicode_path(of, "Κεφ"))
        assert archive.entries(on_disk(tmp_path, data))[0].name == expected


def test_folders_as_windows_packs_them_are_no_files(tmp_path: Path) -> None:
    marked, unix = zipfile.ZipInfo("marked"), zipfile.ZipInfo("unix")
    marked.external_attr, unix.external_attr = 0x10, (stat.S_IFDIR | 0o755) << 16
    files = {zipfile.ZipInfo(name): b"" for name in ("disc\\", "disc/", "disc\\a\\")}
    data = zipped({**files, marked: b"", unix: b"", zipfile.ZipInfo("disc\\a\\b.png"): b"x"})
    assert [entry.name for entry in archive.entries(on_disk(tmp_path, data))] == ["disc/a/b.png"]


def test_a_file_that_is_marked_a_folder_is_a_file(tmp_path: Path) -> None:
    marked = zipfile.ZipInfo("a.png")
    marked.external_attr = 0x10
    (entry,) = archive.entries(on_disk(tmp_path, zipped({marked: b"content"})))
    assert entry.reason is None
