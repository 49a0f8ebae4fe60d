"""Uploads through ``app.py``: quotas, what waits after a restart, frames, series."""

import io
import shutil
import traceback
import zipfile
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from streamlit.runtime.scriptrunner import (
    RerunData,
    RerunException,
    get_script_run_ctx,
)
from streamlit.testing.v1 import AppTest

from arncnn.store import LOCAL_USER, Store
from arncnn.store.case import Case
from arncnn.store.cases import Cases
from arncnn.uploads import spool
from arncnn.uploads.spool import Given, Spool
from pages.ui import caches
from tests.intake import made

DICOM = "application/dicom"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def app(dashboard: AppTest) -> AppTest:
    """The dashboard in an empty home, not yet run."""
    return dashboard


def _zipped(*files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, content in enumerate(files):
            archive.writestr(f"{number}.dcm", content)
    return out.getvalue()


def _spooled(home: Path) -> list[Path]:
    return [path for path in (home / "spool").rglob("*") if path.is_file()]


@pytest.mark.attack
def test_an_upload_over_its_quota_is_a_sentence_and_leaves_nothing_behind(
    app: AppTest, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.run()
    monkeypatch.setattr(spool, "MAX_UPLOAD_BYTES", 1000)
    files = [(f"{number}.dcm", made.dicom(), DICOM) for number in range(2)]
    app.file_uploader[0].set_value(files).run()
    assert not app.exception
    assert any("at once. Upload it in parts." in info.value for info in app.info)
    assert _spooled(home) == []
    monkeypatch.setattr(spool, "MAX_UPLOAD_BYTES", 1 << 20)
    monkeypatch.setattr(spool, "MAX_SESSION_BYTES", 1000)
    app.file_uploader[0].set_value(files).run()
    assert any("is the limit" in info.value for info in app.info)
    assert _spooled(home) == []


def test_from_the_page_to_the_kept_reading_the_call_crosses_into_the_core_once(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, rooms = Cases.add_all, []

    def noted(*given: object) -> Sequence[Case]:
        called = [Path(frame.filename) for frame in traceback.extract_stack()]
        inside = [path.relative_to(ROOT).parts[0] for path in called if ROOT in path.parents]
        rooms.append([room for room, _ in groupby(inside) if room in ("app.py", "pages", "arncnn")])
        return add(*given)

    monkeypatch.setattr(Cases, "add_all", noted)
    app.run()
    app.file_uploader[0].set_value([("scan.dcm", made.dicom(), DICOM)]).run()
    assert rooms == [["app.py", "pages", "arncnn"]]


def test_what_waited_at_a_restart_is_read_by_the_next_page_that_is_opened(
    app: AppTest, home: Path
) -> None:
    home.mkdir()
    slices = _zipped(*(made.dicom(made.ramp(40 + n, 48)) for n in range(2)), b"no scan at all")
    waiting = Spool().add(LOCAL_USER.name, [Given(io.BytesIO(slices), "disc.zip", len(slices))])
    waiting.record(None, "It was read before the restart.")
    del waiting
    app.run()
    app.switch_page("pages/scan/worklist.py").run()
    assert not app.exception
    assert any("3 files: 1 read, 2 not readable." in text.value for text in app.markdown)
    assert Store.open().cases.list(LOCAL_USER).total == 1


def test_why_a_file_was_refused_stays_while_an_older_upload_is_read(app: AppTest) -> None:
    app.run()
    app.file_uploader[0].set_value([("notes.dcm", b"no scan at all", DICOM)]).run()
    refused = [error.value for error in app.error]
    assert len(refused) == 1 and "could not be read" in refused[0]
    content = made.dicom()
    older = Given(io.BytesIO(content), "older.dcm", len(content))
    caches.cases().spool.add(LOCAL_USER.owner, [older])
    app.run()
    assert [error.value for error in app.error] == refused
    assert [toast.value for toast in app.toast] == ["1 file: 1 read."]
    assert Store.open().cases.list(LOCAL_USER).total == 1


def test_another_frame_of_a_file_is_read_as_a_case_of_its_own(app: AppTest) -> None:
    frames = np.stack([np.roll(made.ramp(40, 48), 9 * number) for number in range(5)])
    app.run()
    app.file_uploader[0].set_value([("cine", made.dicom(frames), DICOM)]).run()
    assert not app.exception
    (picker,) = [slider for slider in app.slider if slider.label.startswith("Frame or slice")]
    assert (picker.min, picker.max, picker.value) == (1, 5, 3)
    picker.set_value(5)
    next(button for button in app.button if button.label == "Read this frame").click().run()
    assert not app.exception
    store = Store.open()
    assert sorted(case.frame for case in store.cases.list(LOCAL_USER).cases) == [2, 4]
    assert store.cases.get(LOCAL_USER, app.session_state["case_id"]).frame == 4


@pytest.mark.parametrize("is_zipped", [False, True], ids=["alone", "in a ZIP"])
def test_no_other_frame_is_offered_once_the_upload_is_gone(
    app: AppTest, home: Path, is_zipped: bool
) -> None:
    frames = np.stack([np.roll(made.ramp(40, 48), 9 * number) for number in range(5)])
    content = made.dicom(frames)
    app.run()
    app.file_uploader[0].set_value([("cine", _zipped(content) if is_zipped else content, DICOM)])
    app.run()
    (picker,) = [slider for slider in app.slider if slider.label.startswith("Frame or slice")]
    (upload,) = (home / "spool").glob("*/*")
    shutil.rmtree(upload)
    picker.set_value(5)
    next(button for button in app.button if button.label == "Read this frame").click().run()
    assert not app.exception and not app.error
    assert not [slider for slider in app.slider if slider.label.startswith("Frame or slice")]
    said = "Frame 3 of 5. Upload the file again to read another one."
    assert said in [caption.value for caption in app.caption]


def test_the_slices_of_a_series_are_one_row_and_the_localiser_is_left_out(app: AppTest) -> None:
    scout = {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}
    slices = [made.dicom(made.ramp(40 + number, 48)) for number in range(3)]
    disc = _zipped(*slices, made.dicom(made.ramp(50, 48), **scout))
    app.run()
    app.file_uploader[0].set_value([("disc.zip", disc, "application/zip")]).run()
    app.switch_page("pages/scan/worklist.py").run()
    assert not app.exception
    rows = app.dataframe[0].value
    assert len(rows) == 1
    assert "of 3 slices, 1 localiser left out" in rows["Notes"].iloc[0]
    assert Store.open().cases.list(LOCAL_USER).total == 4


@pytest.mark.parametrize("is_before", [True, False], ids=["before", "after"])
def test_a_click_that_ends_the_run_around_the_copying_to_disk_loses_no_upload(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, is_before: bool
) -> None:
    add, clicks = Spool.add, []

    def interrupted(self: Spool, owner: str, given: list[Given]) -> spool.Upload:
        if clicks:
            return add(self, owner, given)
        clicks.append(owner)
        if not is_before:
            add(self, owner, given)
        here = get_script_run_ctx()
        raise RerunException(RerunData(page_script_hash=here.page_script_hash))

    monkeypatch.setattr(Spool, "add", interrupted)
    app.run()
    app.file_uploader[0].set_value([("scan.dcm", made.dicom(), DICOM)]).run()
    assert clicks and not app.exception
    assert Store.open().cases.list(LOCAL_USER).total == 1
