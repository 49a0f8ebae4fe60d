"""What can be done with what was read: windows, order, totals, export, deletion, retention."""

import io
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from arncnn.cases import training_match
from arncnn.store import LOCAL_USER, Store
from arncnn.store.audit import AuditFilter
from pages.ui import upload_queue
from tests.intake import made
from tests.store.made_up import new_case

ROOT = Path(__file__).resolve().parent.parent.parent
_DICOM = "application/dicom"


def _disc(*files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, content in enumerate(files):
            archive.writestr(str(number), content)
    return out.getvalue()


def _give(app: AppTest, content: bytes) -> AppTest:
    app.file_uploader[0].set_value([("given", content, _DICOM)]).run()
    assert not app.exception
    return app


def _worklist(app: AppTest) -> AppTest:
    app.switch_page("pages/scan/worklist.py").run()
    assert not app.exception
    return app


def _press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label.startswith(label)).click().run()
    assert not app.exception


def _tick(app: AppTest, row: int, *, table: int = 0) -> None:
    """Tick a row of a table as a browser does: by its place."""
    key = app.dataframe[table].proto.id.split("-", 2)[2]
    app.session_state[key] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    app.run()
    assert not app.exception


def _shown(app: AppTest) -> str:
    """The address of the picture in view, made of its content."""
    return app.get("image")[0].proto.imgs[0].url


def _ct(rows: int, **elements: object) -> bytes:
    return made.dicom(
        made.ramp(rows, 48),
        RescaleSlope="1",
        RescaleIntercept="-1024",
        SeriesInstanceUID=f"1.2.{rows}",
        **elements,
    )


def _windows(app: AppTest):
    return next(box for box in app.selectbox if box.label == "Display window")


def test_the_tick_of_the_view_that_decided_cannot_stand_on_a_line_of_its_own(app: AppTest) -> None:
    _give(app, _ct(40))
    ticked = [element.value for element in app.caption if "✓" in element.value]
    assert len(ticked) == 1
    assert "**\u00a0✓  \n" in ticked[0]


def test_a_ct_offers_its_windows_and_a_slider_of_its_own(app: AppTest) -> None:
    _give(app, _ct(40, WindowCenter="50", WindowWidth="350"))
    windows = _windows(app)
    assert windows.options == [
        "From file: 50 / 350 HU",
        "Soft tissue",
        "Bone and contrast",
        "Own window",
    ]
    pictures = {windows.options[0]: _shown(app)}
    for place, name in enumerate(windows.options):
        _windows(app).select_index(place).run()
        assert not app.exception
        pictures[name] = _shown(app)
    (slider,) = [slider for slider in app.slider if slider.label.endswith("in HU")]
    assert slider.min >= -1024
    slider.set_value((slider.min, (slider.min + slider.max) / 2)).run()
    assert not app.exception
    pictures["moved"] = _shown(app)
    assert len(set(pictures.values())) == len(pictures), "two windows look the same"


def test_a_ct_of_one_even_value_is_shown_whichever_window_is_chosen(app: AppTest) -> None:
    even = made.dicom(np.full((40, 48), 1000, np.uint16), RescaleSlope="1", RescaleIntercept="-990")
    _give(app, even)
    for place in range(len(_windows(app).options)):
        _windows(app).select_index(place).run()
        assert not app.exception
        assert _shown(app)
        assert not [slider for slider in app.slider if slider.label.endswith("in HU")]


@pytest.mark.parametrize(
    ("match", "words"), [("exact", "This very picture"), ("near", "near-twin")]
)
def test_a_scan_that_the_model_learnt_from_says_so(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, match: str, words: str
) -> None:
    monkeypatch.setattr(training_match.TrainingImages, "match", lambda *_: match)
    _give(app, _ct(40))
    assert any(words in info.value and "little about" in info.value for info in app.info)
    notes = _worklist(app).dataframe[0].value["Notes"].iloc[0]
    assert ("near-twin" if match == "near" else "in the training set") in notes


def test_the_worklist_is_ordered_counted_and_taken_away(app: AppTest) -> None:
    parts = ("CHEST", "CHEST", "HAND")
    scans = [
        _ct(40 + number, BodyPartExamined=part, Manufacturer="ACME", ManufacturerModelName="One")
        for number, part in enumerate(parts)
    ]
    _give(app, _disc(*scans))
    _worklist(app)
    rows, by_scanner, by_part = (table.value for table in app.dataframe[:3])
    assert list(rows["Body part"].str.upper()) == ["HAND", "CHEST", "CHEST"]
    assert by_scanner[["Scanner", "Cases"]].values.tolist() == [["ACME One", 3]]
    assert sorted(by_part["Cases"]) == [1, 2]
    next(box for box in app.selectbox if box.label == "Order").set_value("oldest").run()
    assert list(app.dataframe[0].value["Body part"].str.upper()) == ["CHEST", "CHEST", "HAND"]
    names = {button.proto.label for button in app.get("download_button")}
    assert {"Export CSV", "Export JSON"} <= names


