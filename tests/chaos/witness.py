"""A visitor who remembers what the dashboard has acknowledged, up to the last byte it sent."""

import re
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.load.visitor import Visitor

_PROGRESS = re.compile(r"Reading file (\d+) of \d+|Read (\d+) of \d+ files?|\d+ files?: (\d+) read")
_NOTED = "Saved."
_OTHER = "Another kind"  # needs a name


@dataclass
class Promised:
    """What has been acknowledged to all visitors.

    Attributes:
        uploads: SHA-256 of the files of every upload that was taken, by its name.
        read: so many files of an upload at least were shown as read.
        said: of every corrected case, the last answer that was noted and those sent after it.
    """

    uploads: dict[str, list[str]] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)
    said: dict[str, list[str]] = field(default_factory=dict)


class Witness(Visitor):
    """One session, and what it is being told.

    Attributes:
        doing: "opening" a page, "uploading", "reading", "correcting", or "nothing".
    """

    doing = "nothing"
    promised: Promised
    _name = ""
    _files: list[str]
    _case = ""
    _answer = ""
    _radio: Any = None
    _first_page = ""

    async def give(self, name: str, content: bytes, files: list[str]) -> None:
        """Uploads a ZIP and waits until all of it has been read."""
        self.doing = "opening"
        await self.open("")
        self.doing, self._name, self._files = "uploading", name, files
        self._first_page = self._page_hash
        await self.upload(name, content)
        self.doing = "nothing"

    async def correct(self, case_id: str, choice: int) -> None:
        """Says what a case shows; ``choice`` picks among the answers."""
        page = {"page": "probabilities", "query": f"case={case_id}"}
        self.doing = "opening"
        await self.open(**page)
        answers = [option for option in self._radio.options if not option.startswith(_OTHER)]
        self._case, self._answer = case_id, answers[choice % len(answers)]
        if case_id in self.promised.said:  # a kill may come before or after this one is kept
            self.promised.said[case_id].append(self._answer)
        self.doing = "correcting"
        await self._run(
            [
                WidgetState(id=self._radio.id, string_value=self._answer),
                WidgetState(id=self._buttons["Send"], trigger_value=True),
            ],
            **page,
        )
        self.doing = "nothing"

    async def _receive(self) -> Any:
        message = await super()._receive()
        is_elsewhere = self._page_hash != self._first_page
        if self.doing == "uploading" and is_elsewhere:  # to the worklist: it has been taken
            self.doing = "reading"
            self.promised.uploads[self._name] = self._files
        return message

    def _see(self, element: Any) -> None:
        super()._see(element)
        kind = element.WhichOneof("type")
        if kind == "radio":
            self._radio = element.radio
        elif kind == "progress":
            self._note(element.progress.text)
        elif kind == "markdown":
            self._note(element.markdown.body)
        elif kind == "alert" and self._is_noted(element.alert.body):
            self.promised.said[self._case] = [self._answer]

    def _is_noted(self, sentence: str) -> bool:
        return self.doing == "correcting" and sentence.startswith(_NOTED)

    def _note(self, text: str) -> None:
        found = _PROGRESS.search(text)
        if not found or self.doing != "reading":
            return
        reading, read, over = found.groups()
        count = int(reading) - 1 if reading else int(read or over)
        self.promised.read[self._name] = max(count, self.promised.read.get(self._name, 0))
