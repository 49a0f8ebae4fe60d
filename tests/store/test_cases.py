import io
import sqlite3
import stat
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from arncnn.errors import StoreError, UsageError
from arncnn.intake.allowed import ALLOWED
from arncnn.intake.scan import Scan
from arncnn.store import LOCAL_USER, Store
from arncnn.store.case import KEPT_ATTRIBUTES
from arncnn.store.pictures import Pixels, pack, unpack
from arncnn.store.verify import verify
from tests.store.made_up import ADA, ANNA, BERT, new_case, pixels, reading

DAY = 86_400.0


def test_a_case_comes_back_as_it_was_kept_after_a_restart(store: Store) -> None:
    added = store.cases.add(ANNA, new_case(1, series_key="s", is_localizer=True))
    again = Store.open()
    found = again.cases.get(ANNA, added.id)
    assert found == added
    assert (found.label, found.verdict, found.header_verdict) == ("CXR", "accept", "agree")
    assert (found.maximum_probability, found.entropy) == (0.9, 0.325)
    assert (found.created_by, found.body_part, found.is_intact) == (ANNA.name, "CHEST", True)
    kept = again.cases.pixels(ANNA, added.id)
    np.testing.assert_array_equal(kept.display, pixels(1).display)
    np.testing.assert_array_equal(kept.model_input, pixels(1).model_input)


def test_the_same_bytes_frame_and_model_are_one_case(store: Store) -> None:
    first = store.cases.add(ANNA, new_case(1))
    assert store.cases.add(BERT, new_case(1)).id == first.id
    other_frame = store.cases.add(ANNA, new_case(1, reading_frame=3, reading_frames=9))
    other_model = store.cases.add(ANNA, new_case(1, reading_model={"id": "b", "sha256": "b" * 64}))
    assert len({first.id, other_frame.id, other_model.id}) == 3
    assert store.cases.list(ANNA).total == 3


def test_a_batch_is_kept_whole_or_not_at_all(store: Store) -> None:
    kept = store.cases.add_all(ANNA, [new_case(1), new_case(2), new_case(1)])
    assert kept[0].id == kept[2].id != kept[1].id
    with pytest.raises(StoreError):
        store.cases.add_all(ANNA, [new_case(3), new_case(4, reading_model=None)])
    assert store.cases.list(ANNA).total == 2
    assert verify(store, ADA).is_intact