def test_what_has_not_been_read_is_left_out_after_cancelling(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_queue, "carry_on", lambda *_: None)
    _give(app, _disc(_ct(40), _ct(41), _ct(42)))
    _worklist(app)
    assert any("Read 0 of 3 files" in bar.proto.text for bar in app.get("progress"))
    next(button for button in app.button if button.label == "Cancel").click().run()
    assert not app.exception
    told = "3 files: 0 read, 3 left out after cancelling."
    assert any(told in text.value for text in app.markdown)


def test_a_chosen_case_is_deleted_with_its_pixels_and_its_file(app: AppTest, home: Path) -> None:
    content = _ct(40)
    _give(app, content)
    files = [path for path in home.rglob("*") if path.is_file()]
    assert not any(content in path.read_bytes() for path in files), "it has no other frame"
    store = Store.open()
    (case,) = store.cases.list(LOCAL_USER).cases
    app.session_state["case_id"] = case.id
    _worklist(app)
    _tick(app, 0)
    _press(app, "Delete this case")
    assert not app.exception
    assert any(f"Case {case.id[:6]} was deleted." in info.value for info in app.info)
    assert any("No case yet" in text.value for text in app.markdown)
    assert list(store.blobs.names()) == []
    files = [path for path in home.rglob("*") if path.is_file()]
    assert not any(content in path.read_bytes() for path in files)
    assert "case.delete" in "".join(store.audit.csv(LOCAL_USER))


def test_a_tick_stays_with_its_case_when_another_comes_in_above(app: AppTest) -> None:
    _give(app, _ct(40))
    store = Store.open()
    (ticked,) = store.cases.list(LOCAL_USER).cases
    _worklist(app)
    _tick(app, 0)
    new = store.cases.add(LOCAL_USER, new_case(4, label="Hand"))
    _press(app, "Delete this case")
    assert not app.exception
    assert store.cases.list(LOCAL_USER).cases == (new,), "the case that was ticked goes"
    assert any(f"Case {ticked.id[:6]} was deleted." in info.value for info in app.info)


def test_what_was_ticked_and_is_gone_is_not_opened_in_another_case_place(app: AppTest) -> None:
    _give(app, _disc(_ct(40), _ct(41)))
    store = Store.open()
    _worklist(app)
    _tick(app, 0)
    ticked = app.session_state["case_id"]
    store.cases.delete(LOCAL_USER, ticked)
    next(button for button in app.button if button.label == "Open reading").click().run()
    assert not app.exception
    assert any("<h1>Worklist</h1>" in element.proto.body for element in app.get("html"))
    assert next(button for button in app.button if button.label == "Open reading").disabled


def test_the_files_of_ones_own_upload_are_found_by_their_names(app: AppTest) -> None:
    _give(app, _ct(60))
    _give(app.switch_page("pages/scan/upload.py").run(), _disc(_ct(40), _ct(40), _ct(41)))
    _worklist(app)
    assert len(app.dataframe[0].value) == 3
    named = ["0 · given!, 1 · given!", "2 · given!"]
    assert sorted(app.dataframe[0].value["Name"]) == [*named, "given"]
    app.toggle(key="filter_upload").set_value(True).run()
    assert not app.exception
    assert sorted(app.dataframe[0].value["Name"]) == named


def test_names_are_pseudonyms_where_the_session_that_gave_the_file_is_over(app: AppTest) -> None:
    _give(app, _ct(60, StudyInstanceUID="1.2.3"))
    (case,) = Store.open().cases.list(LOCAL_USER).cases
    fresh = AppTest.from_file(str(ROOT / "app.py"), default_timeout=280).run()
    row = _worklist(fresh).dataframe[0].value.iloc[0]
    assert row["Name"] == f"Case {case.id[:6]}"
    assert (f"Study {row['Study']}", f"Series {row['Series']}") == (case.study, case.series)
    assert len(row["Study"]) == 6
    fresh.switch_page("pages/scan/probabilities.py").run()
    assert not fresh.exception
    (picker,) = (box for box in fresh.selectbox if box.label == "Case")
    assert f"Case {case.id[:6]} · {case.study} · {case.series} · {case.answer}" in picker.options[0]


def test_a_press_on_a_row_opens_its_reading(app: AppTest) -> None:
    _give(app, _disc(_ct(40), _ct(41)))
    _worklist(app)
    expected = Store.open().series.list(LOCAL_USER, order="review_first").lines[1].case.id
    key = app.dataframe[0].proto.id.split("-", 2)[2]
    pressed = {"rows": [], "columns": [], "cells": [(1, "Verdict")]}
    app.session_state[key] = {"selection": pressed}
    app.run()
    assert not app.exception
    assert any("<h1>Reading</h1>" in element.proto.body for element in app.get("html"))
    assert app.session_state["case_id"] == expected
    buttons = {each.label: each for each in app.button}
    assert not buttons["Previous"].disabled and buttons["Next"].disabled
    buttons["Previous"].click().run()
    assert not app.exception
    assert app.session_state["case_id"] != expected


