"""Small tables, read whole: every sign in a cell stands for itself, and a column has a head."""

from streamlit.testing.v1 import AppTest

from tests.pages import whole_tables

_SIGNS = "<b>1</b> & *2* [3](4) \"5\" '6'"


def _page() -> None:
    from pages.ui.shared import tables
    from tests.pages.test_whole_tables import _SIGNS

    rows = [{"Class": _SIGNS, _SIGNS: f"99.5% ({_SIGNS})"}, {"Class": "CT", _SIGNS: "0"}]
    tables.show_whole(rows, _SIGNS)
    tables.show_whole([], "Nothing")


def test_names_and_figures_are_read_as_they_were_written() -> None:
    app = AppTest.from_function(_page).run()
    assert not app.exception
    table, nothing = whole_tables.of(app)
    assert list(table.columns) == ["Class", _SIGNS]
    assert table.to_numpy().tolist() == [[_SIGNS, f"99.5% ({_SIGNS})"], ["CT", "0"]]
    assert nothing.empty


def _counted(rows: int) -> None:
    from pages.ui.shared import tables

    tables.show_figures([{"Class": str(n), "Images": 1000 * n} for n in range(rows)], "x", key="x")


def test_few_counts_are_read_whole_and_many_are_ordered_as_numbers() -> None:
    (few,) = whole_tables.of(AppTest.from_function(_counted, args=(12,)).run())
    assert list(few["Images"])[-1] == "11,000"
    many = AppTest.from_function(_counted, args=(60,)).run()
    assert not many.exception and not whole_tables.of(many)
    assert many.dataframe[0].value["Images"].sum() == 1000 * 59 * 60 // 2


def test_an_interval_stays_on_one_line_and_the_words_before_it_may_break() -> None:
    app = AppTest.from_function(_page).run()
    first, _ = (element.proto.body for element in app.get("html"))
    interval = first.partition("99.5% (")[2].partition(")")[0]
    assert " " not in interval and "\u00a0" in interval
    assert "99.5% (" in first
