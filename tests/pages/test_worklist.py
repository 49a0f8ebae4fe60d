"""What can be done with what was read: windows, order, totals, export, deletion, retention."""

import time
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from arncnn.store import LOCAL_USER, Store
from arncnn.store.audit import AuditFilter
from arncnn.store.source import SourceSettings
from pages.ui import upload_queue
from tests.intake import made
from tests.pages import whole_tables
from tests.pages.worklist_steps import ct, disc, give, press, tick, worklist
from tests.store.made_up import new_case

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_worklist_is_ordered_counted_and_taken_away(app: AppTest) -> None:
    parts = ("CHEST", "CHEST", "HAND")
    scans = [
        ct(40 + number, BodyPartExamined=part, Manufacturer="ACME", ManufacturerModelName="One")
        for number, part in enumerate(parts)
    ]
    give(app, disc(*scans))
    worklist(app)
    (rows,), (by_scanner, by_part) = app.dataframe, whole_tables.of(app)
    assert list(rows.value["Body part"].str.upper()) == ["HAND", "CHEST", "CHEST"]
    assert by_scanner[["Scanner", "Cases"]].values.tolist() == [["ACME One", "3"]]
    assert sorted(by_part["Cases"]) == ["1", "2"]
    next(box for box in app.selectbox if box.label == "Order").set_value("oldest").run()
    assert list(app.dataframe[0].value["Body part"].str.upper()) == ["CHEST", "CHEST", "HAND"]
    names = {button.proto.label for button in app.get("download_button")}
    assert {"Export CSV", "Export JSON"} <= names


def test_clearing_the_filters_clears_every_one_of_them(app: AppTest) -> None:
    give(app, ct(40))
    settings = SourceSettings(ae_title="CT1", host="127.0.0.1")
    source = Store.open().sources.add(LOCAL_USER, "Scanner", settings)
    worklist(app)
    next(box for box in app.selectbox if box.label == "Source").set_value(source.id).run()
    assert any("No case matches" in text.value for text in app.markdown)
    press(app, "Clear the filters")
    assert len(app.dataframe[0].value) == 1
    chosen = {box.label: box.value for box in app.selectbox if box.label != "Order"}
    assert set(chosen) == {"Verdict", "Header", "Class", "Source"}
    assert set(chosen.values()) == {None}


def test_what_has_not_been_read_is_left_out_after_cancelling(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_queue, "carry_on", lambda *_: None)
    give(app, disc(ct(40), ct(41), ct(42)))
    worklist(app)
    assert any("Read 0 of 3 files" in bar.proto.text for bar in app.get("progress"))
    next(button for button in app.button if button.label == "Cancel").click().run()
    assert not app.exception
    told = "3 files: 0 read, 3 left out after cancelling."
    assert any(told in text.value for text in app.markdown)


def test_a_chosen_case_is_deleted_with_its_pixels_and_its_file(app: AppTest, home: Path) -> None:
    content = ct(40)
    give(app, content)
    files = [path for path in home.rglob("*") if path.is_file()]
    assert not any(content in path.read_bytes() for path in files), "it has no other frame"
    store = Store.open()
    (case,) = store.cases.list(LOCAL_USER).cases
    app.session_state["case_id"] = case.id
    worklist(app)
    tick(app, 0)
    press(app, "Delete this case")
    assert not app.exception
    assert any(f"Case {case.id[:6]} was deleted." in info.value for info in app.info)
    assert any("No case yet" in text.value for text in app.markdown)
    assert list(store.blobs.names()) == []
    files = [path for path in home.rglob("*") if path.is_file()]
    assert not any(content in path.read_bytes() for path in files)
    assert "case.delete" in "".join(store.audit.csv(LOCAL_USER))


