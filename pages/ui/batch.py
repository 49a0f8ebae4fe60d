"""The files that a session has given and that are being read, one after another.

A page never waits for them: ``app.py`` carries on after the page has been drawn, and
whatever a person clicks comes first. Each file is read and stored before the next, so
what is shown as done is on the disk.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from arncnn.errors import ArncnnError
from arncnn.intake import Item
from arncnn.store import Actor
from pages.ui import navigation, resources, state

_REDRAW_S = 1.0  # how often the worklist shows what has been read meanwhile


@dataclass(frozen=True)
class Outcome:
    """What became of one file.

    Attributes:
        name: what the person called it; for the screen only.
        case_id: the case it became, or None.
        sentence: why it was not read, or None.
    """

    name: str
    case_id: str | None
    sentence: str | None


@dataclass
class Batch:
    """Files in their order, and what became of those already read."""

    items: Sequence[Item]
    outcomes: list[Outcome] = field(default_factory=list)
    is_cancelled: bool = False

    @property
    def is_working(self) -> bool:
        """Whether files are left to be read."""
        return not self.is_cancelled and len(self.outcomes) < len(self.items)

    @property
    def is_single(self) -> bool:
        """Whether there was one file only."""
        return len(self.items) == 1

    @property
    def part_done(self) -> float:
        """0 to 1."""
        return len(self.outcomes) / max(1, len(self.items))

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """The files that could not be read."""
        return tuple(outcome for outcome in self.outcomes if outcome.sentence)

    @property
    def case_ids(self) -> tuple[str, ...]:
        """The cases so far; the same bytes twice are one case."""
        found = (outcome.case_id for outcome in self.outcomes if outcome.case_id)
        return tuple(dict.fromkeys(found))

    def read_next(self, actor: Actor) -> None:
        """Reads and stores the next file; a bad file is an outcome like any other."""
        item = self.items[len(self.outcomes)]
        try:
            case_id = resources.read(actor, item)
        except ArncnnError as error:
            self.outcomes.append(Outcome(item.label, None, str(error)))
        else:
            self.outcomes.append(Outcome(item.label, case_id, None))


def start(items: Sequence[Item]) -> None:
    """Replaces the session's batch."""
    state.set_batch(Batch(items))


def carry_on(actor: Actor, slot: DeltaGenerator, page: st.Page) -> None:
    """Reads what is left, showing progress in ``slot``; without work, gets the model ready."""
    work = state.batch()
    if work is None or not work.is_working:
        resources.warm_up_once_painted()
        return
    is_on_worklist = navigation.is_at(page, navigation.WORKLIST)
    started = time.monotonic()
    while work.is_working:
        done = len(work.outcomes)
        slot.progress(work.part_done, text=f"Reading file {done + 1} of {len(work.items)}")
        work.read_next(actor)
        if is_on_worklist and time.monotonic() - started > _REDRAW_S:
            st.rerun()
    slot.empty()
    if is_on_worklist or navigation.is_at(page, navigation.UPLOAD):
        st.rerun()
    st.toast(f"{len(work.items)} files read.", icon=":material/done_all:")
