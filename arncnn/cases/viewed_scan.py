"""The values of a case to look at: as they were decoded, or of its picture where that is kept."""

import numpy as np

from arncnn.cases.service import CaseService
from arncnn.errors import StoreError
from arncnn.intake.scan import Scan
from arncnn.store import Actor

_KEPT = "png"  # the kind of a scan made from a kept picture: grey levels, 0 to 255


def of_case(service: CaseService, actor: Actor, case_id: str, *, frame: int | None = None) -> Scan:
    """A case's values: as they were decoded; those of its picture where no others are kept.

    Args:
        service: where it lies open.
        actor: who looks at it.
        case_id: the case.
        frame: from 0, of the file that lies open; None is the one that was read.

    Raises:
        ArncnnError: it does not exist, was altered, or may not be seen; or another frame is asked
            for whose file is not at hand: the one that was read is never shown in its place.
    """
    case, opened = service.at_hand(actor, case_id)
    if frame not in (None, case.frame):
        if opened is None or opened.item is None:
            raise StoreError(
                f"Only frame {case.frame + 1} of this file is kept. Upload the file again to see "
                "the others."
            )
        return opened.item.open(frame=frame)
    if opened is None:
        if (kept := service.store.cases.scan(actor, case_id)) is not None:
            return kept
        shown = service.store.cases.pixels(actor, case_id).display
    elif opened.scan is not None:
        return opened.scan
    else:
        shown = opened.display
    return Scan(pixels=shown.astype(np.float32), sha256="", kind=_KEPT)