def test_a_tick_stays_with_its_case_when_another_comes_in_above(app: AppTest) -> None:
    give(app, ct(40))
    store = Store.open()
    (ticked,) = store.cases.list(LOCAL_USER).cases
    worklist(app)
    tick(app, 0)
    new = store.cases.add(LOCAL_USER, new_case(4, label="Hand"))
    press(app, "Delete this case")
    assert not app.exception
    assert store.cases.list(LOCAL_USER).cases == (new,), "the case that was ticked goes"
    assert any(f"Case {ticked.id[:6]} was deleted." in info.value for info in app.info)


def test_what_was_ticked_and_is_gone_is_not_opened_in_another_case_place(app: AppTest) -> None:
    give(app, disc(ct(40), ct(41)))
    store = Store.open()
    worklist(app)
    tick(app, 0)
    ticked = app.session_state["case_id"]
    store.cases.delete(LOCAL_USER, ticked)
    next(button for button in app.button if button.label == "Open reading").click().run()
    assert not app.exception
    assert any("<h1>Worklist</h1>" in element.proto.body for element in app.get("html"))
    assert next(button for button in app.button if button.label == "Open reading").disabled


def test_the_files_of_ones_own_upload_are_found_by_their_names(app: AppTest) -> None:
    give(app, ct(60))
    give(app.switch_page("pages/scan/upload.py").run(), disc(ct(40), ct(40), ct(41)))
    worklist(app)
    assert len(app.dataframe[0].value) == 3
    named = ["0 · given!, 1 · given!", "2 · given!"]
    assert sorted(app.dataframe[0].value["Name"]) == [*named, "given"]
    app.toggle(key="filter_upload").set_value(True).run()
    assert not app.exception
    assert sorted(app.dataframe[0].value["Name"]) == named


def test_names_are_pseudonyms_where_the_session_that_gave_the_file_is_over(app: AppTest) -> None:
    give(app, ct(60, StudyInstanceUID="1.2.3"))
    (case,) = Store.open().cases.list(LOCAL_USER).cases
    fresh = AppTest.from_file(str(ROOT / "app.py"), default_timeout=280).run()
    row = worklist(fresh).dataframe[0].value.iloc[0]
    assert row["Name"] == f"Case {case.id[:6]}"
    assert (f"Study {row['Study']}", f"Series {row['Series']}") == (case.study, case.series)
    assert len(row["Study"]) == 6
    fresh.switch_page("pages/scan/probabilities.py").run()
    assert not fresh.exception
    (picker,) = (box for box in fresh.selectbox if box.label == "Case")
    assert f"Case {case.id[:6]} · {case.study} · {case.series} · {case.answer}" in picker.options[0]
    assert picker.options[0].count(case.id[:6]) == 1


def test_the_cell_that_the_focus_chooses_by_itself_opens_nothing(app: AppTest) -> None:
    give(app, disc(ct(40), ct(41)))
    worklist(app)
    assert list(app.dataframe[0].value["No."]) == [1, 2]
    key = app.dataframe[0].proto.id.split("-", 2)[2]
    app.session_state[key] = {"selection": {"rows": [], "columns": [], "cells": [(0, "No.")]}}
    app.run()
    assert not app.exception
    assert any("<h1>Worklist</h1>" in element.proto.body for element in app.get("html"))


def test_a_press_on_a_row_opens_its_reading(app: AppTest) -> None:
    give(app, disc(ct(40), ct(41)))
    worklist(app)
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
    give(app, disc(*(ct(40 + number) for number in range(3))))
    worklist(app)
    store = Store.open()
    key = app.dataframe[0].proto.id.split("-", 2)[2]
    app.session_state[key] = {"selection": {"rows": [0, 1, 2], "columns": [], "cells": []}}
    app.run()
    press(app, "Hand X-ray")
    cases = [case.id for case in store.cases.list(LOCAL_USER).cases]
    said = store.corrections.by_case(LOCAL_USER, cases)
    assert [said[case][0].label for case in cases] == ["Hand"] * 3
    assert any("Recorded for 3 cases, as Hand X-ray." in info.value for info in app.info)
    table = app.dataframe[0].value
    assert all("said to be" in note for note in table["Notes"])
    columns = list(table.columns)
    assert columns.index("Notes") == columns.index("Verdict") + 1, "seen on a small screen, too"


