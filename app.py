"""The dashboard's router: page settings, sign-in, navigation, the page, then the waiting work."""

import streamlit as st

from arncnn.config import ASSETS
from arncnn.errors import ArncnnError, ModelError
from pages.ui import frame, navigation, sign_in, tour, upload_queue
from pages.ui.shared import failures

st.set_page_config(
    page_title="ARN-CNN Dashboard",
    page_icon=str(ASSETS / "theme" / "icon.svg"),
    layout="wide",
)
actor = sign_in.actor()
page = navigation.choose()
progress = frame.sidebar(actor, sign_out=sign_in.leave)
with failures.shown():
    try:
        tour.bar(actor, page)
        page.run()
    except ModelError:
        raise  # nothing that waits could be read either
    except ArncnnError as error:
        frame.failed(str(error))
    # What is left to read is read after the page has been drawn, so no page waits for it.
    upload_queue.carry_on(actor, progress, page)
