"""The dashboard's router: page settings, sign-in, navigation, the page, then the waiting work.

Streamlit imports it once for ``app``, what is served, and runs it as ``__main__`` for every
page. So whichever way the dashboard is started, requests pass ``pages.ui.server`` first.
"""

import streamlit as st

from pages.ui import server, startup, warm_up


def route() -> None:
    """Draws the page that is asked for."""
    with warm_up.turns.page():
        _route()


def _route() -> None:
    # What is cached for all sessions wants to be imported within Streamlit's runtime.
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
        warm_up.page_is_drawn()
        # What is left to read is read after the page has been drawn, so no page waits for it.
        upload_queue.carry_on(actor, progress, page)


if __name__ == "__main__":
    route()
else:
    startup.require_served()
    app = st.App(__file__, middleware=server.LAYERS, lifespan=warm_up.lifespan)
