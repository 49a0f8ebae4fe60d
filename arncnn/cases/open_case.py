"""OpenCase: a case that lies open, with its pictures and what was worked out of it so far.

What a case is only asked when somebody wants to know is worked out once and kept as long as it
lies open. It comes from the model that read the case, whichever serves by now.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from arncnn.cases.loaded_model import LoadedModel
from arncnn.figures import picture
from arncnn.intake import Item
from arncnn.intake.scan import Scan
from arncnn.progress import Progress
from arncnn.store.case import Case

if TYPE_CHECKING:
    from arncnn.explain import Maps
    from arncnn.explain.attention import AttentionSteps
    from arncnn.explain.known_evidence import KnownScore
    from arncnn.explain.map_trust import MapTrust
    from arncnn.explain.similar import Neighbour
    from arncnn.inference.reading import Reading
    from arncnn.uncertainty.known import Known

OPEN_CASES = 64  # about 3 MB each, beside their scans
_SCANS_BYTES = 512 << 20  # of pixels; a case that makes room is opened from the store
_SMOOTH_EDGE = 256  # px: all that a smooth map needs, a quarter of the bytes
_NEIGHBOURS = 6

KNOWN_CHECK = "occlusion_known"  # beside the names of ``INPUT_CHECKS``

Asked = tuple[str, str, str | None]
"""A map by its method, its class and the class it is held against, if any."""


@dataclass(frozen=True, eq=False)
class OpenCase:
    """A case with what can be shown of it.

    Attributes:
        case: as stored.
        reading: by the model in service when the case was read or reopened.
        model: that model; another may be in service by now, and its maps would be of another
            answer.
        display: uint8, (height, width), the kept picture.
        scan: the decoded file, or as it is kept; None where only its picture is.
        item: opens the file again for another frame; None after a restart.
        checks: the input-level checks that were run, by their names and ``KNOWN_CHECK``.
        trusted: the tests of single maps that were run.
    """

    case: Case
    reading: "Reading"
    model: LoadedModel
    display: np.ndarray
    scan: Scan | None = None
    item: Item | None = None
    checks: "dict[str, Maps]" = field(default_factory=dict, repr=False)
    trusted: "dict[Asked, MapTrust]" = field(default_factory=dict, repr=False)
    _steps: "dict[str, AttentionSteps]" = field(default_factory=dict, repr=False)
    _layers: dict[bool, tuple[str, ...]] = field(default_factory=dict, repr=False)

    @property
    def is_as_recorded(self) -> bool:
        """Whether ``reading`` is by the model whose answer the case records."""
        return self.reading.model.sha256 == self.case.model_sha256

    @cached_property
    def fitted(self) -> np.ndarray:
        """The kept picture at the size the pages draw it: uint8, (height, width)."""
        return picture.fit(self.display)

    @cached_property
    def png(self) -> bytes:
        """The kept picture at that size as PNG, made once."""
        return picture.png(self.fitted)

    @property
    def image(self) -> np.ndarray:
        """The view that the answer came from: float32, (64, 64, 1), 0 to 1."""
        return self.reading.model_input.images[self.reading.view]

    @cached_property
    def seen(self) -> np.ndarray:
        """What the network saw, at the size of ``fitted``: uint8, (height, width)."""
        height, width = self.fitted.shape
        grey = picture.as_grey(self.image[..., 0])
        return picture.enlarge(grey, (height, width), smooth=False)

    @cached_property
    def seen_png(self) -> bytes:
        """What the network saw as PNG, made once."""
        return picture.png(self.seen)

    def layer(self, values: np.ndarray, *, scale: float, is_signed: bool, smooth: bool) -> str:
        """A map to be laid over the picture, as data URI; arguments as in ``picture.layer``."""
        shape = picture.fitted(self.display.shape, _SMOOTH_EDGE if smooth else picture.EDGE)
        return picture.data_uri(
            picture.layer_png(values, shape, scale=scale, is_signed=is_signed, smooth=smooth)
        )

    @cached_property
    def maps(self) -> "dict[str, Maps]":
        """Every method's maps of all classes."""
        from arncnn.explain import explain_all

        reader = self.model.reader
        return explain_all(reader.head, self.reading.features.conv_map, reader.scales)

    @property
    def known(self) -> "Known | None":
        """The model's output "known"; None where it was trained without outliers."""
        guard = self.model.reader.novelty
        return None if guard is None else guard.known

    @cached_property
    def known_maps(self) -> "dict[str, Maps]":
        """Every method's map of "known", as of a single class; empty for a model without it."""
        from arncnn.explain.known_evidence import explain_known

        if self.known is None:
            return {}
        reader = self.model.reader
        return explain_known(reader.head, self.known, self.reading.features.conv_map, reader.scales)

    @cached_property
    def known_score(self) -> "KnownScore | None":
        """The logit "known" and how usual it is; None for a model without it."""
        from arncnn.explain.known_evidence import KnownScore

        guard = self.model.reader.novelty
        return None if guard is None else KnownScore.of(guard, self.reading.features)

    def similar(self) -> "tuple[Neighbour, ...]":
        """The training images nearest to the case; empty when its model carries none."""
        from arncnn.explain.similar import nearest

        bank = self.model.training_features
        return () if bank is None else nearest(self.reading.features.vector, bank, _NEIGHBOURS)

    def check(self, name: str, progress: Progress) -> "Maps":
        """Runs an input-level check; seconds, because it asks the network hundreds of times.

        Args:
            name: in ``INPUT_CHECKS``.
            progress: told how far it is.
        """
        from arncnn.explain.input_checks import INPUT_CHECKS

        found = INPUT_CHECKS[name].compute(self.model.probe, self.image, progress)
        return self.checks.setdefault(name, found)

    def check_known(self, progress: Progress) -> "Maps | None":
        """What covering each place takes from "known"; seconds, None for a model without it."""
        from arncnn.explain.known_evidence import known_logits
        from arncnn.explain.occlusion import occlusion

        if self.known is None:
            return None
        predict = known_logits(self.model.probe, self.model.reader.head, self.known)
        found = occlusion(predict, self.image, progress=progress)
        return self.checks.setdefault(KNOWN_CHECK, found)

    def trust(self, asked: Asked) -> "MapTrust":
        """Tests one map on its own scan; about a second."""
        from arncnn.explain import METHODS
        from arncnn.explain.map_trust import map_trust

        method, label, against = asked
        labels = self.reading.labels
        found = map_trust(
            self.model.probe,
            self.model.reader.head,
            self.image,
            METHODS[method],
            labels.index(label),
            None if against is None else labels.index(against),
        )
        return self.trusted.setdefault(asked, found)

    def steps(self, module: str) -> "AttentionSteps":
        """One attention module on this scan, step by step: the paper's Figure 3.

        Args:
            module: "attention_1" to "attention_8".
        """
        from arncnn.explain.attention import attention_steps

        if module not in self._steps:
            self._steps[module] = attention_steps(self.model.network, self.image, module)
        return self._steps[module]

    def attention_layers(self, *, smooth: bool) -> tuple[str, ...]:
        """Every attention map to be laid over the scan, as data URI, in the network's order.

        Args:
            smooth: False shows the maps' own grids.
        """
        from arncnn.explain.attention import attention_maps

        if smooth not in self._layers:
            self._layers[smooth] = tuple(
                self.layer(found.map, scale=1.0, is_signed=False, smooth=smooth)
                for found in attention_maps(self.reading.features.attention)
            )
        return self._layers[smooth]


