"""What all sessions share: the store, the model, the cases that are open.

Nothing here imports TensorFlow until a scan is to be read, or until the browser has
painted a page and asks for the model to be made ready.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from arncnn import config
from arncnn.errors import ModelError
from arncnn.figures import picture
from arncnn.intake import Item, sandbox
from arncnn.jobs import single
from arncnn.models.bundle import ModelBundle, ModelIdentity
from arncnn.store import RETENTION, Actor, Store, roles
from arncnn.store.case import Case, NewCase
from arncnn.uploads.spool import Spool
from pages.ui import lasting_model, state
from pages.ui.open_case import CaseCache, OpenCase

if TYPE_CHECKING:
    from arncnn.cases.training_match import TrainingImages
    from arncnn.explain.similar import Bank
    from arncnn.inference.reader import Reader
    from arncnn.samples.catalogue import Sample

_ICON_EDGE = 64  # px
_EXPIRY_EVERY_S = 3600
_WARM_AFTER_S = 0.4  # the browser asks again once its first page is painted


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """The case store, opened once a process; trainings left over from before go on."""
    opened = Store.open()
    single.ensure_supervised(opened)
    return opened


@st.cache_resource(show_spinner=False)
def spool() -> Spool:
    """The uploads of this data folder."""
    return Spool()


@st.cache_resource(show_spinner=False)
def _case_cache() -> CaseCache:
    return CaseCache()


@st.cache_resource(show_spinner=False)
def _ready() -> set[str]:
    """Sums of the models that are loaded."""
    return set()


@st.cache_resource(show_spinner=False, max_entries=2)
def _bundle(folder: str) -> ModelBundle:
    return ModelBundle.open(Path(folder))


@st.cache_resource(show_spinner=False, max_entries=1)
def _reader(folder: str, sha256: str) -> "Reader":
    from arncnn.inference.reader import Reader  # brings TensorFlow

    lasting_model.keep()
    reader = Reader.open(Path(folder))
    lasting_model.settle()
    _ready().add(sha256)
    return reader


def serving_folder() -> Path:
    """The folder of the model in service: the promoted one, else the bundled one."""
    token = store().models.serving_token()
    return _serving_folder(token)


@st.cache_resource(show_spinner=False, max_entries=2)
def _serving_folder(token: int) -> Path:
    serving = store().models.serving()
    return serving.folder if serving else config.default_model()


def bundle() -> ModelBundle:
    """The model in service, verified, without its network.

    Raises:
        ModelError: there is none, or it was altered.
    """
    return _bundle(str(serving_folder()))


def model_identity() -> ModelIdentity:
    """Which model is in service.

    Raises:
        ModelError: there is none, or it was altered.
    """
    return bundle().identity


def reader() -> "Reader":
    """The model in service, ready to read; another model in service is loaded at once.

    Raises:
        ModelError: there is none, or it was altered.
    """
    serving = bundle()
    return _reader(str(serving.folder), serving.identity.sha256)


def read(actor: Actor, item: Item, *, frame: int | None = None) -> str:
    """Reads a file, stores the case and gives its id.

    Args:
        actor: needs the clinician's or admin's role.
        item: the file.
        frame: None takes the middle one.

    Raises:
        ArncnnError: the file cannot be read, or the case cannot be stored.
    """
    roles.check(actor, "case.add")  # before a file is opened or the network asked
    scan = item.open() if frame is None else item.open(frame=frame)
    serving = reader()
    reading = serving.read(scan)
    display = picture.display(scan)
    match = _known_to(serving.bundle).match(scan.sha256, display, reading.features.vector)
    new = NewCase.of(reading, scan, display, file_name=item.label, training_match=match)
    case = store().cases.add(actor, new)
    _case_cache().put(
        (case.id, reading.model.sha256), OpenCase(case, reading, serving, display, scan, item)
    )
    return case.id


def open_case(actor: Actor, case_id: str) -> OpenCase:
    """A case to look at: as it lies open, or read again from its kept pixels.

    Raises:
        ArncnnError: it does not exist, was altered, or may not be seen.
    """
    case = store().cases.get(actor, case_id)
    opened = _case_cache().get((case.id, model_identity().sha256))
    if opened is None:
        from arncnn.cases.reopening import reopen  # brings TensorFlow

        pixels, serving = store().cases.pixels(actor, case_id), reader()
        reading = reopen(serving, case, pixels)
        opened = OpenCase(case, reading, serving, pixels.display, None, None)
        _case_cache().put((case.id, reading.model.sha256), opened)
    return opened


def delete(actor: Actor, case_ids: Sequence[str]) -> None:
    """Deletes cases from the store and from memory, all of them or none.

    Raises:
        ArncnnError: one does not exist, or may not be deleted.
    """
    store().cases.delete_all(actor, case_ids)
    for case_id in case_ids:
        _case_cache().drop(case_id)
    _icon.clear()


@st.cache_data(show_spinner=False, ttl=_EXPIRY_EVERY_S)
def let_expire() -> int:
    """Deletes the cases that the retention setting says are too old, once an hour."""
    return store().cases.expire(RETENTION)


def is_warm() -> bool:
    """Whether the model in service is loaded."""
    return model_identity().sha256 in _ready()


def warm_up_once_painted() -> None:
    """Gets the model ready when the browser, its page painted, asks for it."""
    if not is_warm():
        _warm_up()


@st.fragment(run_every=_WARM_AFTER_S)
def _warm_up() -> None:
    if state.asked_for_model():
        sandbox.shared().start()  # loads the decoders while TensorFlow loads here
        _known_to(reader().bundle)
        state.keep_notice()
        st.rerun()


def bank_of(bundle: ModelBundle) -> "Bank | None":
    """What a model carries of its training images; None when it carries nothing."""
    return _bank(bundle.identity.sha256, bundle)


@st.cache_resource(show_spinner=False, max_entries=1)
def _bank(model_sha256: str, _bundle: ModelBundle) -> "Bank | None":
    from arncnn.explain.similar import Bank

    path = _bundle.path("similar.npz")
    try:
        return None if path is None else Bank.load(path, _bundle.labels)
    except ModelError:
        return None  # a model of an earlier version; the page says that it carries none


def _known_to(bundle: ModelBundle) -> "TrainingImages":
    """What is known on this machine of the images that a model learnt from."""
    return _training_images_of(bundle.identity.sha256, bundle)


@st.cache_resource(show_spinner=False, max_entries=1)
def _training_images_of(model_sha256: str, _bundle: ModelBundle) -> "TrainingImages":
    from arncnn.cases.training_match import TrainingImages

    return TrainingImages.of(_bundle, bank_of(_bundle))


def labels() -> tuple[str, ...]:
    """The classes of the model in service."""
    return bundle().labels


def icon(actor: Actor, case: Case) -> bytes:
    """A case's thumbnail, small enough for a table."""
    return _icon(case.thumbnail_sha256, actor, case)


@st.cache_data(show_spinner=False, max_entries=2000)
def _icon(thumbnail_sha256: str, _actor: Actor, _case: Case) -> bytes:
    return picture.shrink_png(store().cases.thumbnail(_actor, _case), _ICON_EDGE)


def data_samples() -> "tuple[Sample, ...]":
    """Test images to try, where the data set has been fetched to this machine."""
    return _data_samples(model_identity().sha256)


@st.cache_resource(show_spinner=False, max_entries=1)
def _data_samples(model_sha256: str) -> "tuple[Sample, ...]":
    from arncnn.samples.data_set import data_samples as found

    return found(bundle())
