"""What goes wrong between us and an archive, in sentences, and whether a person is needed."""

from arncnn.errors import ArncnnError


class PeerError(ArncnnError):
    """An archive cannot be reached, or does not do what it is asked.

    Attributes:
        needs_person: trying again alone will not help.
    """

    def __init__(self, sentence: str, *, needs_person: bool = False) -> None:
        super().__init__(sentence)
        self.needs_person = needs_person
