"""A file's bytes become a kept case that lies open, and opens again after a restart."""

import gc
import hashlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
from PIL import Image
from pydicom import uid

from arncnn import config
from arncnn.cases import viewed_scan
from arncnn.cases.open_case import KNOWN_CHECK
from arncnn.cases.service import CaseService
from arncnn.errors import IntakeError, PermissionDenied, StoreError
from arncnn.explain import explain_all
from arncnn.explain.attention import attention_steps
from arncnn.intake import Item
from arncnn.samples import catalogue
from arncnn.store import LOCAL_USER, Store
from arncnn.store.audit import AuditFilter
from arncnn.uploads.spool import Given
from tests import untrained_model
from tests.intake import made
from tests.store.made_up import VERA


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return untrained_model.build(tmp_path_factory.mktemp("service") / "model").folder


@pytest.fixture
def service(model: Path, home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ARNCNN_MODEL", str(model))
    store = Store.open()
    yield CaseService(store)
    store.close()


def _given(*contents: bytes) -> list[Given]:
    return [Given(BytesIO(each), f"{n}.png", len(each)) for n, each in enumerate(contents)]


def _sample() -> bytes:
    return catalogue.find("HeadCT.png").read()


def test_an_upload_is_read_file_by_file_and_a_bad_file_stops_nothing(service: CaseService) -> None:
    upload = service.accept(LOCAL_USER, _given(b"no scan at all", _sample()))
    assert service.read_next(LOCAL_USER, upload), "one more is left"
    assert not service.read_next(LOCAL_USER, upload)
    assert not service.read_next(LOCAL_USER, upload), "and then none"
    (failure,), (case_id,) = upload.failures, upload.case_ids
    assert failure.name == "0.png" and failure.sentence
    opened = service.open(LOCAL_USER, case_id)
    assert opened.scan is not None and opened.item is not None, "it lies open since it was read"
    assert service.store.cases.get(LOCAL_USER, case_id) == opened.case


def test_a_batch_keeps_what_file_by_file_would_have_kept(service: CaseService) -> None:
    rng = np.random.default_rng(0)
    pictures = [made.picture(rng.integers(0, 255, (70, 70)).astype("uint8")) for _ in range(5)]
    files = [pictures[0], b"no scan at all", *pictures[1:], pictures[2], made.dicom()]
    alone, together = (service.accept(LOCAL_USER, _given(*files)) for _ in range(2))
    while service.read_next(LOCAL_USER, alone):
        pass
    before = [service.store.cases.get(LOCAL_USER, case_id) for case_id in alone.case_ids]
    service.delete(LOCAL_USER, alone.case_ids)
    assert service.read_next(LOCAL_USER, together, most=3), "more are left"
    assert len(together.outcomes) == 3
    assert not service.read_next(LOCAL_USER, together, most=30)
    after = [service.store.cases.get(LOCAL_USER, case_id) for case_id in together.case_ids]
    assert [(each.name, each.sentence) for each in together.outcomes] == [
        (each.name, each.sentence) for each in alone.outcomes
    ]
    for one, other in zip(before, after, strict=True):
        assert (one.scan_sha256, one.label, one.verdict) == (
            other.scan_sha256,
            other.label,
            other.verdict,
        )
        assert one.reading["reasons"] == other.reading["reasons"]
    opened = service.open(LOCAL_USER, together.case_ids[1])
    assert opened.scan is not None and opened.item is not None
    assert opened.reading.features.conv_map.base is None, "it does not keep its whole batch"


def test_a_case_that_cannot_be_kept_is_the_only_one_of_its_batch_that_is_not(
    service: CaseService, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_all = service.store.cases.add_all
    bad = made.picture(made.ramp(40, 48, 200).astype("uint8"))
    sha256 = hashlib.sha256(bad).hexdigest()

    def failing(actor, batch):  # type: ignore[no-untyped-def]
        if any(new.scan_sha256 == sha256 for new in batch):
            raise StoreError("The disk is full.")
        return add_all(actor, batch)

    monkeypatch.setattr(service.store.cases, "add_all", failing)
    upload = service.accept(LOCAL_USER, _given(_sample(), bad, made.dicom()))
    assert not service.read_next(LOCAL_USER, upload, most=8)
    assert [each.sentence for each in upload.outcomes] == [None, "The disk is full.", None]


def test_slices_of_a_series_and_frames_of_a_file_are_one_scan(service: CaseService) -> None:
    rng, series = np.random.default_rng(0), uid.generate_uid()
    pixels = rng.integers(0, 4000, (5, 70, 70)).astype("u2")
    one_by_one = [made.dicom(each, Modality="MR", SeriesInstanceUID=series) for each in pixels]
    upload = service.accept(LOCAL_USER, _given(*one_by_one, made.dicom(pixels, NumberOfFrames=5)))
    while service.read_next(LOCAL_USER, upload, most=4):
        pass
    *slices, middle = (service.open(LOCAL_USER, case_id) for case_id in upload.case_ids)
    found, place = service.slices(LOCAL_USER, slices[3])
    assert found is not None and (place, found.count) == (4, 5)
    assert found.slices == {n: each.case.label for n, each in enumerate(slices, 1)}
    with pytest.raises(InterruptedError):  # as Cancel does it
        service.frames(LOCAL_USER, middle, Mock(side_effect=InterruptedError))
    assert service.known_frames(middle) is None
    told: list[tuple[int, int]] = []
    frames = service.frames(LOCAL_USER, middle, lambda read, of: told.append((read, of)))
    assert told[-1] == (5, 5) and frames.count == 5
    assert service.known_frames(middle) is frames
    assert service.frames(LOCAL_USER, middle, lambda read, of: told.clear()) is frames and told
    assert (
        service.frames(LOCAL_USER, middle, lambda read, of: told.clear(), most=1) is frames and told
    )
    with pytest.raises(PermissionDenied):
        service.frames(VERA, middle, lambda read, of: None)


def test_after_a_restart_a_case_opens_again_with_the_same_answer(service: CaseService) -> None:
    upload = service.accept(LOCAL_USER, _given(_sample()))
    service.read_next(LOCAL_USER, upload)
    before = service.open(LOCAL_USER, upload.case_ids[0])
    again = CaseService(service.store)
    assert not again.is_ready
    after = again.open(LOCAL_USER, before.case.id)
    assert again.is_ready
    assert after.scan is None and after.item is None
    assert np.array_equal(after.display, before.display)
    assert (after.reading.label, after.reading.verdict, after.reading.reasons) == (
        before.reading.label,
        before.reading.verdict,
        before.reading.reasons,
    )
    assert again.open(LOCAL_USER, before.case.id) is after


def test_a_film_of_oblong_pixels_keeps_its_shape_in_pictures_maps_and_thumbnail_after_a_restart(
    service: CaseService,
) -> None:
    film = made.dicom(made.ramp(64, 64), Modality="CR", PixelSpacing=["2", "1"])
    upload = service.accept(LOCAL_USER, _given(film))
    service.read_next(LOCAL_USER, upload)
    before = service.open(LOCAL_USER, upload.case_ids[0])
    after = CaseService(service.store).open(LOCAL_USER, before.case.id)
    for opened in (before, after):
        assert opened.fitted.shape == opened.seen.shape == (512, 256)
        assert opened.reading.model_input.images.shape[1:3] == (64, 64)
    with Image.open(BytesIO(service.store.cases.thumbnail(LOCAL_USER, before.case))) as small:
        assert small.height == 2 * small.width


def test_who_may_not_read_scans_opens_no_file(service: CaseService, home: Path) -> None:
    def opened(**_: object) -> None:
        raise AssertionError("opened")

    with pytest.raises(PermissionDenied):
        service.read(VERA, Item("a.png", opened))
    with pytest.raises(PermissionDenied):
        service.accept(VERA, _given(b"any"))
    assert [path for path in (home / "spool").rglob("*") if path.is_file()] == []
    assert not service.is_ready, "and asks no network"


@pytest.mark.attack
def test_a_permission_that_is_missing_leaves_the_files_waiting(service: CaseService) -> None:
    upload = service.accept(LOCAL_USER, _given(_sample()))
    over = replace(LOCAL_USER, valid_until=1.0)
    for person, sentence in ((VERA, "needs the role"), (over, "expired")):
        with pytest.raises(PermissionDenied, match=sentence):
            service.read_next(person, upload)
    assert upload.is_working and not upload.failures
    assert any(service.spool.waiting(LOCAL_USER.owner))
    assert not service.read_next(LOCAL_USER, upload)
    assert len(upload.case_ids) == 1


@pytest.mark.attack
def test_who_opens_a_case_is_in_the_audit_once_and_who_is_refused_too(
    service: CaseService,
) -> None:
    def lines(action: str) -> list[tuple[str, str]]:
        found = service.store.audit.entries(LOCAL_USER, AuditFilter(action=action)).entries
        return [(line.actor, line.subject) for line in found]

    upload = service.accept(LOCAL_USER, _given(_sample()))
    service.read_next(LOCAL_USER, upload)
    (case_id,) = upload.case_ids
    for _ in range(3):
        service.open(LOCAL_USER, case_id)
    assert lines("case.open") == [], "who added it has a line of that"
    for _ in range(3):
        service.open(VERA, case_id)
    assert lines("case.open") == [(VERA.name, f"cases:{case_id}")]
    for _ in range(3):
        with pytest.raises(PermissionDenied):
            service.accept(VERA, _given(b"any"))
        with pytest.raises(PermissionDenied):
            service.store.cases.delete_all(VERA, [case_id])
    assert lines("refused") == [(VERA.name, "case.delete"), (VERA.name, "case.add")]


def test_a_deleted_case_lies_open_no_more(service: CaseService) -> None:
    upload = service.accept(LOCAL_USER, _given(_sample()))
    service.read_next(LOCAL_USER, upload)
    service.delete(LOCAL_USER, upload.case_ids)
    with pytest.raises(StoreError, match="no such case"):
        service.open(LOCAL_USER, upload.case_ids[0])


def test_old_cases_expire_once_an_hour(
    service: CaseService, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(service.store.cases, "expire", asked.append)
    now = [100.0]
    monkeypatch.setattr("arncnn.cases.service.time.monotonic", lambda: now[0])
    for now[0] in (100.0, 3000.0, 3701.0):
        service.let_expire()
    assert len(asked) == 2


def test_frames_stay_to_be_looked_through_as_long_as_their_case_lies_open(
    service: CaseService,
) -> None:
    frames = np.stack([made.ramp(40, 48) + 100 * number for number in range(3)])
    upload = service.accept(LOCAL_USER, _given(made.dicom(frames)))
    service.read_next(LOCAL_USER, upload)
    (case_id,), folder = upload.case_ids, upload.folder
    del upload  # the session that gave it has ended
    gc.collect()
    for number, stored in enumerate(frames):
        seen = viewed_scan.of_case(service, LOCAL_USER, case_id, frame=number)
        assert np.array_equal(seen.pixels, stored)
    service.delete(LOCAL_USER, [case_id])
    gc.collect()
    assert not folder.exists()
    with pytest.raises(StoreError):
        viewed_scan.of_case(service, LOCAL_USER, case_id)


def test_a_frame_that_is_not_there_is_refused_and_nothing_is_kept(service: CaseService) -> None:
    upload = service.accept(LOCAL_USER, _given(_sample()))
    with pytest.raises(IntakeError):
        service.read(LOCAL_USER, upload.next_item, frame=7)
    assert service.store.cases.list(LOCAL_USER).total == 0


def test_evidence_is_of_the_model_that_read_though_another_serves_by_now(
    service: CaseService, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = service.accept(LOCAL_USER, _given(_sample()))
    opened = service.read(LOCAL_USER, upload.next_item)
    reader, features = opened.model.reader, opened.reading.features
    assert reader.bundle.identity.sha256 == opened.case.model_sha256
    expected = explain_all(reader.head, features.conv_map, reader.scales)
    module = attention_steps(reader.bundle.network(), opened.image, "attention_1")

    monkeypatch.setenv("ARNCNN_MODEL", str(config.BUNDLED_MODELS / "robust"))
    monkeypatch.setattr(service.store.models, "serving_token", lambda: -1)
    identity = service.bundle().identity
    assert identity.sha256 != opened.case.model_sha256
    assert not service.is_ready
    assert service.model().reader.bundle.identity == identity
    for name, maps in opened.maps.items():
        np.testing.assert_array_equal(maps.maps, expected[name].maps)
    np.testing.assert_allclose(
        opened.steps("attention_1").after, module.after, rtol=1e-5, atol=1e-6
    )
    assert opened.similar() == ()  # the untrained model carries no training images
    assert opened.known_maps == {} and opened.known_score is None
    assert opened.check_known(lambda *told: None) is None, "and it was trained without outliers"

    other = service.open(LOCAL_USER, opened.case.id)
    assert other is not opened, "another model's answer"
    score, bank = other.known_score, -other.model.reader.novelty.first[-1]
    assert f"{len(bank):,} calibration images" in score.sentence()
    assert score.share_below == pytest.approx(np.mean(bank < score.logit))
    maps, told = other.known_maps["integrated"], []
    assert maps.difference == pytest.approx(maps.maps.sum(dtype=float), abs=1e-4)
    assert maps.scale == other.maps["integrated"].scale, "the colours say the same"
    covered = other.check_known(lambda *step: told.append(step))
    assert told and other.checks[KNOWN_CHECK] is covered
