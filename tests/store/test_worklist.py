import csv
import io
import json
import random
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from arncnn.store import Store
from arncnn.store.audit import csv_line
from arncnn.store.case_filter import CaseFilter
from arncnn.store.series import ORDERS
from arncnn.store.worklist import Total
from tests.store.made_up import ANNA, new_case

_LABELS = ("CXR", "Hand", "HeadCT", None)
_VERDICTS = ("accept", "review", "refuse")
_HEADERS = ("agree", "disagree", "silent", "cannot_judge")
_SCANNERS = (("ACME", "One"), ("ACME", "Two"), ("", ""))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Sixty cases of all sorts, one an hour; the tests only read them."""
    chance = random.Random(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARNCNN_HOME", str(tmp_path_factory.mktemp("worklist")))
        store = Store.open()
    for number in range(60):
        manufacturer, model = chance.choice(_SCANNERS)
        new = new_case(
            number,
            label=chance.choice(_LABELS),
            attributes={
                "BodyPartExamined": chance.choice(("CHEST", "HAND", "")),
                "Manufacturer": manufacturer,
                "ManufacturerModelName": model,
            },
            series_key=chance.choice(("a", "b", None)),
            reading_verdict=chance.choice(_VERDICTS),
            reading_header={"verdict": chance.choice(_HEADERS)},
            reading_entropy=chance.choice((0.1, 0.2, None)),
        )
        store.cases.add(ANNA, new, now=3600.0 * number)
    yield store
    store.close()


def test_pages_hold_every_case_once_newest_first(filled: Store) -> None:
    pages = [filled.cases.list(ANNA, offset=offset, limit=7) for offset in range(0, 60, 7)]
    assert {page.total for page in pages} == {60}
    times = [case.created_at for page in pages for case in page.cases]
    assert times == [3600.0 * number for number in reversed(range(60))]


# What the foremost slice of a line has, for lines in each order; the last of two is the larger.
_FOREMOST = {
    "review_first": lambda cases: (
        all(case.verdict != "review" for case in cases),
        -max(case.created_at for case in cases),
    ),
    "newest": lambda cases: -max(case.created_at for case in cases),
    "oldest": lambda cases: max(case.created_at for case in cases),
    "least_certain": lambda cases: -max((case.entropy or 0.0) for case in cases),
    "header_disagrees": lambda cases: all(c.header_verdict != "disagree" for c in cases),
    "refused": lambda cases: all(case.verdict != "refuse" for case in cases),
    "label": lambda cases: max((case.label or "") for case in cases) or "~",
}


@pytest.mark.parametrize("order", sorted(ORDERS))
def test_pages_hold_every_line_once_in_order_with_unknown_values_last(
    filled: Store, order: str
) -> None:
    total = filled.series.list(ANNA).total
    pages = [
        filled.series.list(ANNA, order=order, offset=offset, limit=7)
        for offset in range(0, total, 7)
    ]
    assert {page.total for page in pages} == {total}
    lines = [line for page in pages for line in page.lines]
    behind = [filled.series.cases(ANNA, line) for line in lines]
    assert sorted(case.id for cases in behind for case in cases) == sorted(
        case.id for case in filled.cases.list(ANNA, limit=1000).cases
    )
    values = [_FOREMOST[order](cases) for cases in behind]
    assert values == sorted(values)


@pytest.mark.parametrize(
    ("where", "fits"),
    [
        (CaseFilter(label="Hand"), lambda c: c.label == "Hand"),
        (CaseFilter(verdict="refuse"), lambda c: c.verdict == "refuse"),
        (CaseFilter(header_verdict="disagree"), lambda c: c.header_verdict == "disagree"),
        (CaseFilter(series_key="a"), lambda c: c.series_key == "a"),
        (CaseFilter(since=36_000.0, until=72_000.0), lambda c: 36e3 <= c.created_at <= 72e3),
        (CaseFilter(search="acme"), lambda c: c.manufacturer == "ACME"),
        (CaseFilter(search="%"), lambda c: False),
        (
            CaseFilter(search=" acme  chest "),
            lambda c: (c.manufacturer, c.body_part) == ("ACME", "CHEST"),
        ),
        (CaseFilter(ids=()), lambda c: False),
        (CaseFilter(created_by="nobody"), lambda c: False),
        (CaseFilter(is_localizer=False), lambda c: True),
        (
            CaseFilter(label="CXR", search="chest"),
            lambda c: (c.label, c.body_part) == ("CXR", "CHEST"),
        ),
    ],
)
def test_a_filter_gives_exactly_the_cases_that_fit(filled: Store, where, fits) -> None:
    everything = filled.cases.list(ANNA, limit=1000).cases
    found = filled.cases.list(ANNA, where, limit=1000)
    assert {case.id for case in found.cases} == {case.id for case in everything if fits(case)}
    assert found.total == len(found.cases)


def test_totals_by_scanner_and_body_part_count_every_case(filled: Store) -> None:
    everything = filled.cases.list(ANNA, limit=1000).cases
    for totals, key in (
        (filled.cases.by_scanner(ANNA), lambda c: (c.manufacturer or "", c.scanner_model or "")),
        (filled.cases.by_body_part(ANNA), lambda c: (c.body_part or "",)),
    ):
        groups = Counter(key(case) for case in everything)
        assert {total.group: total.cases for total in totals} == dict(groups)
        for total in totals:
            members = [case for case in everything if key(case) == total.group]
            headers = Counter(case.header_verdict for case in members)
            verdicts = Counter(case.verdict for case in members)
            assert total == Total(
                total.group,
                len(members),
                headers["agree"],
                headers["disagree"],
                verdicts["review"],
                verdicts["refuse"],
            )


def test_csv_and_json_export_hold_the_same_cases(filled: Store) -> None:
    rows = list(csv.DictReader(io.StringIO("".join(filled.cases.csv(ANNA)))))
    records = json.loads("".join(filled.cases.json(ANNA)))
    assert [row["id"] for row in rows] == [record["id"] for record in records]
    assert len(rows) == 60
    assert {record["reading"]["verdict"] for record in records} == set(_VERDICTS)
    few = "".join(filled.cases.json(ANNA, CaseFilter(ids=("none",))))
    assert json.loads(few) == []


def test_each_verdict_is_counted(filled: Store) -> None:
    everything = filled.cases.list(ANNA, limit=1000).cases
    assert filled.cases.by_verdict(ANNA) == dict(Counter(case.verdict for case in everything))
    hands = CaseFilter(label="Hand")
    assert sum(filled.cases.by_verdict(ANNA, hands).values()) == sum(
        case.label == "Hand" for case in everything
    )


def test_what_people_said_names_and_doubts_are_in_the_csv(home) -> None:
    store = Store.open()
    changes: tuple[dict, ...] = (
        {"series_key": "5e71e5" * 5, "study_key": "57ad1e" * 5},
        {"reading_verdict": "review", "reading_reasons": ["Improbable."]},
    )
    kept = [
        store.cases.add(ANNA, new_case(number, label="CXR", **rest), now=float(number))
        for number, rest in enumerate(changes)
    ]
    store.corrections.submit_all(ANNA, [kept[0].id])
    store.corrections.submit_all(ANNA, [kept[1].id], label="Hand")
    rows = list(csv.DictReader(io.StringIO("".join(store.cases.csv(ANNA)))))
    store.close()
    assert [(row["correction"], row["correction_state"]) for row in rows] == [
        ("CXR", "pending"),
        ("Hand", "pending"),
    ]
    assert (rows[0]["study"], rows[0]["series"]) == ("Study 57ad1e", "Series 5e71e5")
    assert rows[0]["name"] == f"Case {kept[0].id[:6]}", "no file name is kept"
    assert [row["answer"] for row in rows] == ["Chest X-ray", "Unclear, likeliest Chest X-ray"]


def test_a_case_is_found_by_its_studys_pseudonym(home) -> None:
    store = Store.open()
    case = store.cases.add(ANNA, new_case(1, study_key="57ad1e" * 5))
    store.cases.add(ANNA, new_case(2))
    found = store.cases.list(ANNA, CaseFilter(search=case.study.split()[1])).cases
    store.close()
    assert [each.id for each in found] == [case.id]


def test_an_export_in_many_batches_misses_and_repeats_nothing(filled: Store, monkeypatch) -> None:
    monkeypatch.setattr("arncnn.store.worklist._BATCH", 7)
    rows = list(csv.DictReader(io.StringIO("".join(filled.cases.csv(ANNA)))))
    assert len({row["id"] for row in rows}) == len(rows) == 60


@given(st.text(min_size=1))
def test_no_csv_field_starts_a_spreadsheet_formula(value: str) -> None:
    fields = next(csv.reader(io.StringIO(csv_line([value]), newline="")))
    assert fields[0].lstrip("'") == value.lstrip("'")
    assert fields[0][0] not in "=+-@\t\r"


@pytest.mark.parametrize("sort", ["created_at", "verdict", "header_verdict"])
def test_the_worklists_usual_orders_are_served_by_an_index(store: Store, sort: str) -> None:
    query = f"SELECT * FROM cases ORDER BY {sort} DESC, id DESC LIMIT 50"
    with store.reading() as session:
        plan = " ".join(str(row) for row in session.execute(text(f"EXPLAIN QUERY PLAN {query}")))
    assert f"ix_cases_{sort}" in plan
    assert "TEMP B-TREE" not in plan
