"""The worklist by series: one line a series, a count of its slices, localisers apart."""

from dataclasses import replace

import pytest

from arncnn.errors import UsageError
from arncnn.store import Store
from arncnn.store.case_filter import CaseFilter
from tests.store.made_up import ANNA, new_case, pixels

SERIES = "a" * 32


@pytest.fixture
def store(home) -> Store:
    return Store.open()


def _slice(number: int, label: str | None = "CXR", **rest) -> object:
    return new_case(number, label=label, series_key=SERIES, **rest)


def test_the_slices_of_a_series_are_one_line_and_other_cases_stand_alone(store: Store) -> None:
    for number in range(5):
        store.cases.add(ANNA, _slice(number), now=number)
    alone = store.cases.add(ANNA, new_case(9), now=9)
    page = store.series.list(ANNA)
    assert page.total == 2
    assert [line.is_series for line in page.lines] == [False, True]
    assert page.lines[0].case == alone
    assert page.lines[1].slices == 5


def test_a_series_says_what_most_of_its_slices_show_and_counts_them(store: Store) -> None:
    labels = ["Hand", "CXR", "CXR", None, "CXR"]
    kept = [store.cases.add(ANNA, _slice(n, label), now=n) for n, label in enumerate(labels)]
    line = store.series.list(ANNA).lines[0]
    assert (line.label, line.agreeing, line.slices) == ("CXR", 3, 5)
    assert line.case == kept[2], "the middle one of the slices that speak for it"
    assert store.series.cases(ANNA, line) == tuple(kept)


def test_all_slices_of_a_line_are_named_whatever_a_filter_shows(store: Store) -> None:
    kept = [
        store.cases.add(ANNA, _slice(n, label), now=n) for n, label in enumerate(["Hand", "CXR"])
    ]
    store.cases.add(ANNA, new_case(9), now=9)
    shown = CaseFilter(label="CXR", series_key=SERIES)
    line = store.series.list(ANNA, shown).lines[0]
    assert store.series.cases(ANNA, line, shown) == (kept[1],)
    assert store.series.case_ids(ANNA, line) == tuple(case.id for case in kept)


def test_slices_stand_as_their_series_counts_them_in_whatever_order_the_files_came(
    store: Store,
) -> None:
    kept = [
        store.cases.add(ANNA, _slice(at, attributes={"InstanceNumber": number}), now=float(at))
        for at, number in enumerate(("10", "9", "2"))
    ]
    (line,) = store.series.list(ANNA).lines
    assert store.series.cases(ANNA, line) == store.series.around(ANNA, kept[0]) == (*kept[::-1],)
    unnumbered = store.cases.add(ANNA, _slice(3), now=3.0)
    assert store.series.around(ANNA, kept[0]) == (*kept, unnumbered), "as they were read"


def test_localisers_are_counted_apart_and_have_no_say(store: Store) -> None:
    for number in range(3):
        store.cases.add(ANNA, _slice(number, "Hand", is_localizer=True), now=number)
    store.cases.add(ANNA, _slice(7, "CXR"), now=7)
    line = store.series.list(ANNA).lines[0]
    assert (line.label, line.agreeing, line.slices, line.localizers) == ("CXR", 1, 1, 3)
    assert not line.case.is_localizer


def test_a_series_of_localisers_alone_is_shown_as_that(store: Store) -> None:
    for number in range(2):
        store.cases.add(ANNA, _slice(number, "Hand", is_localizer=True))
    line = store.series.list(ANNA).lines[0]
    assert (line.slices, line.localizers, line.agreeing) == (0, 2, 0)


def test_one_disagreeing_header_speaks_for_the_series_and_a_tie_is_careful(store: Store) -> None:
    disagrees = {"modality": "CR", "body_part": "HAND", "verdict": "disagree"}
    store.cases.add(ANNA, _slice(0, reading_verdict="accept"))
    store.cases.add(ANNA, _slice(1, reading_verdict="review", reading_header=disagrees))
    line = store.series.list(ANNA).lines[0]
    assert line.header_verdict == "disagree"
    assert line.verdict == "review"
    store.cases.add(ANNA, _slice(2, reading_verdict="accept"))
    line = store.series.list(ANNA).lines[0]
    assert (line.verdict, line.to_review) == ("accept", 1), "one is told of, too"


def test_slices_read_by_another_model_are_a_line_of_their_own(store: Store) -> None:
    store.cases.add(ANNA, _slice(0))
    other = {"id": "other", "sha256": "b" * 64}
    store.cases.add(ANNA, _slice(0, reading_model=other))
    assert store.series.list(ANNA).total == 2


def test_a_filter_counts_the_slices_that_fit_only(store: Store) -> None:
    for number, label in enumerate(["CXR", "Hand", "Hand"]):
        store.cases.add(ANNA, _slice(number, label))
    hands = CaseFilter(label="Hand")
    line = store.series.list(ANNA, hands).lines[0]
    assert (line.label, line.slices) == ("Hand", 2)
    assert len(store.series.cases(ANNA, line, hands)) == 2


