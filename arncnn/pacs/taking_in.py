"""From files of the spool to rows of the inbox: each object named, sorted out or let wait."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from pydicom import uid

from arncnn.errors import IntakeError
from arncnn.intake import identify_file
from arncnn.intake.allowed import UIDS
from arncnn.pacs.spool import Spool, Spooled
from arncnn.reports.report_identity import is_multi_frame
from arncnn.store import Store
from arncnn.store.roles import PACS
from arncnn.store.source import Arrival, Inbox, Source

OURS = "ARN-CNN"
_AT_ONCE = 64
_NO_PICTURES = ("SR", "Presentation State", "Key Object", "Segmentation", "Structured", "Document")
_SLICES = frozenset({"CT", "MR"})
_LONGEST_UID = 64
_UNKNOWN = dict.fromkeys(UIDS, "")


def take_in(store: Store, spool: Spool, sources: Mapping[str, Source]) -> int:
    """Enters what came into the inbox and removes what has been dealt with; how much was new."""
    files = spool.waiting(4 * _AT_ONCE)
    known = store.pacs.known(PACS, [file.id for file in files])
    for file in files:
        if known.get(file.id) in (Inbox.READ, Inbox.AGAIN, Inbox.SKIPPED):
            spool.remove(file.source_id, file.id)  # a kill came between its row and this
    new = [file for file in files if file.id not in known and file.source_id in sources]
    new = new[:_AT_ONCE]
    with ThreadPoolExecutor(2) as pool:
        arrivals = list(pool.map(lambda file: _arrival(file, sources[file.source_id]), new))
    store.pacs.take(PACS, arrivals)
    for each in arrivals:
        if each.state is Inbox.SKIPPED:
            spool.remove(each.source_id, each.id)
    return len(arrivals)


def is_without_picture(sop_class: str) -> bool:
    """Whether objects of a class are reports, states or the like.

    >>> is_without_picture("1.2.840.10008.5.1.4.1.1.88.34")
    True
    >>> is_without_picture("1.2.840.10008.5.1.4.1.1.2")
    False
    """
    name = uid.UID(sop_class).name if sop_class in uid.UID_dictionary else ""
    return any(word in name for word in _NO_PICTURES)


def _arrival(file: Spooled, source: Source) -> Arrival:
    try:
        identity = identify_file(file.path)
    except IntakeError as error:
        return _stated(file, _UNKNOWN, Inbox.PARKED, str(error))
    uids = {keyword: identity[keyword][:_LONGEST_UID] for keyword in UIDS}
    if identity["Manufacturer"].strip() == OURS:
        return _stated(file, uids, Inbox.SKIPPED, "An answer of our own.")
    if is_without_picture(uids["SOPClassUID"]):
        return _stated(file, uids, Inbox.SKIPPED, "A report or similar object, without an image.")
    if not all(uids.values()):
        sentence = "It does not state its study, series and object. Have it sent again."
        return _stated(file, uids, Inbox.PARKED, sentence)
    is_slice = identity["Modality"] in _SLICES and not is_multi_frame(uids["SOPClassUID"])
    state = Inbox.GATHERING if is_slice else Inbox.WAITING
    return _stated(file, uids, state, "")


def _stated(file: Spooled, uids: Mapping[str, str], state: Inbox, sentence: str) -> Arrival:
    return Arrival(file.id, file.source_id, file.arrived_at, uids, state, sentence)
