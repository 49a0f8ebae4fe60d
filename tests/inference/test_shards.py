"""A long reading in shards: the rows of ``read``, whole parts, and nothing read twice."""

import errno
import itertools
import json
import os
import zipfile
from pathlib import Path

import cv2
import fsspec
import pytest

from arncnn import cli
from arncnn.errors import ArncnnError, UsageError
from arncnn.inference import shards
from arncnn.inference.read_paths import read_paths
from arncnn.inference.reader import Reader
from arncnn.inference.shards import Done, Place, Plan
from arncnn.intake import delivery, remote
from arncnn.models.bundle import golden_images
from tests.chaos import faulty_store
from tests.chaos.faulty_store import PROTOCOL, FaultyFileSystem
from tests.chaos.reading import is_same, rows_of


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.open()


@pytest.fixture
def scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nine files in four shards: pictures, a ZIP, a link and what is no picture."""
    monkeypatch.setattr(shards, "_LEAST", 3)
    folder, drawn = tmp_path / "scans", golden_images()
    folder.mkdir()
    pictures = [cv2.imencode(".png", image)[1].tobytes() for image in drawn[:6]]
    for number, data in enumerate(pictures):
        (folder / f"{number * 3}.png").write_bytes(data)
    with zipfile.ZipFile(folder / "7.zip", "w") as packed:
        packed.writestr("a.png", pictures[0])
        packed.writestr("b.png", b"")
    (folder / "8.txt").write_text("Notes of a visit.")
    (folder / "link.png").symlink_to(folder / "0.png")
    return folder


def plan_of(out: Path | str, scans: Path | str, reader: Reader, form: str = "jsonl") -> Plan:
    place = Place(str(out))
    return Plan.of(place, [scans], form, reader.bundle.identity.sha256)  # type: ignore[arg-type]


def assert_rows(found: list[dict], expected: list[dict]) -> None:
    assert [row["path"] for row in found] == [row["path"] for row in expected]
    assert all(is_same(one, other) for one, other in zip(found, expected, strict=True))


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_parts_one_after_another_are_the_rows_of_read_however_often_shards_are_read(
    scans: Path, tmp_path: Path, reader: Reader, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(tmp_path / "out", scans, reader, form)
    assert (plan.files, len(plan.shards), plan.left()) == (9, 3, [0, 1, 2])
    for shard in (2, 0, 2):
        plan.read(reader, shard, workers=1)
    monkeypatch.chdir(scans)  # paths from the root mean the same anywhere
    again = plan_of(tmp_path / "out", scans, reader, form)
    assert again == plan and again.left() == [1]
    again.read(reader, 1, workers=2)
    assert again.left() == []
    expected = list(read_paths(reader, [scans]))
    assert {row["status"] for row in expected} == {"read", "failed"} and len(expected) == 10
    assert_rows(rows_of(tmp_path / "out", form), expected)


def test_what_is_at_an_address_gives_the_same_rows_under_its_address(
    scans: Path, reader: Reader
) -> None:
    store = fsspec.filesystem("memory")
    for path in scans.iterdir():
        store.pipe_file(f"/scans/{path.name}", path.read_bytes())
    store.pipe_file("/scans/.hidden/0.png", b"x")
    try:
        plan = plan_of("memory://out", "memory://scans", reader)
        assert plan.files == 9 and plan.left() == [0, 1, 2]
        for shard in plan.left():
            plan.read(reader, shard, workers=1)
        assert plan_of("memory://out", "memory://scans", reader).left() == []
        parts = [store.cat_file(f"/out/part-{n:05}.jsonl").decode() for n in range(3)]
    finally:
        store.rm("/", recursive=True)
    rows = [json.loads(line) for part in parts for line in part.splitlines()]
    expected = list(read_paths(reader, [scans]))[:-1]  # an address has no links
    assert [row["path"].replace("memory://", f"{scans.parent}/") for row in rows[:-1]] == [
        row["path"] for row in expected
    ]
    assert all(is_same(one, other) for one, other in zip(rows[:-1], expected, strict=True))
    assert is_same(rows[-1], expected[0])


def test_what_a_store_does_not_bring_is_tried_again_then_left_and_read_by_the_next_run(
    scans: Path, tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsspec.register_implementation(PROTOCOL, FaultyFileSystem, clobber=True)
    monkeypatch.setattr(delivery, "_PAUSES_S", (0.0, 0.0, 0.0))
    monkeypatch.setattr(faulty_store, "_TOO_OFTEN", 6)
    (scans / "link.png").unlink()
    (scans / "0.png").rename(scans / "101.png")  # comes after six faults
    (scans / "7.zip").rename(scans / "58.zip")  # after two
    pictures = [scans / "8.txt", *scans.glob("*.png")]
    with zipfile.ZipFile(scans / "202.zip", "w") as packed:
        packed.write(pictures[1], "a.png")
    plan = plan_of(tmp_path / "out", f"{PROTOCOL}://{scans}", reader)
    done = [plan.read(reader, shard, workers=2) for shard in plan.left()]
    assert [(each.unread, each.kept) for each in done] == [(0, 0), (0, 0), (2, 0)]
    assert plan.left() == [2]
    assert (tmp_path / "out" / "unfinished-00002.jsonl").exists()
    again = plan_of(tmp_path / "out", f"{PROTOCOL}://{scans}", reader)
    assert again.read(reader, 2, workers=1) == Done(rows=2, failed=0, unread=0, kept=1)
    assert again.left() == []
    again.tidy()
    assert not list((tmp_path / "out").glob("unfinished-*"))
    rows = rows_of(tmp_path / "out")
    rows = [{**row, "path": row["path"].removeprefix(f"{PROTOCOL}://")} for row in rows]
    assert_rows(rows, list(read_paths(reader, [scans])))


@pytest.mark.parametrize("call", ["open", "fstat", "listdir"])
def test_a_shared_folder_that_does_not_answer_fails_no_file_for_good(
    call: str, scans: Path, tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_PAUSES_S", ())
    before, stale = getattr(os, call), OSError(errno.ESTALE, "Stale file handle")

    def fails(place: object, *more: object, **named: object) -> object:
        name = Path(f"/proc/self/fd/{place}").readlink() if isinstance(place, int) else place
        if str(name).startswith(str(scans)):
            raise stale
        return before(place, *more, **named)

    plan = None if call == "listdir" else plan_of(tmp_path / "out", scans, reader)
    with monkeypatch.context() as patched:
        patched.setattr(os, call, fails)
        if plan is None:
            with pytest.raises(ArncnnError, match="Not all folders could be listed"):
                plan_of(tmp_path / "out", scans, reader)
            return
        done = [plan.read(reader, shard, workers=1) for shard in plan.left()]
    assert sum(each.unread for each in done) == 8 and plan.left()  # the link is refused as ever
    for shard in plan.left():
        plan.read(reader, shard, workers=1)
    assert_rows(rows_of(tmp_path / "out"), list(read_paths(reader, [scans])))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FileNotFoundError("scans/a.png"), "missing"),
        (PermissionError(13, "Permission denied"), "unreadable"),
        (OSError("AWS Error ACCESS_DENIED during HeadObject operation"), "unreadable"),
        (OSError(errno.ELOOP, "Too many levels of symbolic links"), "unreadable"),
        (OSError(errno.EIO, "Input/output error"), "undelivered"),
        (OSError("AWS Error SLOW_DOWN during GetObject operation"), "undelivered"),
        (ConnectionResetError(), "undelivered"),
        (fsspec.exceptions.FSTimeoutError(), "undelivered"),
    ],
)
def test_faults_of_the_way_are_told_from_faults_of_the_file(error: OSError, code: str) -> None:
    assert delivery.reason_of(error).code == code


def test_a_store_that_is_away_is_not_waited_for_file_by_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries: list[str] = []
    monkeypatch.setattr(delivery, "_PAUSES_S", (0.0, 0.0))
    patience = delivery.Patience()

    def away() -> None:
        tries.append("away")
        raise TimeoutError

    for _ in range(20):
        with pytest.raises(TimeoutError):
            patience(away)
    assert len(tries) == 8 * 3 + 12
    assert patience(lambda: "back") == "back"
    with pytest.raises(TimeoutError):
        patience(away)
    assert len(tries) == 8 * 3 + 12 + 3


def test_what_is_not_there_or_too_large_at_an_address_fails_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.png").write_bytes(b"12345")
    monkeypatch.setattr("arncnn.intake.limits.MAX_FILE_BYTES", 4)
    for address, code in (("a.png", "too_large"), ("b.png", "missing"), ("b.zip", "missing")):
        (item,) = remote.items(f"file://{tmp_path}/{address}", tmp_path)
        with pytest.raises(Exception) as refused:
            item.open()
        assert refused.value.code == code  # type: ignore[attr-defined]
    assert list(remote.walk(f"file://{tmp_path}/none")) == [f"file://{tmp_path}/none"]


def test_a_kill_while_files_are_listed_or_a_part_is_written_leaves_neither(
    scans: Path, tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"

    def killed(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(shards.json, "dumps", killed)
        with pytest.raises(KeyboardInterrupt):
            plan_of(out, scans, reader)
    assert Place(str(out)).names() == set()
    plan = plan_of(out, scans, reader)
    with pytest.raises(KeyboardInterrupt), plan.place.writing(plan.name(0)) as file:
        file.write(b"{")
        killed()
    assert plan.left() == [0, 1, 2]


def test_a_file_name_that_is_no_text_is_spelled_out_in_parquet() -> None:
    row = {"path": b"a\xff.png".decode(errors="surrogateescape"), "status": "failed"}
    assert b"a\\udcff.png" in shards._parquet([row], ["A"])


def test_a_place_with_the_results_of_another_reading_is_left_alone(
    scans: Path, tmp_path: Path, reader: Reader
) -> None:
    plan_of(tmp_path / "out", scans, reader)
    with pytest.raises(UsageError, match="another reading"):
        plan_of(tmp_path / "out", scans / "0.png", reader)
    (tmp_path / "out" / "plan.json").unlink()
    (tmp_path / "out" / "part-00000.jsonl").write_text("")
    with pytest.raises(UsageError, match="no plan"):
        plan_of(tmp_path / "out", scans, reader)


@pytest.mark.parametrize(
    ("wanted", "expected"), [(1000, [128] * 10 + [20]), (4, [384] * 3 + [148])]
)
def test_files_fall_into_shards_of_whole_batches_about_as_many_as_wanted(
    wanted: int, expected: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Counting:
        def write(self, line: bytes) -> int:
            return len(line)

    monkeypatch.setattr(shards, "_SHARDS", wanted)
    names = (Path(f"{number}") for number in range(1300))
    found = list(shards._listed(names, Counting()))  # type: ignore[arg-type]
    assert [files for _, _, files in found] == expected and sum(expected) == 1300
    assert all(a[1] == b[0] for a, b in itertools.pairwise(found))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--out", "x"], "belong to --engine ray"),
        (["--parquet"], "belong to --engine ray"),
        (["s3://bucket/scans"], "Addresses are read with --engine ray"),
        (["--engine", "ray"], "--out PLACE"),
        (["--engine", "ray", "--out", "x", "--csv"], "leave --csv"),
        (["--engine", "ray", "--out", "x", "--series"], "leave --csv"),
        (["no-such-kind://a", "--engine", "ray", "--out", "x"], "needs the package fsspec"),
    ],
)
def test_options_that_do_not_go_together_are_said(
    words: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert cli.main(["read", "a.png", *words]) == 2
    assert sentence in capsys.readouterr().err
