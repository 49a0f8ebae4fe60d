"""Long lists through ``app.py``: a page that is no more never says that there is nothing."""

from streamlit.testing.v1 import AppTest

from arncnn.store import LOCAL_USER, Store
from tests.pages.operate.acting import button, made_case, open_page, texts

_ON_A_PAGE = 10  # corrections


def _said(store: Store, count: int) -> None:
    for number in range(1, count + 1):
        store.corrections.submit(LOCAL_USER, made_case(store, number).id, label="Hand")


def _cards(app: AppTest) -> int:
    return sum(b.label == "Approve" for b in app.button)


def test_deciding_the_last_one_of_a_page_shows_those_that_still_wait(
    app: AppTest, store: Store
) -> None:
    _said(store, _ON_A_PAGE + 1)
    open_page(app, "corrections")
    app.pagination[0].select(2).run()
    assert _cards(app) == 1
    button(app, "Approve").click().run()
    assert not app.exception
    assert "No correction to decide on" not in texts(app)
    assert _cards(app) == _ON_A_PAGE


def test_another_state_with_fewer_pages_is_shown_and_not_called_empty(
    app: AppTest, store: Store
) -> None:
    _said(store, _ON_A_PAGE + 2)
    (first, *_), _ = store.corrections.queue(LOCAL_USER)
    said = first.corrections[0]
    store.corrections.review(
        LOCAL_USER, said.id, approve=False, reason="", weight=1.0, said_at=said.created_at
    )
    open_page(app, "corrections")
    app.pagination[0].select(2).run()
    app.button_group(key="correction_state").set_value("rejected").run()
    assert not app.exception
    assert "Nothing has been rejected yet" not in texts(app)
    assert "rejected it" in texts(app)


def test_a_filter_chosen_on_a_later_page_of_the_audit_shows_the_line_that_fits(
    app: AppTest, store: Store
) -> None:
    case = made_case(store)
    for number in range(101):
        store.corrections.submit(LOCAL_USER, case.id, label=("Hand", "CXR")[number % 2])
    open_page(app, "audit")
    app.pagination[0].select(2).run()
    next(t for t in app.text_input if t.label == "What").set_value("case.add").run()
    assert not app.exception
    (table,) = app.dataframe
    assert list(table.value["Recorded as"]) == ["case.add"]
    assert not app.pagination
