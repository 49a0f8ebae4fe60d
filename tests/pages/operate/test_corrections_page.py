"""Corrections through ``app.py``: said on a reading's page, shown, decided singly or together."""

import pytest
from streamlit.testing.v1 import AppTest

from arncnn.store import LOCAL_USER, Actor, Role, Store
from tests.pages.operate.acting import button, made_case, open_page, texts
from tests.store.made_up import new_case


def test_a_correction_is_shown_with_who_said_what_and_approved(app: AppTest, store: Store) -> None:
    case = made_case(store)
    store.corrections.submit(LOCAL_USER, case.id, label="Hand", note="five fingers")
    other = Actor("second@example.org", frozenset({Role.CLINICIAN}))
    store.corrections.submit(other, case.id, label="HeadCT")
    shown = texts(open_page(app, "corrections"))
    assert "People disagree" in shown and "five fingers" in shown
    assert "wrong, it is Hand X-ray" in shown
    button(app, "Approve").click().run()
    approved, _ = store.corrections.queue(LOCAL_USER, state="approved")
    assert [o.case.id for o in approved] == [case.id]


def test_what_people_wrote_is_shown_as_they_wrote_it(app: AppTest, store: Store) -> None:
    case = made_case(store)
    store.corrections.submit(LOCAL_USER, case.id, label="Hand", note="![](http://a.example/b.png)")
    shown = texts(open_page(app, "corrections"))
    assert "b\\.png" in shown
    assert "![" not in shown and "](" not in shown, "a note must fetch no picture and make no link"


def test_a_press_on_a_word_that_was_changed_meanwhile_decides_nothing(
    app: AppTest, store: Store
) -> None:
    case = made_case(store)
    store.corrections.submit(LOCAL_USER, case.id, label="Hand")
    open_page(app, "corrections")
    store.corrections.submit(LOCAL_USER, case.id, label="HeadCT")
    button(app, "Approve").click().run()
    assert not app.exception
    assert "wrong, it is Head CT" in texts(app)
    (now,) = store.corrections.of_case(LOCAL_USER, case.id).corrections
    assert now.state == "pending"


def test_all_that_is_agreed_on_is_approved_at_once_and_what_is_not_is_left(
    app: AppTest, store: Store
) -> None:
    agreed = [made_case(store, number) for number in (1, 2, 3)]
    disputed = made_case(store, 4)
    for case in (*agreed, disputed):
        store.corrections.submit(LOCAL_USER, case.id, label="Hand")
    other = Actor("second@example.org", frozenset({Role.CLINICIAN}))
    store.corrections.submit(other, disputed.id, label="HeadCT")
    open_page(app, "corrections")
    button(app, "Approve 3 corrections").click().run()
    assert not app.exception
    approved, _ = store.corrections.queue(LOCAL_USER, state="approved")
    assert {o.case.id for o in approved} == {case.id for case in agreed}
    assert {c.weight for o in approved for c in o.corrections} == {20.0}
    waiting, _ = store.corrections.queue(LOCAL_USER, state="pending")
    assert [o.case.id for o in waiting] == [disputed.id]


def _form(case_id: str, answer: str | None = None) -> None:
    from arncnn.store import LOCAL_USER
    from pages.ui import caches
    from pages.ui.scan import correction_form

    found = caches.store().cases.get(LOCAL_USER, case_id)
    correction_form.show(
        LOCAL_USER, found, ("CXR", "Hand"), answer=answer or found.label, key="form"
    )


def test_a_reading_is_corrected_from_its_own_page(app: AppTest, store: Store) -> None:
    case = made_case(store)
    form = AppTest.from_function(_form, args=(case.id,), default_timeout=120).run()
    form.radio[0].set_value("Hand")
    form.text_area[0].set_value("five fingers")
    button(form, "Send").click().run()
    assert not form.exception and not form.error
    said = store.corrections.of_case(LOCAL_USER, case.id).corrections[0]
    assert (said.label, said.is_right, said.note) == ("Hand", False, "five fingers")


