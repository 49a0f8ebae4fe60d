"""What every page shares: title, intended use, the sidebar's notices."""

from collections.abc import Callable
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from arncnn.config import ASSETS, INTENDED_USE
from arncnn.errors import ArncnnError
from arncnn.store import Actor
from pages.ui import caches, state
from pages.ui.navigation import Entry

_THEME = ASSETS / "theme"


def open_page(title: str, lead: str, *, with_notice: bool = True) -> None:
    """Draws a page's head.

    Args:
        title: the page's one heading.
        lead: one line on what the page is for.
        with_notice: False where the page itself says where the notice stands.
    """
    st.html(
        f'<header class="arn-head"><h1>{title}</h1><p>{lead}</p></header>'
        f'<p class="arn-use" role="note">{INTENDED_USE}</p>'
    )
    if with_notice:
        notice()


def notice() -> None:
    """Draws the sentence that was left for this page, if any."""
    sentence = state.notice()
    if sentence:
        st.info(sentence, icon=":material/info:")


def sidebar(actor: Actor, *, sign_out: Callable[[], None]) -> DeltaGenerator:
    """Draws the sidebar's foot and gives the place where work in progress is shown.

    Args:
        actor: who is at the screen.
        sign_out: ends an account's sign-in.
    """
    st.logo(_THEME / "mark.svg", size="large")
    with st.sidebar:
        progress = st.empty()
        st.html(f'<footer class="arn-foot">{_model()}{_person(actor)}</footer>')
        if not actor.is_local:
            st.button("Sign out", on_click=sign_out, icon=":material/logout:", key="sign_out")
    return progress


def _model() -> str:
    try:
        identity = caches.cases().bundle().identity
    except ArncnnError:
        return "<p><b>Model</b> none available</p>"
    return (
        f'<p><b>Model</b> <code title="SHA-256 {identity.sha256}">{escape(identity.id)}</code></p>'
    )


def _person(actor: Actor) -> str:
    if actor.is_local:
        return "<p>Local use: no accounts, everything stays on this machine.</p>"
    return f"<p>Signed in as {escape(actor.name)}.</p>"


def empty(
    title: str, hint: str = "", *, icon: str, to: Entry | None = None, label: str = ""
) -> None:
    """The state of a page that has nothing to show yet: why, and what to do first.

    Args:
        title: what there is none of.
        hint: what would be here, and how it comes.
        icon: a Material symbol.
        to: the page to go on with, if any.
        label: of the link to it.
    """
    with st.container(border=True, key="empty_state", horizontal_alignment="center", gap="xsmall"):
        st.markdown(f"#### {icon}  {title}", text_alignment="center")
        if hint:
            st.markdown(hint, text_alignment="center")
        if to is not None:
            st.page_link(to.script, label=label or to.title, icon=to.icon)


def failed(sentence: str) -> None:
    """The state of a page that could not do its work: what happened and what to do."""
    st.error(sentence, icon=":material/error:")
