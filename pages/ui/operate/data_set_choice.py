"""Which data set a training takes, and how another one is added: upload, look at it, keep it."""

import streamlit as st

from arncnn import config
from arncnn.data.adding import FEW_IMAGES
from arncnn.data.registry import RegisteredDataSet
from arncnn.formatting import counted
from arncnn.intake import class_terms
from arncnn.intake.limits import MAX_DATA_SET_BYTES, MAX_DATA_SET_ENTRIES, MIB
from arncnn.jobs import data_set_intake
from arncnn.jobs.data_set_intake import Intake
from arncnn.labels import Label
from arncnn.store import Actor
from arncnn.store.roles import refusal
from pages.ui import caches, data_set_upload, frame, server, sign_in, state
from pages.ui.shared import data_set_samples, failures, tables
from pages.ui.wording import plain

_OWN = "The installation's data set (ARNCNN_DATA)"
_LOOK_S = 1.0
_FILES = 200  # left out, shown by name
_UNKNOWN = ""
_FILLED_IN = ("Class", "Modality", "Body part")


def choose(actor: Actor, *, key: str) -> str | None:
    """Draws the picker and gives what a training is to take: a name, or None for the usual one."""
    sets = caches.store().data_sets.list(actor)
    usual = _OWN if config.data_source() else sets[0].name
    offered = [usual, *(entry.name for entry in sets[1:])]
    picked = state.take_chosen_data_set()
    if picked in offered:
        state.choose(f"{key}_name", str(picked))
    name = str(st.selectbox("Data set", offered, key=f"{key}_name", width=480))
    entry = next((found for found in sets if found.name == name), None)
    if entry is not None:
        st.caption(_about(entry))
    return None if name == usual else name


def add(actor: Actor, *, key: str) -> None:
    """Draws how a data set is added, in the state that this person's is in."""
    if why_not := refusal(actor, "data.add"):
        st.info(why_not, icon=":material/lock:")
        return
    intake = data_set_intake.of(actor)
    with st.expander("Add a data set", expanded=intake is not None, key=f"{key}_add"):
        if intake is None:
            _give(actor, key=key)
        elif intake.is_working:
            _watch(key)
        elif intake.error is not None:
            frame.failed(intake.error)
            if st.button("Try another", icon=":material/replay:", key=f"{key}_again"):
                data_set_intake.discard(caches.store(), sign_in.acting())
                st.rerun()
        else:
            _look(intake, key=key)


def _about(entry: RegisteredDataSet) -> str:
    few = [name for name, images in entry.classes.items() if images < FEW_IMAGES]
    said = (
        f"{counted(entry.images, 'image')} in {len(entry.classes)} classes. "
        f"Source: {plain(entry.source)}. Licence: {plain(entry.licence)}."
    )
    return said + (f" Too few to be tested: {plain(', '.join(few))}." if few else "")


def _give(actor: Actor, *, key: str) -> None:
    st.markdown(
        "A ZIP with one folder for each class, named after it: `KneeMRI/1.png`, "
        f"`KneeMRI/2.dcm`, `HandXray/1.jpg`. At most {MAX_DATA_SET_ENTRIES:,} files and "
        f"{MAX_DATA_SET_BYTES // (1024 * MIB)} GB. Every image is decoded as a scan is; "
        "what cannot be read is left out and named. You see what each class shows before "
        "anything is kept or trained."
    )
    may_add = sign_in.on_demand(lambda person: person.name, action="data.add")
    server.allow_uploads(may_add, limit_bytes=MAX_DATA_SET_BYTES, to_disk=True)
    given = st.file_uploader(
        "ZIP of the data set",
        type="zip",
        max_upload_size=MAX_DATA_SET_BYTES // MIB,
        key=f"{key}_{state.uploader_key()}",
        help="It stays on this machine and must not contain patient names.",
    )
    if given is not None:
        with failures.shown():
            path = data_set_upload.take(given)
            state.empty_uploader()
            source = f"ZIP uploaded by {actor.name}"
            data_set_intake.start(caches.store(), sign_in.acting(), path, source, is_ours=True)
            st.rerun()
    if config.data_sets_folder() is not None:
        name = st.text_input("Or a folder on the server", key=f"{key}_folder")
        if st.button("Import the folder", key=f"{key}_read", disabled=not name.strip()):
            with failures.shown():
                folder = data_set_intake.folder_on_server(name)
                source = f"folder {folder.name} on the server"
                person = sign_in.acting()
                data_set_intake.start(caches.store(), person, folder, source, is_ours=False)
                st.rerun()