@pytest.mark.attack
def test_patient_data_does_not_reach_the_store(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ARNCNN_KEEP_FILE_NAMES", raising=False)
    private = {"PatientName": "Doe^Jane", "StudyDate": "19700101", "StudyDescription": "Doe knee"}
    case = store.cases.add(
        ANNA,
        new_case(1, attributes={"Modality": "CR", **private}, file_name="Doe_Jane.dcm"),
    )
    assert dict(case.attributes) == {"Modality": "CR"}
    assert case.display_label is None
    everything = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    exported = "".join(store.cases.json(ANNA)) + "".join(store.audit.csv(ADA))
    for word in ("Doe", "19700101"):
        assert word.encode() not in everything
        assert word not in exported


def test_file_names_and_headers_are_kept_only_when_settings_say_so(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNCNN_KEEP_FILE_NAMES", "1")
    monkeypatch.setenv("ARNCNN_KEEP_PATIENT_DATA", "1")
    new = new_case(1, attributes={"StudyDescription": "knee"}, file_name="a" * 300)
    case = store.cases.add(ANNA, new)
    assert case.display_label == "a" * 120
    assert dict(case.attributes) == {"StudyDescription": "knee"}


def test_deleting_a_case_deletes_its_pixels_and_leaves_an_audit_line(
    store: Store, home: Path
) -> None:
    case = store.cases.add(ANNA, new_case(1))
    store.corrections.submit(BERT, case.id, label="Hand", note="a word")
    store.cases.delete(ANNA, case.id, reason="asked for")
    assert [path for path in (home / "cases").rglob("*") if path.is_file()] == []
    with pytest.raises(StoreError, match="no such case"):
        store.cases.get(ANNA, case.id)
    newest = store.audit.entries(ADA).entries[0]
    assert (newest.action, newest.actor) == ("case.delete", ANNA.name)
    assert newest.subject == f"cases:{case.id}"
    assert verify(store, ADA).is_intact


def test_several_cases_are_deleted_together_or_not_at_all(store: Store) -> None:
    cases = [store.cases.add(ANNA, new_case(number)) for number in range(3)]
    with pytest.raises(StoreError, match="no such case"):
        store.cases.delete_all(ANNA, [cases[0].id, "gone"])
    assert store.cases.list(ANNA).total == 3
    store.cases.delete_all(ANNA, [case.id for case in cases[:2]])
    assert [case.id for case in store.cases.list(ANNA).cases] == [cases[2].id]
    newest = store.audit.entries(ADA).entries[:2]
    assert {entry.subject for entry in newest} == {f"cases:{case.id}" for case in cases[:2]}
    assert verify(store, ADA).is_intact


@pytest.mark.attack
def test_what_is_deleted_is_overwritten_in_the_file(store: Store, home: Path) -> None:
    case = store.cases.add(ANNA, new_case(1, attributes={"Manufacturer": "Zyxwvutron"}))
    assert b"Zyxwvutron" in (home / "arncnn.sqlite").read_bytes()
    store.cases.delete(ANNA, case.id)
    assert b"Zyxwvutron" not in (home / "arncnn.sqlite").read_bytes()


def test_pixels_shared_by_two_cases_stay_until_the_last_is_deleted(store: Store) -> None:
    first = store.cases.add(ANNA, new_case(1))
    second = store.cases.add(ANNA, new_case(1, reading_model={"id": "b", "sha256": "b" * 64}))
    assert first.pixels_sha256 == second.pixels_sha256
    store.cases.delete(ANNA, first.id)
    assert store.cases.pixels(ANNA, second.id).display.shape == (40, 30)
    store.cases.delete(ANNA, second.id)
    assert list(store.blobs.names()) == []


@pytest.mark.attack
def test_altered_pixels_are_not_shown(store: Store) -> None:
    case = store.cases.add(ANNA, new_case(1))
    path = store.folder / "cases" / case.pixels_sha256[:2] / case.pixels_sha256
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(StoreError, match="altered"):
        store.cases.pixels(ANNA, case.id)
    path.unlink()
    with pytest.raises(StoreError, match="missing"):
        store.cases.pixels(ANNA, case.id)


@pytest.mark.attack
def test_an_altered_record_is_not_shown_and_is_marked_in_the_worklist(
    store: Store, home: Path
) -> None:
    case = store.cases.add(ANNA, new_case(1))
    with sqlite3.connect(home / "arncnn.sqlite") as raw:
        raw.execute("UPDATE cases SET label = 'Hand'")
    with pytest.raises(StoreError, match="altered outside"):
        store.cases.get(ANNA, case.id)
    assert [found.is_intact for found in store.cases.list(ANNA).cases] == [False]


def test_cases_expire_after_the_retention_time(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000 * DAY
    old = store.cases.add(ANNA, new_case(1), now=now - 31 * DAY)
    young = store.cases.add(ANNA, new_case(2), now=now - 29 * DAY)
    monkeypatch.delenv("ARNCNN_RETENTION_DAYS", raising=False)
    assert store.cases.expire(ADA, now=now) == 0
    monkeypatch.setenv("ARNCNN_RETENTION_DAYS", "30")
    assert store.cases.expire(ADA, now=now) == 1
    assert [case.id for case in store.cases.list(ANNA).cases] == [young.id]
    assert store.audit.entries(ADA).entries[0].subject == f"cases:{old.id}"
    monkeypatch.setenv("ARNCNN_RETENTION_DAYS", "soon")
    with pytest.raises(UsageError, match="ARNCNN_RETENTION_DAYS must be a number"):
        store.cases.expire(ADA)


def test_pixels_that_a_crash_left_are_swept_and_named_ones_stay(store: Store) -> None:
    case = store.cases.add(ANNA, new_case(1))
    store.blobs.put(b"left behind")
    assert store.cases.sweep(ADA) == 1
    assert set(store.blobs.names()) == {case.pixels_sha256, case.thumbnail_sha256}


def test_a_thumbnail_is_a_small_png_of_the_picture(store: Store) -> None:
    wide = np.tile(np.linspace(0, 255, 900).astype(np.uint8), (300, 1))
    new = new_case(1)
    object.__setattr__(new, "pixels", Pixels(wide, new.pixels.model_input))
    case = store.cases.add(ANNA, new)
    with Image.open(io.BytesIO(store.cases.thumbnail(ANNA, case))) as image:
        assert (image.format, image.size, image.mode) == ("PNG", (256, 85), "L")
        assert image.info == {}
        shown = np.asarray(image)
    assert abs(float(shown.mean()) - float(wide.mean())) < 1.0


def test_a_large_picture_is_kept_at_display_size_and_the_input_untouched() -> None:
    large = Pixels(np.full((3000, 1500), 7, np.uint8), pixels().model_input)
    kept = unpack(pack(large))
    assert kept.display.shape == (1024, 512)
    assert set(np.unique(kept.display)) == {7}
    np.testing.assert_array_equal(kept.model_input, large.model_input)
    assert pack(large) == pack(large)


@pytest.mark.parametrize(
    ("display", "images"),
    [
        (np.zeros((4, 4)), np.zeros((1, 64, 64, 1), np.float32)),
        (np.zeros((4, 4, 3), np.uint8), np.zeros((1, 64, 64, 1), np.float32)),
        (np.zeros((4, 4), np.uint8), np.zeros((64, 64), np.float32)),
        (np.zeros((4, 4), np.uint8), np.full((1, 64, 64, 1), 1.5, np.float32)),
        (np.zeros((4, 4), np.uint8), np.full((1, 64, 64, 1), np.nan, np.float32)),
    ],
)
def test_pixels_of_a_wrong_shape_type_or_range_are_refused(
    display: np.ndarray, images: np.ndarray
) -> None:
    with pytest.raises(StoreError, match="to keep must"):
        Pixels(display, images)


def test_a_reading_without_a_model_or_with_nan_is_not_stored(store: Store) -> None:
    broken = new_case(1)
    object.__setattr__(broken, "reading", {**reading(), "model": None})
    with pytest.raises(StoreError, match="lacks"):
        store.cases.add(ANNA, broken)
    with pytest.raises(StoreError, match="not stored"):
        store.cases.add(ANNA, new_case(1, reading_entropy=float("nan")))
    assert store.cases.list(LOCAL_USER).total == 0


@pytest.mark.attack
def test_only_the_owner_can_read_the_files(store: Store, home: Path) -> None:
    store.cases.add(ANNA, new_case(1))
    for path in home.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path.name


def test_a_lost_or_altered_file_comes_back_with_the_scan(store: Store, home: Path) -> None:
    case = store.cases.add(ANNA, new_case(1))
    kept = sorted((home / "cases").glob("??/*"))
    assert len(kept) == 2
    kept[0].unlink()
    kept[1].write_bytes(b"altered")
    assert not verify(store, ADA).is_intact
    assert store.cases.add(ANNA, new_case(1)).id == case.id
    assert verify(store, ADA).is_intact
    np.testing.assert_array_equal(store.cases.pixels(ANNA, case.id).display, pixels(1).display)


def test_a_lost_picture_kept_before_values_were_comes_back_with_the_scan(
    store: Store, home: Path
) -> None:
    case = store.cases.add(ANNA, new_case(1))
    for lost in (home / "cases").glob("??/*"):
        lost.unlink()
    values = np.arange(1200, dtype=np.float32).reshape(40, 30)
    scan = Scan(pixels=values, sha256="", kind="dicom")
    assert store.cases.add(ANNA, new_case(1, scan=scan)).id == case.id
    np.testing.assert_array_equal(store.cases.pixels(ANNA, case.id).display, pixels(1).display)


def test_a_case_deleted_while_its_store_is_verified_is_no_damage(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (store.cases.add(ANNA, new_case(number)) for number in (1, 2))
    get = store.blobs.get

    def deleted_meanwhile(name: str) -> bytes:
        monkeypatch.setattr(store.blobs, "get", get)
        for case in (first, second):
            store.cases.delete(ADA, case.id)
        return get(name)

    monkeypatch.setattr(store.blobs, "get", deleted_meanwhile)
    assert verify(store, ADA).problems == ()


def test_what_is_kept_of_a_header_is_of_what_intake_gives() -> None:
    assert KEPT_ATTRIBUTES <= ALLOWED
    # The header check reads these; a case that is opened again is checked by what was kept.
    read = {"Modality", "BodyPartExamined", "AnatomicRegionCode", "DescribedBodyPart"}
    assert read <= KEPT_ATTRIBUTES
