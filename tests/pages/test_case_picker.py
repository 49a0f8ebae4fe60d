"""The picker: the browser tells its options apart by their words alone."""

from dataclasses import replace
from pathlib import Path

from arncnn.store import LOCAL_USER, Store
from pages.ui.shared.case_picker import _name
from tests.store.made_up import new_case


def test_two_files_of_one_name_are_two_options(home: Path) -> None:
    store = Store.open()
    first = store.cases.add(LOCAL_USER, new_case(1))
    second = replace(store.cases.add(LOCAL_USER, new_case(2)), created_at=first.created_at)
    given = {first.id: "head.png", second.id: "head.png"}
    one, other = (_name(replace(case, label=first.label), given) for case in (first, second))
    assert one != other
    store.close()
