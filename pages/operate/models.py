"""Models: what is in service, the candidates and how they compare, promotion and rollback."""

import streamlit as st

from pages.ui import caches, frame, navigation, sign_in
from pages.ui.operate import registered_model, serving_model


def show() -> None:
    """Draws the model in service, every registered model, and the history."""
    actor = sign_in.actor()
    frame.open_page(
        "Models", "The model in service, the candidates, how they compare, and who decided."
    )
    models = caches.store().models
    token = models.serving_token()  # first: what is shown is at least as new
    registered, history = models.list(actor), models.history(actor)
    serving = models.in_service()
    serving_model.show(actor, serving, history, token=token, key="serving")
    st.subheader("Candidates", anchor=False)
    if not registered:
        frame.empty(
            "No training has made a candidate yet",
            "The bundled model is in service. A newly trained model appears here, compared "
            "with the one in service, and reads scans only once it is promoted.",
            icon=":material/inventory_2:",
            to=navigation.RETRAINING,
        )
    for model in registered:
        is_serving = serving == model.sha256
        key = f"model_{model.sha256[:12]}"
        registered_model.show(actor, model, is_serving=is_serving, token=token, key=key)
    serving_model.show_history(history, key="history")


show()