def test_many_are_confirmed_or_corrected_at_once(app: AppTest) -> None:
    _give(app, _disc(*(_ct(40 + number) for number in range(3))))
    _worklist(app)
    store = Store.open()
    key = app.dataframe[0].proto.id.split("-", 2)[2]
    app.session_state[key] = {"selection": {"rows": [0, 1, 2], "columns": [], "cells": []}}
    app.run()
    _press(app, "Hand X-ray")
    cases = [case.id for case in store.cases.list(LOCAL_USER).cases]
    said = store.corrections.by_case(LOCAL_USER, cases)
    assert [said[case][0].label for case in cases] == ["Hand"] * 3
    assert any("Noted of 3 cases, as Hand X-ray." in info.value for info in app.info)
    notes = list(app.dataframe[0].value["Notes"])
    assert all("said to be" in note for note in notes)


def test_the_list_counts_verdicts_and_doubts_as_the_reading_does(app: AppTest) -> None:
    store = Store.open()
    doubted = {"reading_verdict": "review", "reading_reasons": ["Improbable."]}
    store.cases.add(LOCAL_USER, new_case(1, label="BreastMRI", **doubted), now=1.0)
    store.cases.add(LOCAL_USER, new_case(2, label="Hand"), now=2.0)
    _worklist(app)
    classes = list(app.dataframe[0].value["Class"])
    assert classes == ["Unclear, likeliest Breast MRI", "Hand X-ray"], "needs review comes first"
    counts = next(e.proto.body for e in app.get("html") if '<ul class="arn-counts' in e.proto.body)
    assert "<b>1</b> ▲ needs review" in counts and "<b>1</b> ● accepted" in counts


def test_a_file_that_was_read_before_says_so_and_opens(app: AppTest) -> None:
    content = _ct(40)
    _give(app, content)
    assert not any("read before" in info.value for info in app.info)
    (case,) = Store.open().cases.list(LOCAL_USER).cases
    _give(app.switch_page("pages/scan/upload.py").run(), content)
    assert any("This file was read before, on 20" in info.value for info in app.info)
    assert app.session_state["case_id"] == case.id
    _give(app.switch_page("pages/scan/upload.py").run(), _disc(content, _ct(41)))
    _worklist(app)
    assert any("1 file of this upload had been read before" in c.value for c in app.caption)


def test_a_lost_thumbnail_leaves_the_worklist_and_its_case_can_be_deleted(app: AppTest) -> None:
    _give(app, _ct(40))
    store = Store.open()
    (case,) = store.cases.list(LOCAL_USER).cases
    store.blobs.delete(case.thumbnail_sha256)
    st.cache_data.clear()
    _worklist(app)
    assert list(app.dataframe[0].value["Scan"]) == [""]
    _tick(app, 0)
    _press(app, "Delete this case")
    assert store.cases.list(LOCAL_USER).total == 0


def test_a_chosen_series_is_deleted_whole_when_asked_for(app: AppTest) -> None:
    slices = [
        made.dicom(made.ramp(40 + number, 48), SeriesInstanceUID="1.2.3") for number in range(3)
    ]
    _give(app, _disc(*slices, _ct(50)))
    _worklist(app)
    notes = list(app.dataframe[0].value["Notes"])
    place = next(row for row, note in enumerate(notes) if note == "series: 3 of 3 slices")
    _tick(app, place)
    deletions = [button.label for button in app.button if button.label.startswith("Delete ")]
    assert deletions == ["Delete all 3 slices of the series"], "nobody ticked a slice"
    _tick(app, 1, table=1)
    assert any(button.label.startswith("Delete this slice, ") for button in app.button)
    _press(app, "Delete all 3 slices")
    assert not app.exception
    assert any("A series of 3 slices was deleted." in info.value for info in app.info)
    assert Store.open().cases.list(LOCAL_USER).total == 1


def test_the_retention_setting_is_kept_by_the_dashboard(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    _give(app, _ct(40))
    store = Store.open()
    monkeypatch.setenv("ARNCNN_RETENTION_DAYS", "30")
    st.cache_resource.clear()  # as if started anew; else asked once an hour
    _worklist(app)
    assert store.cases.list(LOCAL_USER).total == 1
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 31 * 86_400)
    st.cache_resource.clear()
    app.run()
    assert not app.exception
    assert store.cases.list(LOCAL_USER).total == 0
    (line,) = store.audit.entries(LOCAL_USER, AuditFilter(action="case.expire")).entries
    assert line.actor == "retention", "nobody at the screen deleted it"
    monkeypatch.setenv("ARNCNN_RETENTION_DAYS", "soon")
    st.cache_resource.clear()
    app.run()
    assert any("ARNCNN_RETENTION_DAYS must be a number" in error.value for error in app.error)
