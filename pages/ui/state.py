"""Every session-state key and every address parameter, behind typed functions.

What must outlive a browser refresh is not here: cases live in the store, and the case in
view is named in the page's address as well. Widgets keep their own state under their keys; what
a page has to know or change of that is asked for here, by the widget's key.
"""

import streamlit as st

from arncnn.store.case import base_first
from arncnn.store.case_filter import CaseFilter
from arncnn.store.sign_ins import SignIn
from arncnn.uploads.upload import Upload

_CASE = "case_id"
_CASE_PARAMETER = "case"
_UPLOAD = "upload"
_UPLOADS = "uploads"
_UPLOAD_ROUND = "upload_round"
_NOTICE = "notice"
_SHOWN_NOTICE = "shown_notice"
_SIGN_IN = "signed_in"
_IS_PAINTED = "is_painted"
_TOUR = "tour_step"
_TICKED = "ticked"
_WORKLIST = "worklist"
_QUEUED_JOB = "queued_job"
_TURN = "turn"
_CHOSEN_DATA_SET = "chosen_data_set"


def case_id() -> str | None:
    """The case in view: named by the address first, so that a refresh finds it again."""
    named = st.query_params.get(_CASE_PARAMETER)
    if named:
        st.session_state[_CASE] = named
    return st.session_state.get(_CASE)


def show_case(identity: str | None) -> None:
    """Puts a case in view, or none."""
    st.session_state[_CASE] = identity
    if identity is None:
        st.query_params.pop(_CASE_PARAMETER, None)
    elif _CASE_PARAMETER in st.query_params:
        st.query_params[_CASE_PARAMETER] = identity


def name_case_in_address(identity: str) -> None:
    """Writes the case in view into the page's address."""
    if st.query_params.get(_CASE_PARAMETER) != identity:
        st.query_params[_CASE_PARAMETER] = identity


def all_ticked(table: str) -> tuple[str, ...]:
    """Everything that is ticked in a table, by id."""
    return st.session_state.get(f"{_TICKED}_{table}", ())


def set_all_ticked(table: str, ids: tuple[str, ...]) -> None:
    """Notes everything that is ticked in a table."""
    st.session_state[f"{_TICKED}_{table}"] = ids


def worklist() -> tuple[CaseFilter, str] | None:
    """Which cases the worklist showed last and in which order; None before it was drawn."""
    return st.session_state.get(_WORKLIST)


def set_worklist(where: CaseFilter, order: str) -> None:
    """Notes what the worklist shows, so that other pages go through the same cases."""
    st.session_state[_WORKLIST] = (where, order)


def upload() -> Upload | None:
    """The files being read in this session, if any."""
    return st.session_state.get(_UPLOAD)


def set_upload(given: Upload | None) -> None:
    """Replaces the files being read; those of before stay open for their other frames."""
    st.session_state[_UPLOAD] = given
    if given is not None:
        held: list[Upload] = st.session_state.setdefault(_UPLOADS, [])
        if given not in held:
            held.append(given)


def file_names() -> dict[str, str]:
    """What this session called the files that it gave, by case, each with its own name first.

    They are for the screen only: kept are names where the settings say so.
    """
    held: list[Upload] = st.session_state.get(_UPLOADS, [])
    named: dict[str, list[str]] = {}
    for outcome in (each for upload in held for each in upload.outcomes):
        called = named.setdefault(outcome.case_id or "", [])
        if (name := base_first(outcome.name)) not in called:
            called.append(name)
    return {case_id: ", ".join(called) for case_id, called in named.items()}


def uploader_key() -> str:
    """A key that changes after each upload, which empties the uploader and frees its memory."""
    return f"upload_{st.session_state.get(_UPLOAD_ROUND, 0)}"


def empty_uploader() -> None:
    """Makes the next run draw a fresh uploader."""
    st.session_state[_UPLOAD_ROUND] = st.session_state.get(_UPLOAD_ROUND, 0) + 1


def notice() -> str | None:
    """A sentence left for the next page that is drawn; given once."""
    sentence = st.session_state.pop(_NOTICE, None)
    st.session_state[_SHOWN_NOTICE] = sentence
    return sentence


def keep_notice() -> None:
    """Shows the notice once more after a run that no person asked for."""
    if st.session_state.get(_SHOWN_NOTICE):
        st.session_state[_NOTICE] = st.session_state[_SHOWN_NOTICE]


def leave_notice(sentence: str) -> None:
    """Leaves a sentence for the next page that is drawn."""
    st.session_state[_NOTICE] = sentence


def asked_for_model() -> bool:
    """False the first time in a session, True from then on: the page is painted by then."""
    asked = bool(st.session_state.get(_IS_PAINTED))
    st.session_state[_IS_PAINTED] = True
    return asked


def sign_in() -> SignIn | None:
    """This session's sign-in, where accounts are configured."""
    return st.session_state.get(_SIGN_IN)


def set_sign_in(held: SignIn | None) -> None:
    """Keeps this session's sign-in, or forgets it."""
    st.session_state[_SIGN_IN] = held


def set_queued_job(identity: str) -> None:
    """Notes the training to be put in view next; a picker that is drawn cannot be changed."""
    st.session_state[_QUEUED_JOB] = identity


def take_queued_job() -> str | None:
    """That training, once."""
    return st.session_state.pop(_QUEUED_JOB, None)


def set_chosen_data_set(name: str) -> None:
    """Notes the data set to be chosen next; a picker that is drawn cannot be changed."""
    st.session_state[_CHOSEN_DATA_SET] = name


def take_chosen_data_set() -> str | None:
    """That data set, once."""
    return st.session_state.pop(_CHOSEN_DATA_SET, None)


def tour_step() -> int | None:
    """Where the guided demo stands, or None while there is none."""
    return st.session_state.get(_TOUR)


def set_tour_step(step: int | None) -> None:
    """Moves the guided demo, or ends it."""
    st.session_state[_TOUR] = step


def chosen(key: str) -> str | None:
    """What a box has chosen, or None before it was drawn."""
    return st.session_state.get(key)


def choose(key: str, name: str) -> None:
    """Chooses in a box that is drawn later in this run."""
    st.session_state[key] = name


def chosen_names(key: str) -> list[str] | None:
    """What a box of several has chosen, or None before it was drawn."""
    return st.session_state.get(key)


def choose_names(key: str, names: list[str]) -> None:
    """Chooses in a box of several that is drawn later in this run."""
    st.session_state[key] = names


def page_number(key: str) -> int:
    """Which page of a long list its numbers have chosen, from 1."""
    return st.session_state.get(key, 1)


def turn(key: str) -> int:
    """How often other images were asked for."""
    return st.session_state.get(f"{_TURN}_{key}", 0)


def next_turn(key: str) -> None:
    """Notes that other images were asked for."""
    st.session_state[f"{_TURN}_{key}"] = turn(key) + 1


def clicked(chart: str) -> tuple[int, ...] | None:
    """The custom data of the point of a chart that was clicked."""
    points = st.session_state[chart].selection.points
    return tuple(int(value) for value in points[0]["customdata"]) if points else None


def choose_cell(key: str, cell: tuple[int, int]) -> None:
    """Chooses a cell in the box of a matrix."""
    st.session_state[key] = cell


def clear_filters(key: str) -> None:
    """Sets every filter of the worklist back; the order stays."""
    st.session_state[f"{key}_search"] = ""
    st.session_state[f"{key}_upload"] = False
    for name in ("verdict", "header", "label", "source"):
        st.session_state[f"{key}_{name}"] = None
