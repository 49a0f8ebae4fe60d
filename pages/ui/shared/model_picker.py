"""Which model a page is about: the one in service, the bundled one, or one of the registry."""

import streamlit as st

from arncnn import config
from arncnn.errors import ArncnnError
from arncnn.models.bundle import ModelBundle
from arncnn.store import Actor
from pages.ui import caches, frame
from pages.ui.shared import stored_results
from pages.ui.wording import moment


def choose(actor: Actor, *, key: str) -> ModelBundle | None:
    """Draws the picker where there is a choice; draws the failed state and gives None."""
    try:
        offered = folders(actor)
        name = next(iter(offered))
        if len(offered) > 1:
            name = st.selectbox("Model", list(offered), key=key, width=480)
        return stored_results.open_model(offered[name])
    except ArncnnError as error:
        frame.failed(str(error))
        return None


def folders(actor: Actor) -> dict[str, str]:
    """The folder of every model by what a person reads, the one in service first."""
    serving = caches.cases().bundle().folder
    offered = {f"{caches.cases().bundle().identity.id}, in service": str(serving)}
    bundled = config.default_model()
    if bundled != serving and (bundled / "model.json").is_file():
        offered["The bundled model"] = str(bundled)
    for model in caches.store().models.list(actor):
        if model.folder != serving:
            offered[f"{model.id}, {moment(model.created_at)}"] = str(model.folder)
    return offered
