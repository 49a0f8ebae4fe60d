"""What a case is called on the screen: its file's name while that is at hand, else a pseudonym."""

from collections.abc import Mapping

from arncnn.store.case import Case


def name(case: Case, given: Mapping[str, str]) -> str:
    """The name with the file's own first.

    Args:
        case: as stored.
        given: what this session called its files, by case (``state.file_names``); shown, not kept.
    """
    return given.get(case.id) or case.name


def full(case: Case, given: Mapping[str, str]) -> str:
    """The name with study and series; arguments as for ``name``."""
    return " · ".join(filter(None, (name(case, given), case.study, case.series)))
