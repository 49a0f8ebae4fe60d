"""What the viewer shows of a case after a restart: every value as it was decoded."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from arncnn.cases import viewed_scan
from arncnn.cases.service import CaseService
from arncnn.errors import StoreError
from arncnn.figures import viewer_pixels
from arncnn.store import LOCAL_USER, Store
from arncnn.uploads.spool import Given
from tests import untrained_model
from tests.intake import made


@pytest.fixture
def service(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ARNCNN_MODEL", str(untrained_model.build(tmp_path / "model").folder))
    store = Store.open()
    yield CaseService(store)
    store.close()


@pytest.mark.parametrize("is_open", [True, False])
def test_after_a_restart_the_viewer_gets_the_values_that_were_decoded(
    service: CaseService, is_open: bool
) -> None:
    header = {"PixelSpacing": ["0.5", "0.25"], "ImageOrientationPatient": [*"100", *"00", "-1"]}
    film = np.random.default_rng(0).integers(0, 4096, (1100, 1200), dtype=np.uint16)
    windowed = {"WindowCenter": "2000", "WindowWidth": "900", **header}
    frames = np.stack([made.ramp(high=4000 - frame) for frame in range(3)])
    given = (
        made.dicom(film, Modality="DX", SeriesInstanceUID="1.2.3.7", **windowed),
        made.dicom(frames, RescaleSlope="2", RescaleIntercept="-1024", **header),
        made.dicom(made.ramp(), RescaleSlope="0.3", Modality="MR"),
    )
    files = [Given(BytesIO(each), f"{n}.dcm", len(each)) for n, each in enumerate(given)]
    upload = service.accept(LOCAL_USER, files)
    while service.read_next(LOCAL_USER, upload):
        pass
    again = CaseService(service.store)
    for case_id in upload.case_ids:
        before = viewed_scan.of_case(service, LOCAL_USER, case_id)
        if is_open:
            again.open(LOCAL_USER, case_id)
        after = viewed_scan.of_case(again, LOCAL_USER, case_id)
        assert np.array_equal(after.pixels, before.pixels)
        assert viewer_pixels.of_scan(after) == viewer_pixels.of_scan(before)
    service.delete(LOCAL_USER, upload.case_ids)
    assert list(service.store.blobs.names()) == [], "what is kept goes with its case"


def test_another_frame_is_never_the_one_that_was_read(service: CaseService) -> None:
    frames = np.stack([made.ramp(40, 48) + 100 * number for number in range(3)])
    content = made.dicom(frames)
    upload = service.accept(LOCAL_USER, [Given(BytesIO(content), "cine.dcm", len(content))])
    service.read_next(LOCAL_USER, upload)
    (case_id,) = upload.case_ids
    assert (viewed_scan.of_case(service, LOCAL_USER, case_id, frame=2).pixels == frames[2]).all()
    again = CaseService(service.store)  # where the file is not at hand
    for _ in ("closed", "opened from the store"):
        read = viewed_scan.of_case(again, LOCAL_USER, case_id, frame=1)
        assert (read.pixels == frames[1]).all()
        with pytest.raises(StoreError, match="Only frame 2 of this file is kept"):
            viewed_scan.of_case(again, LOCAL_USER, case_id, frame=2)
        again.open(LOCAL_USER, case_id)