def test_the_list_counts_verdicts_and_doubts_as_the_reading_does(app: AppTest) -> None:
    store = Store.open()
    doubted = {"reading_verdict": "review", "reading_reasons": ["Improbable."]}
    store.cases.add(LOCAL_USER, new_case(1, label="BreastMRI", **doubted), now=1.0)
    store.cases.add(LOCAL_USER, new_case(2, label="Hand"), now=2.0)
    worklist(app)
    classes = list(app.dataframe[0].value["Class"])
    assert classes == ["Unclear, likeliest Breast MRI", "Hand X-ray"], "needs review comes first"
    counts = next(e.proto.body for e in app.get("html") if '<ul class="arn-counts' in e.proto.body)
    assert "<b>1</b> ▲ needs review" in counts and "<b>1</b> ● accepted" in counts


def test_a_file_that_was_read_before_says_so_and_opens(app: AppTest) -> None:
    content = ct(40)
    give(app, content)
    assert not any("read before" in info.value for info in app.info)
    (case,) = Store.open().cases.list(LOCAL_USER).cases
    give(app.switch_page("pages/scan/upload.py").run(), content)
    assert any("This file was read before, on 20" in info.value for info in app.info)
    assert app.session_state["case_id"] == case.id
    give(app.switch_page("pages/scan/upload.py").run(), disc(content, ct(41)))
    worklist(app)
    assert any("1 file of this upload had been read before" in c.value for c in app.caption)


def test_a_lost_thumbnail_leaves_the_worklist_and_its_case_can_be_deleted(app: AppTest) -> None:
    give(app, ct(40))
    store = Store.open()
    (case,) = store.cases.list(LOCAL_USER).cases
    store.blobs.delete(case.thumbnail_sha256)
    st.cache_data.clear()
    worklist(app)
    assert list(app.dataframe[0].value["Scan"]) == [""]
    tick(app, 0)
    press(app, "Delete this case")
    assert store.cases.list(LOCAL_USER).total == 0


def test_a_chosen_series_is_deleted_whole_when_asked_for(app: AppTest) -> None:
    slices = [
        made.dicom(made.ramp(40 + number, 48), SeriesInstanceUID="1.2.3") for number in range(3)
    ]
    give(app, disc(*slices, ct(50)))
    worklist(app)
    notes = list(app.dataframe[0].value["Notes"])
    place = next(row for row, note in enumerate(notes) if note == "series: 3 of 3 slices")
    tick(app, place)
    deletions = [button.label for button in app.button if button.label.startswith("Delete ")]
    assert deletions == ["Delete all 3 slices of the series"], "nobody ticked a slice"
    tick(app, 1, table=1)
    assert any(button.label.startswith("Delete this slice, ") for button in app.button)
    press(app, "Delete all 3 slices")
    assert not app.exception
    assert any("A series of 3 slices was deleted." in info.value for info in app.info)
    assert Store.open().cases.list(LOCAL_USER).total == 1


def test_which_slice_stands_for_a_series_is_said_as_the_series_counts_it(app: AppTest) -> None:
    slices = [
        made.dicom(made.ramp(40 + number, 48), SeriesInstanceUID="1.2.3", InstanceNumber=number)
        for number in (3, 1, 2)  # as the files came
    ]
    give(app, disc(*slices))
    worklist(app)
    tick(app, 0)
    (said,) = (each.value for each in app.caption if "Opened above" in each.value)
    assert "Opened above is slice 1, one of that class" in said
    assert "middle" not in said


def test_the_retention_setting_is_kept_by_the_dashboard(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(app, ct(40))
    store = Store.open()
    monkeypatch.setenv("ARNCNN_RETENTION_DAYS", "30")
    st.cache_resource.clear()  # as if started anew; else asked once an hour
    worklist(app)
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
