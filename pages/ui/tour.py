"""The guided demo: real pages with real readings of samples, and what to look at on each.

Nothing is canned: each step reads its sample with the model in service and opens the page
that anybody would open. It needs no network and takes at most four minutes: its words read at
200 a minute, ten seconds of looking a step, and what the pages take to come.
"""

from dataclasses import dataclass
from html import escape

import streamlit as st

from arncnn.config import ASSETS
from arncnn.errors import ArncnnError
from arncnn.samples import catalogue
from arncnn.store import Actor
from arncnn.store.roles import may
from pages.ui import caches, frame, navigation, state
from pages.ui.navigation import Entry


@dataclass(frozen=True)
class Step:
    """One stop.

    Attributes:
        title: what the stop shows, in a few words.
        look: one or two sentences on what to look at; true whatever the model answers.
        entry: the page.
        sample: key of the sample whose reading is put in view, or None.
        shows: CSS selector of what the words point at, where that may lie further down the page:
            it is brought into view until somebody does something; "" for the page's beginning.
    """

    title: str
    look: str
    entry: Entry
    sample: str | None = None
    shows: str = ""


STEPS = (
    Step(
        "A scan is read",
        "A drawn chest X-ray. The band gives the verdict by shape, word and colour; below "
        "it are all classes with their spread.",
        navigation.PROBABILITIES,
        "CXR.png",
    ),
    Step(
        "Where the answer comes from",
        "Warm colours are evidence for the class, cold ones against it. The cells add up "
        "to the class's score; try another class or method.",
        navigation.EXPLANATIONS,
        "CXR.png",
    ),
    Step(
        "An image that is not a scan",
        "A drawn landscape. The model gives no class and says why; its raw numbers are "
        "behind a click, so that nobody takes them for an answer.",
        navigation.PROBABILITIES,
        "Landscape.png",
    ),
    Step(
        "A header that disagrees",
        "A drawn hand in a DICOM file whose header says chest. The band names the disagreement, "
        "and a person decides; neither header nor answer is changed.",
        navigation.PROBABILITIES,
        "mislabelled_hand.dcm",
    ),
    Step(
        "Saying whether it is right",
        "Beside “Is this right?”, one press says what you see. On the page Corrections, a "
        "decision is made whether the next training may use it.",
        navigation.PROBABILITIES,
        "mislabelled_hand.dcm",
        "[class*=st-key-correction_][class*=_popover]",
    ),
    Step(
        "What needs a person",
        "All scans in one list, each with its verdict and whether its header agrees. "
        "Filter or order it, open a case, export it.",
        navigation.WORKLIST,
    ),
    Step(
        "How the model learned",
        "Every epoch of the last training of the model in service. Switch on “The paper's five "
        "epochs” to lay the paper's own figures over it.",
        navigation.TRAINING_CURVE,
        shows=".st-key-curve .js-plotly-plot",
    ),
    Step(
        "How good it is, beside another",
        "The model in service beside another, each figure with its sample. Compared with "
        "“paper”, the bundled robust model performs alike on the paper's images and far better "
        "on external scans.",
        navigation.COMPARISON,
        shows=".st-key-arn_whole_side_by_side_home",
    ),
    Step(
        "How it learns from corrections",
        "Here a candidate is trained on approved corrections: the plan says what, where "
        "and for how long before anything is queued. It reads scans only once a person "
        "promotes it.",
        navigation.RETRAINING,
    ),
)


def offer(actor: Actor) -> None:
    """Draws the button that starts the demo, for whoever may read scans."""
    if not may(actor, "case.add"):
        return
    with st.container(horizontal=True, vertical_alignment="center", key="tour_offer"):
        if st.button("Show me", icon=":material/play_circle:", key="tour_start"):
            _go(actor, 0)
        st.markdown("New here? A guided tour of samples: at most four minutes, nothing to prepare.")


def bar(actor: Actor, page: st.Page) -> None:
    """Draws the bar of the running demo above the page, or nothing."""
    # Its place is kept without it: what stands below would be drawn anew one place higher, and
    # for a moment be there twice.
    slot = st.empty()
    place = state.tour_step()
    if place is None or not 0 <= place < len(STEPS):
        return
    step = STEPS[place]
    is_here = navigation.is_at(page, step.entry)
    label, to = ("Next" if place + 1 < len(STEPS) else "Done", place + 1)
    if not is_here:
        label, to = "To this step", place
    st.html(ASSETS / "theme" / "tour.css")
    with slot.container(horizontal=True, vertical_alignment="center", gap="small", key="tour_bar"):
        st.html(_words(place, step))
        if st.button("Back", icon=":material/arrow_back:", disabled=not place, key="tour_back"):
            _go(actor, place - 1)
        if st.button(label, icon=":material/arrow_forward:", type="primary", key="tour_next"):
            _go(actor, to)
        if st.button("Leave", type="tertiary", key="tour_leave"):
            state.set_tour_step(None)
            st.rerun()


def _words(place: int, step: Step) -> str:
    return (
        f'<section class="arn-tour" aria-label="Guided demo" data-shows="{escape(step.shows)}">'
        f'<p class="count">Step {place + 1} of {len(STEPS)}</p>'
        f"<p><b>{escape(step.title)}.</b> {escape(step.look)}</p></section>"
    )


def _go(actor: Actor, place: int) -> None:
    """Reads what the step shows and opens its page; past the last step, back to the start."""
    if place >= len(STEPS):
        state.set_tour_step(None)
        st.switch_page(navigation.UPLOAD.script)
    step = STEPS[place]
    if step.sample is not None:
        try:
            with st.spinner("Reading the sample…"):
                item = catalogue.find(step.sample).item
                state.show_case(caches.cases().read(actor, item).case.id)
        except ArncnnError as error:
            frame.failed(str(error))
            return
    state.set_tour_step(place)
    st.switch_page(step.entry.script)
