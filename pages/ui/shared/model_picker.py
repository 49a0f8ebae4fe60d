"""Which model a page is about: the one in service, the bundled one, or one of the registry."""

import streamlit as st

from arncnn import config
from arncnn.errors import ModelError
from arncnn.models.bundle import ModelBundle
from arncnn.store import Actor
from pages.ui import caches
from pages.ui.shared import stored_results
from pages.ui.wording import moment


def choose(actor: Actor, *, key: str) -> ModelBundle:
    """Draws the picker where there is a choice, and gives the model.

    Raises:
        ArncnnError: there is none, or it was altered.
    """
    offered = folders(actor)
    name = next(iter(offered))
    if len(offered) > 1:
        name = st.selectbox("Model", list(offered), key=key, width=480)
    return stored_results.open_model(offered[name])


def folders(actor: Actor) -> dict[str, str]:
    """The folder of every model by what a person reads, the one in service first.

    One in service that cannot be opened is left out; ``app.py`` says so below every page.

    Raises:
        ModelError: it is the only one.
    """
    models, offered, fault = caches.store().models, {}, None
    serving, bundled = models.in_service(), config.default_model()
    try:
        bundle = caches.cases().bundle()
        offered[f"{bundle.identity.id}, in service"] = str(bundle.folder)
    except ModelError as error:
        fault = error
    if serving is not None and (bundled / "model.json").is_file():
        offered["The bundled model"] = str(bundled)
    for model in models.list(actor):
        if model.sha256 != serving:
            offered[f"{model.id}, {moment(model.created_at)}"] = str(model.folder)
    known = {str(bundled), *offered.values()}
    for other in sorted(config.BUNDLED_MODELS.glob("*/model.json")):
        if str(other.parent) not in known:
            offered[f"The bundled model “{other.parent.name}”"] = str(other.parent)
    if fault is not None and not offered:
        raise fault
    return offered