@pytest.mark.parametrize(
    ("label", "pressed", "said"),
    [
        ("CXR", "Yes, right", ("CXR", True)),
        ("CXR", "Hand X-ray", ("Hand", False)),
        ("CXR", "None of these", (None, False)),
        (None, "Yes, right: none of these", (None, True)),
        (None, "Chest X-ray", ("CXR", False)),
    ],
)
def test_what_a_scan_shows_is_said_with_one_press_and_taken_back_with_another(
    app: AppTest, store: Store, label: str | None, pressed: str, said: tuple[str | None, bool]
) -> None:
    verdict = "accept" if label else "refuse"
    case = store.cases.add(LOCAL_USER, new_case(label=label, reading_verdict=verdict))
    form = AppTest.from_function(_form, args=(case.id,), default_timeout=120).run()
    button(form, pressed).click().run()
    assert not form.exception and not form.error
    (own,) = store.corrections.of_case(LOCAL_USER, case.id).corrections
    assert (own.label, own.is_right) == said
    button(form, "Withdraw it").click().run()
    assert not form.exception and not form.error
    assert store.corrections.of_case(LOCAL_USER, case.id).corrections == ()


def test_nothing_is_noted_before_an_answer_is_chosen(app: AppTest, store: Store) -> None:
    case = made_case(store)
    form = AppTest.from_function(_form, args=(case.id,), default_timeout=120).run()
    button(form, "Send").click().run()
    assert "Choose what the scan shows" in form.error[0].value
    assert store.corrections.of_case(LOCAL_USER, case.id).corrections == ()


def test_what_is_said_anew_closes_the_form_too(app: AppTest, store: Store) -> None:
    case = made_case(store)
    form = AppTest.from_function(_form, args=(case.id,), default_timeout=120).run()
    for answer in ("Hand", "none"):
        form.radio[0].set_value(answer)
        button(form, "Send").click().run()
        assert form.radio[0].value is None
    assert "You said: none of these (pending)" in texts(form)


def test_another_models_answer_is_not_what_is_called_right(app: AppTest, store: Store) -> None:
    case = made_case(store)
    form = AppTest.from_function(_form, args=(case.id, "Hand"), default_timeout=120).run()
    assert not any(option.startswith("Right: ") for option in form.radio[0].options)
    assert "Chest X-ray, as paper-1 read it" in form.radio[0].options
    form.radio[0].set_value("right")
    button(form, "Send").click().run()
    assert "You said: Chest X-ray (pending)" in texts(form)


def _note(case_id: str, answer: str) -> None:
    from arncnn.store import LOCAL_USER
    from pages.ui import caches
    from pages.ui.shared import correction_note

    correction_note.show(LOCAL_USER, caches.store().cases.get(LOCAL_USER, case_id), answer)


def test_others_see_that_a_reading_was_corrected(app: AppTest, store: Store) -> None:
    case = made_case(store)

    def shown(answer: str = "CXR") -> str:
        note = AppTest.from_function(_note, args=(case.id, answer), default_timeout=120).run()
        app.switch_page("pages/scan/worklist.py").run()
        assert not note.exception and not app.exception
        notes = app.dataframe[0].value.get("Notes", [""])
        said = "".join(element.value for element in note.warning).replace("\\", "")
        return f"{said}|{notes[0]}"

    assert shown() == "|"
    said = store.corrections.submit(LOCAL_USER, case.id, label="Hand")
    assert "Corrected to Hand X-ray, not decided yet." in shown()
    assert shown().endswith("|said to be Hand X-ray")
    store.corrections.review(LOCAL_USER, said.id, approve=True)
    assert "Corrected: it shows Hand X-ray" in shown()
    assert shown().endswith("|corrected: Hand X-ray")
    assert shown("Hand").startswith("|"), "another model answers as the people do"
    store.corrections.review(LOCAL_USER, said.id, approve=False)
    assert shown() == "|"
