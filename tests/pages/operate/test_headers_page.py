"""Page *Headers* with real readings of drawn phantoms whose headers state another body part."""

import csv
import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from arncnn import config
from arncnn.cases.service import CaseService
from arncnn.intake import Item, open_bytes
from arncnn.jobs import single
from arncnn.samples.phantom_dicom import radiograph
from arncnn.store import LOCAL_USER, Role, Store
from arncnn.store.case import Case
from pages.ui import upload_queue
from tests.pages.operate.acting import enter, keep_downloads, texts
from tests.store.made_up import new_case

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = config.ASSETS / "samples"


@pytest.fixture
def app(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    st.cache_resource.clear()
    st.cache_data.clear()
    monkeypatch.setattr(upload_queue, "get_model_ready", lambda: None)
    monkeypatch.setattr(single, "ensure_supervised", lambda store: False)
    yield AppTest.from_file(str(ROOT / "app.py"), default_timeout=240)
    st.cache_resource.clear()


@pytest.fixture
def kept(app: AppTest) -> Iterator[tuple[Store, list[Case]]]:
    """A chest X-ray that says HAND, a hand that says CHEST and one that says so rightly."""
    store = Store.open()
    service = CaseService(store)
    cases = []
    for name, stated in (("CXR", "HAND"), ("Hand", "CHEST"), ("Hand", "HAND")):
        content = radiograph(SAMPLES / f"{name}.png", body_part=stated)
        item = Item(f"{name}.dcm", partial(open_bytes, content))
        cases.append(service.read(LOCAL_USER, item).case)
    assert [case.header_verdict for case in cases] == ["disagree", "disagree", "agree"]
    yield store, cases
    store.close()


def _open(app: AppTest) -> AppTest:
    app.switch_page("pages/operate/headers.py").run()
    assert not app.exception and not app.error
    return app


def _press(app: AppTest, words: str, number: int = 0) -> None:
    [button for button in app.button if words in button.label][number].click().run()
    assert not app.exception and not app.error


def test_groups_are_confirmed_rejected_and_exported_and_one_is_left_out(
    app: AppTest, kept: tuple[Store, list[Case]], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, (chest, hand, _) = kept
    text = texts(_open(app)).replace("\\", "")
    assert "Header: **DX, HAND** → pixels: **Chest X-ray**" in text
    assert "Suggested Body Part Examined: `CHEST` (816094009, SCT, “Chest”)." in text
    assert "Header: **DX, CHEST** → pixels: **Hand X-ray**" in text
    assert len(app.get("image")) == 2

    boxes = [box for box in app.checkbox if box.label == "Leave out"]
    place = next(number for number, box in enumerate(boxes) if chest.id in box.key)
    boxes[place].check().run()
    confirm = [button for button in app.button if button.label.startswith("Confirm")]
    assert [button.disabled for button in confirm].count(True) == 1

    _press(app, "Confirm: pixels are right (1 shown)")
    assert "1 case confirmed" in texts(app)
    assert store.headers.groups(LOCAL_USER).total == 1
    downloads = keep_downloads(monkeypatch)
    app.button_group(key="header_state").set_value("confirmed").run()
    assert not app.exception
    made = downloads["Suggested values as CSV"]
    (line,) = csv.DictReader(io.StringIO(str(made())))
    assert (line["case_id"], line["suggested_body_part_examined"]) == (hand.id, "HAND")
    assert line["code_value"] == "85562004"

    _press(app, "Reject: header is right")  # a decision can be changed
    assert "Nothing has been confirmed yet" in texts(app)
    assert store.headers.groups(LOCAL_USER, state="rejected").groups[0].label == "Hand"


def test_who_may_not_decide_sees_why_and_nothing_can_be_ticked(app: AppTest) -> None:
    store = Store.open()
    header = {"modality": "DX", "body_part": "hand", "verdict": "disagree"}
    stated = {"Modality": "DX", "BodyPartExamined": "HAND"}
    store.cases.add(LOCAL_USER, new_case(attributes=stated, reading_header=header))
    enter(app, store, Role.VIEWER)
    store.close()
    _open(app)
    buttons = [button for button in app.button if button.label.startswith(("Confirm", "Reject"))]
    assert buttons and all(button.disabled for button in buttons)
    assert "needs the role clinician or approver" in buttons[0].help
    assert not app.checkbox


def test_an_empty_queue_says_what_would_be_in_it(app: AppTest) -> None:
    text = texts(_open(app))
    assert "No header to decide on" in text
    assert "No header is changed" in text
