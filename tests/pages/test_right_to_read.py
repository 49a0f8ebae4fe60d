"""Who may not read scans is told so, is offered nothing that reads, and leaves no file behind."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec
from streamlit.testing.v1 import AppTest

from arncnn.errors import PermissionDenied
from arncnn.samples.catalogue import FOLDER, samples
from pages.ui import sign_in, upload_queue, workarounds
from tests.intake import made
from tests.store.made_up import ANNA, VERA

pytestmark = pytest.mark.attack

_NEEDED = "needs the role clinician or admin"


def _buttons(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def test_who_may_not_read_scans_is_told_so_and_offered_no_upload(
    dashboard: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "actor", lambda: VERA)
    dashboard.run()
    assert not dashboard.exception and not dashboard.error
    assert any(_NEEDED in info.value for info in dashboard.info)
    assert not dashboard.file_uploader
    assert not {sample.title for sample in samples()} & set(_buttons(dashboard))


def test_who_may_read_scans_is_offered_upload_and_samples(
    dashboard: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "actor", lambda: ANNA)
    dashboard.run()
    assert dashboard.file_uploader
    assert {sample.title for sample in samples()} <= set(_buttons(dashboard))


@pytest.mark.parametrize("kind", ["upload", "sample"])
def test_a_file_of_who_may_not_read_scans_never_reaches_the_disk(
    dashboard: AppTest, home: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    given = UploadedFile(UploadedFileRec("1", "a.dcm", "application/dicom", made.dicom()), None)
    forgotten: list[object] = []
    monkeypatch.setattr(workarounds, "free_memory_of", forgotten.extend)
    with pytest.raises(PermissionDenied, match=_NEEDED):
        if kind == "upload":
            upload_queue.take(VERA, [given])
        else:
            upload_queue.take_sample(VERA, samples()[0])
    assert [path for path in (home / "spool").rglob("*") if path.is_file()] == []
    assert forgotten == ([given] if kind == "upload" else []), "no memory is held for it either"


def test_who_may_not_read_scans_sees_which_frame_was_read_and_cannot_read_another(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = np.stack([np.roll(made.ramp(40, 48), 9 * number) for number in range(3)])
    content = made.dicom(frames)
    app.file_uploader[0].set_value([("cine", content, "application/dicom")]).run()
    assert "Read this frame" in _buttons(app)
    monkeypatch.setattr(sign_in, "actor", lambda: VERA)
    app.run()
    assert not app.exception
    assert "Read this frame" not in _buttons(app)
    assert "Frame 2 of 3." in [caption.value for caption in app.caption]


def _cell_of_the_data_set(actor) -> None:
    import numpy as np

    from arncnn.data import Dataset
    from arncnn.models.predictions import Predictions
    from pages.ui.model import cell_images

    labels, target = ("CXR", "Hand"), np.array([0])
    found = Predictions(labels, target, target, np.array([[2.0, 0.0]], np.float32), 1.0)
    images = np.zeros((1, 64, 64), np.uint8)
    dataset = Dataset(images, target, labels, ("CXR/1.jpeg",), "ab" * 32)
    cell_images.show_test_images(actor, found, dataset, key="cell")


def _cell_of_external_scans(actor) -> None:
    from pages.ui.model import cell_images

    row = {"path": "Hand.png", "predicted": "Hand", "probability": 0.6, "verdict": "review"}
    cell_images.show_external_scans(actor, [row], key="cell")


@pytest.mark.parametrize("cell", [_cell_of_the_data_set, _cell_of_external_scans])
def test_an_image_of_a_model_page_is_read_by_nobody_else(
    monkeypatch: pytest.MonkeyPatch, cell
) -> None:
    monkeypatch.setenv("ARNCNN_EXTERNAL", str(FOLDER))
    for actor, offered in ((ANNA, ["Evidence"]), (VERA, [])):
        app = AppTest.from_function(cell, args=(actor,), default_timeout=120).run()
        assert not app.exception and not app.error
        assert _buttons(app) == offered
        assert app.get("image"), "who may not read scans still sees them"