@st.fragment(run_every=_LOOK_S)
def _watch(key: str) -> None:
    intake = data_set_intake.of(sign_in.watching())
    if intake is None or not intake.is_working:
        st.rerun()
    part = min(1.0, intake.done / intake.total) if intake.total else 0.0
    of = f" of {intake.total:,}" if intake.total else ""
    st.progress(part, text=f"{intake.stage.capitalize()}: {intake.done:,}{of}")
    st.caption("It continues while you do something else here, and after a reload.")


def _look(intake: Intake, *, key: str) -> None:
    """Draws what was read in, and asks whether to keep it and under which name."""
    found, dataset = intake.preview, intake.dataset
    if found is None or dataset is None:
        return
    gone = sum(found.left_out.values())
    tiles = (
        ("Images", f"{found.images:,}"),
        ("Classes", f"{len(found.classes):,}"),
        ("Files left out", f"{gone:,}"),
        ("Pairs of near-duplicates", f"{found.near_twin_pairs:,}"),
    )
    tables.show_tiles(tiles, columns=4, width=130)
    for remark in found.remarks():
        st.markdown(f":material/info: {plain(remark)}")
    data_set_samples.show(dataset, key=f"{key}_samples")
    if gone:
        with st.expander(f"{counted(gone, 'file')} left out, and why", key=f"{key}_left_out"):
            reasons = [{"Files": n, "Why": why} for why, n in found.left_out.items()]
            tables.show(reasons, "Why files were left out", key=f"{key}_reasons")
            named = [{"File": name, "Why": why} for name, why in dataset.left_out[:_FILES]]
            tables.show(named, "The files that were left out", key=f"{key}_files")
    terms = _fill_in(intake, key=key)
    name = st.text_input("Name of the data set", max_chars=60, key=f"{key}_new_name")
    licence = st.text_input(
        "Licence or permission for use", max_chars=500, key=f"{key}_new_licence"
    )
    with st.container(horizontal=True):
        if st.button("Keep this data set", type="primary", key=f"{key}_keep"):
            with failures.shown():
                person, store = sign_in.acting(), caches.store()
                entry = data_set_intake.keep(store, person, intake, name, licence, terms)
                state.set_chosen_data_set(entry.name)
                state.leave_notice(f"The data set “{entry.name}” can be trained on now.")
                st.rerun()
        if st.button("Discard", icon=":material/delete:", key=f"{key}_discard"):
            with failures.shown():
                data_set_intake.discard(caches.store(), sign_in.acting())
                st.rerun()


def _fill_in(intake: Intake, *, key: str) -> dict[str, Label]:
    """Draws the classes with their terms, to be filled in; gives those that are known."""
    assert intake.preview is not None  # noqa: S101  the caller has looked
    rows = [
        {
            "Class": found.key,
            "Images": found.images,
            "Left out": found.left_out,
            "Duplicates": found.copies,
            "With near-duplicate": found.near_twins,
            "Modality": class_terms.family_of(found.terms),
            "Body part": found.terms.body_part if found.terms else _UNKNOWN,
        }
        for found in intake.preview.classes
    ]
    st.caption(
        "Modality and body part are what a scan's header is checked against. They were "
        "taken from the class names; correct them here, or leave them empty where there "
        "are none."
    )
    options = st.column_config.SelectboxColumn
    edited = st.data_editor(
        rows,
        hide_index=True,
        num_rows="fixed",
        disabled=("Class", "Images", "Left out", "Duplicates", "With near-duplicate"),
        column_config={
            "Modality": options(options=[_UNKNOWN, *class_terms.families()]),
            "Body part": options(options=[_UNKNOWN, *class_terms.body_parts()]),
        },
        key=f"{key}_terms",
    )
    given = [tuple(str(row[name] or "") for name in _FILLED_IN) for row in edited]
    found = {name: class_terms.made(name, modality, part) for name, modality, part in given}
    return {name: label for name, label in found.items() if label is not None}