def test_lines_come_in_pages(store: Store) -> None:
    for number in range(7):
        store.cases.add(ANNA, new_case(number), now=number)
    pages = [store.series.list(ANNA, offset=at, limit=3).lines for at in (0, 3, 6)]
    assert [line.case.created_at for page in pages for line in page] == [6, 5, 4, 3, 2, 1, 0]


def test_an_order_puts_the_foremost_slice_of_any_line_first(store: Store) -> None:
    kept = (
        {"label": "CXR", "reading_entropy": 0.1},
        {"label": "Hand", "reading_entropy": 1.2},
        {"label": "HeadCT", "reading_entropy": 0.5, "reading_header": {"verdict": "disagree"}},
        {"label": None, "reading_entropy": None, "reading_verdict": "refuse"},
    )
    for number, case in enumerate(kept):
        store.cases.add(ANNA, new_case(number, **case), now=float(number))

    def labels(order: str) -> list[str | None]:
        return [line.label for line in store.series.list(ANNA, order=order).lines]

    assert labels("newest") == [None, "HeadCT", "Hand", "CXR"]
    assert labels("oldest") == ["CXR", "Hand", "HeadCT", None]
    assert labels("least_certain") == ["Hand", "HeadCT", "CXR", None]
    assert labels("header_disagrees")[0] == "HeadCT"
    assert labels("refused")[0] is None
    assert labels("label") == ["CXR", "Hand", "HeadCT", None]


def test_an_unknown_order_is_refused_with_the_known_ones(store: Store) -> None:
    with pytest.raises(UsageError, match="ordered by newest, oldest"):
        store.series.list(ANNA, order="reading; DROP TABLE cases")


def test_a_case_knows_what_stands_beside_it_and_what_waits_for_a_look(store: Store) -> None:
    verdicts = ("review", "accept", "review", "accept")
    kept = [
        store.cases.add(ANNA, new_case(number, reading_verdict=verdict), now=float(number)).id
        for number, verdict in enumerate(verdicts)
    ]
    in_order = [kept[2], kept[0], kept[3], kept[1]]  # needs review first, then the newest
    lines = store.series.list(ANNA, order="review_first").lines
    assert [line.case.id for line in lines] == in_order
    beside = [store.series.neighbours(ANNA, each) for each in in_order]
    assert [each.place for each in beside] == [1, 2, 3, 4]
    assert [each.previous for each in beside] == [None, *in_order[:-1]]
    assert [each.next for each in beside] == [*in_order[1:], None]
    assert [each.to_review for each in beside] == [kept[0], kept[2], kept[2], kept[2]]
    store.corrections.submit(ANNA, kept[2])
    assert store.series.neighbours(ANNA, kept[1]).to_review == kept[0], "somebody has looked"
    only = CaseFilter(verdict="accept")
    assert store.series.neighbours(ANNA, kept[2], only).place is None
    assert store.series.neighbours(ANNA, kept[3], only, order="newest").next == kept[1]


def test_of_a_series_the_slice_that_waits_is_the_one_to_look_at(store: Store) -> None:
    alone = store.cases.add(ANNA, new_case(9), now=9.0)
    for number, verdict in enumerate(("accept", "review", "accept")):
        store.cases.add(ANNA, _slice(number, reading_verdict=verdict), now=float(number))
    (series,) = (line for line in store.series.list(ANNA).lines if line.is_series)
    waiting = store.series.cases(ANNA, series)[1]
    assert store.series.neighbours(ANNA, alone.id).to_review == waiting.id


def test_from_a_slice_the_next_to_review_is_in_its_series_then_elsewhere_then_before_it(
    store: Store,
) -> None:
    kept = [
        store.cases.add(ANNA, _slice(at, reading_verdict=verdict), now=float(at))
        for at, verdict in enumerate(("review", "accept", "review"))
    ]
    to_review = [store.series.neighbours(ANNA, each.id).to_review for each in kept]
    assert to_review == [kept[2].id, kept[2].id, kept[0].id]
    alone = store.cases.add(ANNA, new_case(9, reading_verdict="review"), now=9.0)
    assert store.series.neighbours(ANNA, kept[1].id).to_review == kept[2].id
    assert store.series.neighbours(ANNA, kept[2].id).to_review == alone.id
    assert store.series.neighbours(ANNA, alone.id).to_review == kept[0].id


def test_every_waiting_slice_of_a_long_series_is_reached(store: Store) -> None:
    slices = [
        replace(_slice(number, reading_verdict="review"), pixels=pixels()) for number in range(203)
    ]
    kept = store.cases.add_all(ANNA, slices)
    to_review = [store.series.neighbours(ANNA, each.id).to_review for each in kept[-3:]]
    assert to_review == [kept[-2].id, kept[-1].id, kept[0].id]
