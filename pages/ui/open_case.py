"""OpenCase: a case that lies open, with its pictures and what was worked out of it so far."""

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from arncnn.figures import picture
from arncnn.intake import Item
from arncnn.intake.scan import Scan
from arncnn.store.case import Case

if TYPE_CHECKING:
    from arncnn.inference.reader import Reader, Reading

OPEN_CASES = 64  # about 3 MB each
_SMOOTH_EDGE = 256  # px: all that a smooth map needs, a quarter of the bytes


@dataclass(frozen=True, eq=False)
class OpenCase:
    """A case with what the pages show of it.

    Attributes:
        case: as stored.
        reading: by the model in service when the case was read or reopened.
        reader: that model; another may be in service by now, and its maps would be of another
            answer.
        display: uint8, (height, width), the kept picture.
        scan: the decoded file while this process still has it; None after a restart.
        item: opens the file again for another frame; None after a restart.
        measured: what was worked out on demand, by what was asked; see ``measured``.
    """

    case: Case
    reading: "Reading"
    reader: "Reader"
    display: np.ndarray
    scan: Scan | None
    item: Item | None
    measured: dict[Any, Any] = field(default_factory=dict, repr=False)

    @cached_property
    def fitted(self) -> np.ndarray:
        """The kept picture at the size the pages draw it: uint8, (height, width)."""
        return picture.fit(self.display)

    @cached_property
    def png(self) -> bytes:
        """The same as PNG, made once."""
        return picture.png(self.fitted)

    @cached_property
    def seen(self) -> np.ndarray:
        """What the network saw, at the same size: uint8, (height, width)."""
        images, view = self.reading.model_input.images, self.reading.view
        grey = picture.as_grey(images[view][..., 0])
        height, width = self.fitted.shape
        return picture.enlarge(grey, (height, width), smooth=False)

    @cached_property
    def seen_png(self) -> bytes:
        """The same as PNG, made once."""
        return picture.png(self.seen)

    def layer(self, values: np.ndarray, *, scale: float, is_signed: bool, smooth: bool) -> str:
        """A map to be laid over the picture, as data URI; arguments as in ``picture.layer``."""
        shape = picture.fitted(self.display.shape, _SMOOTH_EDGE if smooth else picture.EDGE)
        drawn = picture.layer(values, shape, scale=scale, is_signed=is_signed, smooth=smooth)
        return picture.data_uri(picture.png(drawn))


class CaseCache:
    """The cases opened last, for all sessions of the process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._cases: OrderedDict[tuple[str, str], OpenCase] = OrderedDict()

    def get(self, key: tuple[str, str]) -> OpenCase | None:
        """The case of this id and model, if it lies open."""
        with self._lock:
            if key in self._cases:
                self._cases.move_to_end(key)
            return self._cases.get(key)

    def put(self, key: tuple[str, str], opened: OpenCase) -> None:
        """Keeps a case; the one not looked at for longest makes room."""
        with self._lock:
            self._cases[key] = opened
            while len(self._cases) > OPEN_CASES:
                self._cases.popitem(last=False)

    def drop(self, case_id: str) -> None:
        """Lets go of a case, whichever model read it."""
        with self._lock:
            for key in [key for key in self._cases if key[0] == case_id]:
                del self._cases[key]
