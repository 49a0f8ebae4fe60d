"""A long reading in shards: the rows of ``read``, whole parts, and nothing read twice."""

import errno
import itertools
import json
import os
import socket
import zipfile
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import cv2
import fsspec
import pytest

from arncnn import cli
from arncnn.errors import ArncnnError, UsageError
from arncnn.inference import read_on_ray, shards
from arncnn.inference.missing import Missing
from arncnn.inference.parquet import parquet_of
from arncnn.inference.read_paths import read_paths
from arncnn.inference.reader import Reader
from arncnn.inference.shards import Done, Place, Plan
from arncnn.intake import delivery
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
    assert again.read(reader, 2, workers=1) == Done(rows=2, failed=0, unread=0, missing=0, kept=1)
    assert again.left() == []
    again.tidy(reader.labels, [2])
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


def test_what_a_node_without_the_shared_folder_does_not_find_another_reads(
    scans: Path, tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(tmp_path / "out", scans, reader)
    with monkeypatch.context() as patched:
        patched.setattr(Plan, "_lines", lambda *_: [b'["/not-mounted/a.png"]', b'["/neither/b"]'])
        done = plan.read(reader, 0, workers=1)
    assert done == Done(rows=0, failed=0, unread=2, missing=2, kept=0)
    (missing,) = plan.missing().values()
    assert missing.host and missing.files == ["/not-mounted/a.png", "/neither/b"]
    about = Missing(missing.host, [str(scans / "0.png")], 0)  # which is there, on this node
    plan.place.write("missing-00000.json", about.to_json())
    assert plan.left() == [0, 1, 2]
    plan.tidy(reader.labels, [0])
    assert not list((tmp_path / "out").glob("part-*"))
    for shard in plan.left():
        plan.read(reader, shard, workers=1)
    assert plan.left() == [] and plan.missing() == {}
    assert_rows(rows_of(tmp_path / "out"), list(read_paths(reader, [scans])))


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_a_file_that_never_comes_keeps_no_rows_back_and_is_named_until_it_comes(
    scans: Path, tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], form: str,
) -> None:  # fmt: skip
    """The cluster is this process; a real one is in test_read_on_ray."""
    sent: list[int] = []

    def counts(ray: object, plan: Plan, left: list[int], *more: object) -> Iterator[dict[str, int]]:
        for shard in left:
            sent.append(shard)
            yield {"files": plan.shards[shard][2], **vars(plan.read(reader, shard, workers=1))}

    monkeypatch.setattr(read_on_ray, "_counts", counts)
    monkeypatch.setattr(read_on_ray, "_cluster", nullcontext)
    out = tmp_path / "out"
    words = ["read", str(scans), "--engine", "ray", "--out", str(out), f"--{form}"]
    expected = list(read_paths(reader, [scans]))
    plan_of(out, scans, reader, form)
    for name in ("3.png", "6.png"):
        (scans / name).rename(tmp_path / name)
    without = [row for row in expected if Path(row["path"]).name not in ("3.png", "6.png")]
    for run, shards_read in enumerate(([0, 1, 2], [])):
        sent.clear()
        assert cli.main(words) == 1
        told = capsys.readouterr()
        counted = json.loads(told.out)
        assert (counted["unread"], counted["files_before"]) == (2, 7 if run else 0)
        assert f"2 files were not found from {socket.gethostname()}: " in told.err
        assert f"{scans / '3.png'}, {scans / '6.png'}. Check" in told.err
        assert sent == shards_read
        assert_rows(rows_of(out, form), without)
    for name, code in (("3.png", 1), ("6.png", 0)):
        (tmp_path / name).rename(scans / name)
        assert cli.main(words) == code
        assert json.loads(capsys.readouterr().out)["rows"] == 1
    assert_rows(rows_of(out, form), expected)
    assert not [*out.glob("missing-*"), *out.glob("unfinished-*")]


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
    assert b"a\\udcff.png" in parquet_of([row], ["A"])


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