class CaseCache:
    """The cases opened last, for all sessions of the process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._cases: OrderedDict[tuple[str, str], OpenCase] = OrderedDict()
        self._held: dict[str, object] = {}

    def get(self, case_id: str, model_sha256: str) -> OpenCase | None:
        """The case as that model read it, if it lies open."""
        key = case_id, model_sha256
        with self._lock:
            if key in self._cases:
                self._cases.move_to_end(key)
            return self._cases.get(key)

    def put(self, opened: OpenCase) -> OpenCase:
        """Keeps a case and gives it; the one not looked at for longest makes room."""
        with self._lock:
            self._cases[opened.case.id, opened.reading.model.sha256] = opened
            while len(self._cases) > OPEN_CASES or self._is_heavy():
                (case_id, _), _ = self._cases.popitem(last=False)
                self._held.pop(case_id, None)
        return opened

    def _is_heavy(self) -> bool:
        held = sum(each.scan.pixels.nbytes for each in self._cases.values() if each.scan)
        return len(self._cases) > 1 and held > _SCANS_BYTES

    def hold(self, case: Case, upload: object) -> None:
        """Keeps what a file of several frames lies in as long as its case lies open.

        So a page that is loaded anew looks through its frames, too.
        """
        with self._lock:
            if case.frames > 1 and any(case.id == known for known, _ in self._cases):
                self._held[case.id] = upload

    def drop(self, case_id: str) -> None:
        """Lets go of a case, whichever model read it."""
        with self._lock:
            for key in [key for key in self._cases if key[0] == case_id]:
                del self._cases[key]
            self._held.pop(case_id, None)
