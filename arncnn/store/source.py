"""Source: an archive or device that scans come from, what came, and what goes back to it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from arncnn.errors import UsageError


class Answer(StrEnum):
    """How answers go back."""

    NONE = "none"
    STOW = "stow"
    C_STORE = "cstore"


class Inbox(StrEnum):
    """What became of an object that came."""

    WAITING = "waiting"
    GATHERING = "gathering"  # a slice, until its series is quiet
    READ = "read"
    AGAIN = "again"  # the same object, read before
    SKIPPED = "skipped"
    PARKED = "parked"


class Outbox(StrEnum):
    """What became of an answer."""

    WAITING = "waiting"
    SENT = "sent"
    PARKED = "parked"


_LONGEST_AE = 16  # PS3.5 6.2, VR AE
_PORTS = range(1, 65536)


@dataclass(frozen=True)
class SourceSettings:
    """How a source is reached and what it is given.

    Attributes:
        url: root of its DICOMweb services, e.g. ``https://pacs.example/dicom-web``; "" without.
        orthanc_url: root of an Orthanc's own services, whose list of changes is followed; "".
        credential: where user and password ("user:password") or a token lie: ``env:NAME`` or
            ``file:/path``. Never the secret itself.
        is_followed: whether everything that is stored there is read; else only what is asked for.
        ae_title: its AE title; with it, it may send to us.
        host: its address: what it sends must come from there, and C-STORE goes there.
        port: of its DICOM service, for C-ECHO and C-STORE.
        answer: how answers go back.
        has_capture: whether a picture with the verdict goes along with the report.
        quiet_s: seconds without a new slice after which a CT or MR series is read.
        slices: how many slices of a series are read.
        viewer: address of a study in a viewer, with ``{study}`` for its UID; "" without.
    """

    url: str = ""
    orthanc_url: str = ""
    credential: str = ""
    is_followed: bool = True
    ae_title: str = ""
    host: str = ""
    port: int = 0
    answer: Answer = Answer.NONE
    has_capture: bool = False
    quiet_s: float = 30.0
    slices: int = 5
    viewer: str = ""

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "SourceSettings":
        """What a row holds; what it does not know is left out."""
        known = {each.name for each in fields(cls)}
        values = {name: value for name, value in raw.items() if name in known}
        return cls(**{**values, "answer": Answer(values.get("answer", Answer.NONE))})

    def to_json(self) -> dict[str, Any]:
        """As a row holds it."""
        return {**asdict(self), "answer": self.answer.value}

    def check(self) -> None:
        """Pass when a source can be worked with these.

        Raises:
            UsageError: the sentence says what is missing or wrong.
        """
        if not self.url and not self.ae_title:
            raise UsageError("Enter at least a DICOMweb address, or the AE title of the sender.")
        for address in (self.url, self.orthanc_url, self.viewer):
            parts = urlsplit(address)
            if address and (parts.scheme not in ("http", "https") or not parts.hostname):
                raise UsageError("An address must start with http:// or https:// and a host.")
            if parts.username or parts.password:
                raise UsageError(
                    "Leave user name and password out of the address: give the environment "
                    "variable or the file that holds them."
                )
        if self.credential and not self.credential.startswith(("env:", "file:/")):
            raise UsageError(
                "Give the credential as env:NAME or file:/path, never the secret itself."
            )
        if len(self.ae_title) > _LONGEST_AE or "\\" in self.ae_title:
            raise UsageError("An AE title has at most 16 characters and no backslash.")
        if self.ae_title and not self.host:
            raise UsageError("Enter the address that this AE title sends from.")
        if self.port and self.port not in _PORTS:
            raise UsageError("A port must be a number from 1 to 65535.")
        if self.answer is Answer.STOW and not self.url:
            raise UsageError("Answers by STOW-RS need the DICOMweb address.")
        if self.answer is Answer.C_STORE and not (self.ae_title and self.host and self.port):
            raise UsageError("Answers by C-STORE need AE title, address and port.")
        if not 0 < self.quiet_s < 86400 or not 1 <= self.slices <= 50:  # seconds of a day
            raise UsageError("A series waits up to a day, and 1 to 50 of its slices are read.")
        if self.viewer and "{study}" not in self.viewer:
            raise UsageError("The viewer's address needs {study} where the study's UID goes.")


@dataclass(frozen=True)
class Source:
    """One source; ``settings`` says how it is reached."""

    id: str
    name: str
    kind: str
    settings: SourceSettings
    is_paused: bool
    created_at: float
    created_by: str


@dataclass(frozen=True)
class Arrival:
    """An object that lies in the spool.

    Attributes:
        id: name of its file there.
        uids: SOP class, SOP instance, study and series UID by keyword; "" where unknown.
        state: what is to become of it.
        sentence: why, where it is not read.
    """

    id: str
    source_id: str
    arrived_at: float
    uids: Mapping[str, str]
    state: Inbox = Inbox.WAITING
    sentence: str = ""


@dataclass(frozen=True)
class Received:
    """A row of the inbox."""

    id: str
    source_id: str
    arrived_at: float
    state: Inbox
    sentence: str
    sop_class: str
    sop_uid: str
    series_uid: str
    study_uid: str
    pixels_sha256: str | None
    model_sha256: str | None
    frame: int | None
    case_id: str | None


@dataclass(frozen=True)
class NewAnswer:
    """An answer whose body lies in the outbox's folder under its hash."""

    uid: str
    source_id: str
    about_uid: str
    series_uid: str
    study_uid: str
    sop_class: str
    model_sha256: str
    body_sha256: str


@dataclass(frozen=True)
class Waiting:
    """A row of the outbox."""

    uid: str
    source_id: str
    about_uid: str
    series_uid: str
    study_uid: str
    sop_class: str
    body_sha256: str
    state: Outbox
    sentence: str
    attempts: int


@dataclass(frozen=True)
class Outcome:
    """What became of objects of the inbox, and the answers that follow, kept together.

    Attributes:
        id: of the row in the inbox.
        reading: pixels' SHA-256, model's SHA-256, frame and case; None where it was not read.
    """

    id: str
    state: Inbox
    sentence: str = ""
    reading: tuple[str, str, int, str] | None = None
    answers: tuple[NewAnswer, ...] = field(default=())


@dataclass(frozen=True)
class Queue:
    """How a source stands.

    Attributes:
        waiting: objects to be read, slices of unfinished series included.
        read: objects read.
        skipped: reports and the like, own answers, and what came again.
        parked: objects and answers that wait for a person.
        answers: to be sent.
        sent: answers sent.
        last_arrival: Unix seconds, or None.
        trouble: why it cannot be reached now; "" when all is well.
    """

    waiting: int = 0
    read: int = 0
    skipped: int = 0
    parked: int = 0
    answers: int = 0
    sent: int = 0
    last_arrival: float | None = None
    trouble: str = ""


@dataclass(frozen=True)
class Parked:
    """A row that waits for a person: an object ("in") or an answer ("out")."""

    id: str
    way: str
    at: float
    sentence: str
